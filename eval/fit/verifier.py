"""The network of `rag.embed.minilm_verifier`, trained on true sentences and their false twins.

A sentence is scored by how likely its worst pieces are not borne out; the pieces in which a twin
differs are known, so that each piece is learnt, too. Loss: binary cross-entropy of sentences and of
pieces, and the margin between a sentence and its twin. Some true sentences are read beside an
abstract that lacks what bears them out. Needs PyTorch, `paper-rag[train]`; ten minutes on two
cores.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn

from eval.support import PAIRS, TRAINING, Pair, read_pairs
from rag.atomic import replaced
from rag.embed import minilm_verifier
from rag.embed.minilm import MiniLM
from rag.embed.minilm_verifier import SHARPNESS, Aligned, Tables, align
from rag.embed.onnx_graph import find_model
from rag.settings import Settings
from rag.text import readable, sentences
from rag.types import Paper, TokenStates

VERIFIER = Path(minilm_verifier.__file__).with_name("minilm_verifier.npz")
"""Where what was trained is kept."""
PROJECTED, HIDDEN = 48, 64
EPOCHS = 8
BATCH = 16
RATE, DECAY = 2e-3, 0.05
DROPOUT = 0.2
WITHOUT = 0.25
"""Of so many true sentences one is read, besides, where nothing bears it out,"""
WITHOUT_WEIGHT = 0.3
"""and counts so much."""
MARGIN = 0.5
CHANGED = 3.0
"""How much more a piece counts that was changed: one in eight is."""


class Example(NamedTuple):
    """A sentence and its twin beside their abstract."""

    true: Aligned
    wrong: Aligned
    changed: Tensor
    """1 for pieces of the twin that differ."""
    without: Aligned | None


class Network(nn.Module):
    """Log-odds that pieces are not borne out, and that sentences are."""

    def __init__(self, width: int, mean: Tensor, deviation: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("deviation", deviation)
        self.project = nn.Linear(width, PROJECTED, bias=False)
        self.first = nn.Linear(len(mean) + 4 * PROJECTED, HIDDEN)
        self.second, self.last = nn.Linear(HIDDEN, HIDDEN), nn.Linear(HIDDEN, 1)
        self.pooled = nn.Parameter(torch.tensor([1.0, 0.0, 1.0]))
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, batch: Sequence[Aligned]) -> tuple[Tensor, Tensor]:
        """Of all pieces one after the other, and of the sentences."""
        features, own, likest = (
            torch.from_numpy(np.concatenate(each)) for each in zip(*batch, strict=True)
        )
        values = (features - self.mean) / self.deviation
        a, b = (self.project(SHARPNESS * F.normalize(each, dim=-1)) for each in (own, likest))
        hidden = torch.cat([values, self.dropout(torch.cat([a, b, a - b, a * b], -1))], -1)
        hidden = self.dropout(F.gelu(self.first(hidden), approximate="tanh"))
        doubts = self.last(F.gelu(self.second(hidden), approximate="tanh")).squeeze(-1)
        scale, offset, sharp = self.pooled
        worst = [(part * sharp).logsumexp(0) for part in doubts.split([len(a.own) for a in batch])]
        return doubts, -(scale * torch.stack(worst) + offset)


class Shelf:
    """Abstracts and claims, each text read halfway once."""

    def __init__(self, papers: Mapping[str, Paper], pairs: Sequence[Pair]) -> None:
        embedder = MiniLM(find_model(), cache_dir=Settings.load().cache)
        self.lines = {
            pair.paper: [
                readable(papers[pair.paper].title),
                *(readable(papers[pair.paper].abstract[a:b])
                  for a, b in sentences(papers[pair.paper].abstract)),
            ]
            for pair in pairs
        }  # fmt: skip
        texts = dict.fromkeys(line for lines in self.lines.values() for line in lines)
        claims = [readable(text) for pair in pairs for text in (pair.true, pair.wrong)]
        known = list(dict.fromkeys([*texts, *claims]))
        self._read: dict[str, TokenStates] = dict(
            zip(known, embedder.token_states(known), strict=True)
        )
        self.tables = _tables([self._read[text].ids for text in texts])

    def aligned(self, claim: str, lines: Sequence[str]) -> Aligned:
        """A claim beside some lines."""
        found = align(self._read[readable(claim)], [self._read[x] for x in lines], self.tables)
        assert found is not None
        return Aligned(*(each.astype(np.float32) for each in found))

    def changed(self, pair: Pair) -> Tensor:
        """Which pieces of a false twin are not those of the true sentence."""
        true, wrong = (self._read[readable(text)].ids[1:-1] for text in (pair.true, pair.wrong))
        changed = torch.zeros(len(wrong))
        for tag, _, _, start, end in SequenceMatcher(None, true, wrong, False).get_opcodes():
            if tag == "delete":  # what stands beside what is left out
                start, end = start - 1, start + 1
            if tag != "equal":
                changed[max(start, 0) : end] = 1
        return changed

    def example(self, pair: Pair, chance: random.Random) -> Example:
        lines = self.lines[pair.paper]
        without = None
        if chance.random() < WITHOUT:
            gone = {at + 1 for at in pair.span}
            kept = [line for at, line in enumerate(lines) if at not in gone]
            others = self.lines[chance.choice(list(self.lines))]
            without = self.aligned(pair.true, kept if chance.random() < 0.5 else others)
        true, wrong = (self.aligned(text, lines) for text in (pair.true, pair.wrong))
        return Example(true, wrong, self.changed(pair), without)


def train(examples: Sequence[Example], *, seed: int = 0, epochs: int = EPOCHS) -> Network:
    """A verifier trained on these examples."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    features = torch.from_numpy(
        np.concatenate([a.features for e in examples for a in (e.true, e.wrong)])
    )
    width = examples[0].true.own.shape[1]
    network = Network(width, features.mean(0), features.std(0) + 1e-3)
    optimiser = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    rates = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda epoch: 1 - epoch / epochs)
    network.train()
    for epoch in range(epochs):
        shuffled = list(examples)
        chance.shuffle(shuffled)
        losses = []
        for at in range(0, len(shuffled), BATCH):
            loss = _loss(network, shuffled[at : at + BATCH])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
        rates.step()
        print(f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.3f}", flush=True)
    network.eval()
    return network


