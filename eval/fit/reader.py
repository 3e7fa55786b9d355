"""The reader of `rag.embed.minilm_reader`, trained on questions with the sentence that answers.

Listwise cross-entropy over the sentences of an abstract, and over those of a like one in a third
of the cases, plus binary cross-entropy for whether one answers (as in SQuAD 2.0); of some
answerable questions the answer is taken out of the abstract, so that its absence is learnt too.
What is adapted is of low rank (LoRA, Hu et al. 2021). Needs PyTorch, `paper-rag[train]`; about an
hour on two cores.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from sklearn.metrics import roc_auc_score
from torch import Tensor

from eval.fit.labels import ALSO, DATA, FIELDS, SECOND, Example, invented, kept_back, load
from eval.fit.reader_network import Array, Network, Text, joined
from rag.atomic import replaced
from rag.embed import minilm_reader
from rag.embed.minilm import MiniLM
from rag.embed.onnx_graph import find_model, read_safetensors
from rag.settings import Settings
from rag.text import readable, sentences
from rag.types import Paper

READER = Path(minilm_reader.__file__).with_name("minilm_reader.npz")
"""Where what was trained is kept."""
RANK = 16
EPOCHS = 3
BATCH = 8
RATE, HEADS_RATE = 2e-3, 1e-3
WARM_UP = 0.1
"""Share of the steps in which the rate grows."""
WITHOUT = 0.25
"""Of so many answerable questions the sentences that answer are taken out,"""
KEPT = 0.8
"""and so many of the other sentences of an abstract are kept."""
BESIDE = 0.3
"""With so many questions a like abstract is read that does not answer."""
LIKE = 10
"""From so many abstracts that one is drawn."""
ABSENT, BESIDE_WEIGHT = 2.0, 0.3
"""How much an unanswerable question counts, and an abstract beside."""
SHOWN = 50


class Found(NamedTuple):
    """What a reader says of an example that it was not trained on."""

    example: Example
    scores: Array
    answers: float


class Shelf:
    """The abstracts, each text read halfway once."""

    def __init__(self, papers: Mapping[str, Paper], embedder: MiniLM) -> None:
        self._embedder = embedder
        self._read: dict[str, Array] = {}
        self.titles = {key: readable(paper.title) for key, paper in papers.items()}
        self.lines = {
            key: [readable(p.abstract[start:end]) for start, end in sentences(p.abstract)]
            for key, p in papers.items()
        }
        keys = list(papers)
        vectors = embedder.embed([f"{self.titles[key]}. {papers[key].abstract}" for key in keys])
        order = np.argsort(-(vectors @ vectors.T), axis=1)[:, 1 : LIKE + 1]
        self.like = {key: [keys[at] for at in row] for key, row in zip(keys, order, strict=True)}
        self._learn([*self.titles.values(), *(x for lines in self.lines.values() for x in lines)])

    def learn(self, examples: Sequence[Example]) -> None:
        """Read the questions halfway, too."""
        self._learn([example.question for example in examples])

    def text(self, question: str, paper: str, places: Sequence[int] | None = None) -> Text:
        """A question joined to a paper, or to some of its sentences."""
        lines = self.lines[paper]
        kept = [lines[place] for place in places] if places is not None else lines
        return joined(
            self._read[question], self._read[self.titles[paper]], [self._read[x] for x in kept]
        )

    def _learn(self, texts: Iterable[str]) -> None:
        unknown = [text for text in dict.fromkeys(texts) if text not in self._read]
        for text, read in zip(unknown, self._embedder.token_states(unknown), strict=True):
            assert read.middle is not None
            self._read[text] = read.middle.astype(np.float32)


def train(
    examples: Sequence[Example], shelf: Shelf, *, seed: int = 0, epochs: int = EPOCHS
) -> Network:
    """A reader trained on these examples."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    network = Network(read_safetensors(find_model().weights), RANK)
    network.train()
    heads = [p for n, p in network.named_parameters() if not n.startswith("bert")]
    optimiser = torch.optim.AdamW(
        [{"params": network.bert.parameters(), "lr": RATE}, {"params": heads, "lr": HEADS_RATE}],
        weight_decay=0.01,
    )
    steps = epochs * math.ceil(len(examples) / BATCH)
    rates = torch.optim.lr_scheduler.LambdaLR(
        optimiser,
        lambda step: min((step + 1) / (WARM_UP * steps), (steps - step) / ((1 - WARM_UP) * steps)),
    )
    losses: list[float] = []
    begun = time.monotonic()
    for step, batch in enumerate(_batches(examples, shelf, epochs, chance)):
        loss = _loss(network, batch, shelf, chance)
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        rates.step()
        losses.append(loss.item())
        if step % SHOWN == SHOWN - 1:
            mean, spent = sum(losses[-SHOWN:]) / SHOWN, time.monotonic() - begun
            print(f"step {step + 1} of {steps}: loss {mean:.3f}, {spent:.0f} s", flush=True)
    network.eval()
    return network