def _loss(network: Network, batch: Sequence[Example]) -> Tensor:
    without = [e.without for e in batch if e.without is not None]
    sentences_ = [*(e.true for e in batch), *(e.wrong for e in batch), *without]
    doubts, scores = network(sentences_)
    true, wrong, lost = scores.split([len(batch), len(batch), len(without)])
    pieces = torch.cat([torch.zeros(sum(len(e.true.own) for e in batch)),
                        *(e.changed for e in batch)])  # fmt: skip
    loss: Tensor = F.softplus(-true).mean() / 2 + F.softplus(wrong).mean() / 2
    loss = loss + MARGIN * F.softplus(wrong - true).mean()
    loss = loss + WITHOUT_WEIGHT * F.softplus(lost).sum() / len(batch)
    return loss + F.binary_cross_entropy_with_logits(
        doubts[: len(pieces)], pieces, pos_weight=torch.tensor(CHANGED)
    )


def _tables(texts: Sequence[Sequence[int]]) -> Tables:
    """How rare each piece is among sentences, and what it is made of."""
    from tokenizers import Tokenizer

    vocabulary = Tokenizer.from_file(str(find_model().tokenizer)).get_vocab()
    counts = Counter(piece for ids in texts for piece in set(ids))
    held = np.array([counts[n] for n in range(len(vocabulary))])
    usual = np.log(len(texts) + 1)
    named = {n: piece for piece, n in vocabulary.items()}
    return Tables(
        (1 - np.log(held + 0.5) / usual).astype(np.float16).astype(np.float32),
        np.array([any(map(str.isdigit, named[n])) for n in sorted(named)], dtype=np.float32),
        np.array([named[n].startswith("##") for n in sorted(named)], dtype=np.float32),
    )


@torch.no_grad()
def _measured(network: Network, pairs: Sequence[Pair], shelf: Shelf) -> str:
    chance = random.Random(0)
    examples = [shelf.example(pair, chance) for pair in pairs]
    true, wrong = (
        network([getattr(e, name) for e in examples])[1].numpy() for name in ("true", "wrong")
    )
    area = roc_auc_score([1] * len(true) + [0] * len(wrong), np.r_[true, wrong])
    return f"AUC {area:.3f}, right within pairs {np.mean(true > wrong):.3f} (n = {len(pairs)})"


def fit_verifier(papers: Mapping[str, Paper], out: Path | None) -> Iterator[str]:
    """Train on the training pairs, measure on both halves of the judged ones, write what came out.

    `papers` are those that the pairs are on, by id.
    """
    training, judged = (
        [pair for pair in read_pairs(path) if pair.language == "en"] for path in (TRAINING, PAIRS)
    )
    shelf = Shelf(papers, [*training, *judged])
    chance = random.Random(0)
    network = train([shelf.example(pair, chance) for pair in training])
    for name, half in (("tune half", True), ("held out", False)):
        yield f"{name}: {_measured(network, [p for p in judged if p.tune is half], shelf)}"
    if out is not None:
        with replaced(out) as file:
            np.savez_compressed(file, **_kept(network, shelf.tables))
        yield str(out)


def _kept(network: Network, tables: Tables) -> dict[str, Any]:
    """What was trained, by the names of `minilm_verifier.npz`."""
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    state["project"] = state.pop("project.weight")
    half = {name: value.astype(np.float16) for name, value in state.items()}
    flags = {"digit": tables.digit.astype(np.uint8), "piece": tables.piece.astype(np.uint8)}
    return {**half, **flags, "rarity": tables.rarity.astype(np.float16)}