@torch.no_grad()
def read(network: Network, examples: Sequence[Example], shelf: Shelf) -> list[Found]:
    """What a reader says of each example."""
    found = []
    for example in examples:
        with torch.autocast("cpu", torch.bfloat16):
            scores, answers = network([shelf.text(example.question, example.paper)])
        found.append(Found(example, scores[0].float().numpy(), float(answers[0])))
    return found


def _batches(
    examples: Sequence[Example], shelf: Shelf, epochs: int, chance: random.Random
) -> Iterator[list[Example]]:
    """Examples of about the same length together, in an order of chance."""
    for _ in range(epochs):
        shuffled = list(examples)
        chance.shuffle(shuffled)
        batches = []
        for first in range(0, len(shuffled), BATCH * 8):
            chunk = shuffled[first : first + BATCH * 8]
            chunk.sort(key=lambda example: sum(map(len, shelf.lines[example.paper])))
            batches += [chunk[at : at + BATCH] for at in range(0, len(chunk), BATCH)]
        chance.shuffle(batches)
        yield from batches


def _loss(
    network: Network, batch: Sequence[Example], shelf: Shelf, chance: random.Random
) -> Tensor:
    kept = [_kept(example, shelf, chance) for example in batch]
    texts = [
        shelf.text(example.question, example.paper, places)
        for example, places in zip(batch, kept, strict=True)
    ]
    beside: dict[int, int] = {}
    for row, example in enumerate(batch):
        if not example.many and chance.random() < BESIDE:
            beside[row] = len(texts)
            texts.append(shelf.text(example.question, chance.choice(shelf.like[example.paper])))
    with torch.autocast("cpu", torch.bfloat16):
        scores, answers = network(texts)
    loss = torch.zeros(())
    for row, (example, places) in enumerate(zip(batch, kept, strict=True)):
        target = _target(example, places, scores.shape[1])
        stated = target is not None
        weight = 1.0 if stated else ABSENT
        loss = loss + weight * F.binary_cross_entropy_with_logits(
            answers[row], torch.tensor(float(stated))
        )
        own = scores[row]
        if row in beside:
            own = torch.cat([own, scores[beside[row]]])
            loss = loss + BESIDE_WEIGHT * F.softplus(answers[beside[row]])
        if target is not None:
            loss = loss - (target * own.log_softmax(0)[: len(target)]).sum()
    return loss / len(batch)


def _kept(example: Example, shelf: Shelf, chance: random.Random) -> list[int]:
    """The sentences that are read: most, at times without the answer."""
    right = {*example.best, *example.also}
    without = bool(example.best) and chance.random() < WITHOUT
    places = range(len(shelf.lines[example.paper]))
    kept = [
        place for place in places
        if (not without if place in right else chance.random() < KEPT)
    ]  # fmt: skip
    return kept or list(places)[:1]


def _target(example: Example, places: Sequence[int], most: int) -> Tensor | None:
    """How likely each sentence should be; None when none answers."""
    target = torch.zeros(most)
    for at, place in enumerate(places):
        if place in example.best:
            target[at] = 1.0 if place == example.best[0] else SECOND
        elif place in example.also and example.best:
            target[at] = ALSO
    answered = any(place in example.best for place in places)
    return target / target.sum() if answered else None


def measured(found: Sequence[Found], name: str) -> str:
    """How often the first sentence is a right one, and how well an answer's absence is told."""
    answered = [each for each in found if each.example.best]
    first = np.mean([each.scores.argmax() in each.example.best for each in answered])
    stated = [bool(each.example.best) for each in found]
    area = roc_auc_score(stated, [each.answers for each in found])
    return (
        f"{name}: of {len(answered)} first sentences {first:.3f} are right ones; "
        f"AUC of an answer {area:.3f} (n = {len(found)})"
    )


def fit_reader(papers: Mapping[str, Paper], out: Path | None) -> Iterator[str]:
    """Train on nine tenths of the papers, measure on the rest, and write what was trained.

    `papers` are the bundled ones, by id; the invented ones of other fields are read, too.
    """
    others = invented()
    known = {**papers, **others}
    examples = [*load(DATA, known), *load(FIELDS, known)]
    named = {example.paper for example in examples}
    shelf = Shelf({key: known[key] for key in known if key in named}, _embedder())
    shelf.learn(examples)
    network = train([e for e in examples if not kept_back(e.paper)], shelf)
    found = read(network, [e for e in examples if kept_back(e.paper)], shelf)
    single = [each for each in found if not each.example.many]
    parts = {
        "one paper, bundled": [each for each in single if each.example.paper in papers],
        "one paper, other fields": [each for each in single if each.example.paper in others],
        "lists": [each for each in found if each.example.many],
    }
    for name, chosen in parts.items():
        yield measured(chosen, name)
    if out is not None:
        half: dict[str, Any] = {n: v.astype(np.float16) for n, v in network.trained().items()}
        with replaced(out) as file:
            np.savez_compressed(file, **half)
        yield str(out)


def _embedder() -> MiniLM:
    return MiniLM(find_model(), cache_dir=Settings.load().cache)
