"""The network of `rag.embed.minilm_reader` in PyTorch, to be trained.

Only its upper half is here: what the lower half says of each text is worked out beforehand by the
embedder itself, so that training sees just what reading will see.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from rag.embed.minilm_reader import ADAPTED, LAYERS, SCALE
from rag.embed.onnx_graph import HEAD_SIZE

HIDDEN = 64
"""Width of the two heads."""
DROPOUT = 0.1
NO_SENTENCE, QUESTION = -1, -2
"""Owners of tokens that belong to no sentence, and of those of the question."""
_EPSILON = 1e-12
_FAR = -1e4

Array = NDArray[np.float32]


class Text(NamedTuple):
    """A question, a title and sentences as one text, each read halfway."""

    states: Tensor
    """(tokens, width)"""
    owner: Tensor
    """Which sentence a token is of, or `NO_SENTENCE`, or `QUESTION`: (tokens,)"""
    part: Tensor
    """0 in the question, 1 in the title, 2 in the sentences: (tokens,)"""


def joined(question: Array, title: Array, sentences: Sequence[Array]) -> Text:
    """The states of texts after the lower half, each with its opening and closing token."""
    states, owner, part = [], [], []
    for place, read in enumerate((question, title, *sentences)):
        own = QUESTION if place == 0 else NO_SENTENCE if place == 1 else place - 2
        states.append(torch.from_numpy(read))
        owner += [NO_SENTENCE, *[own] * (len(read) - 2), NO_SENTENCE]
        part += [min(place, 2)] * len(read)
    return Text(torch.cat(states), torch.tensor(owner), torch.tensor(part))


class Adapted(nn.Module):
    """A linear layer that stays as it is, with a trained one of low rank beside it, if any."""

    weight: Tensor
    bias: Tensor

    def __init__(self, weight: Array, bias: Array, rank: int) -> None:
        super().__init__()
        self.register_buffer("weight", torch.from_numpy(weight))
        self.register_buffer("bias", torch.from_numpy(bias))
        self.rank = rank
        if rank:
            self.A = nn.Parameter(torch.randn(rank, weight.shape[1]) * 0.02)
            self.B = nn.Parameter(torch.zeros(weight.shape[0], rank))

    def forward(self, x: Tensor) -> Tensor:
        out = F.linear(x, self.weight, self.bias)
        return out + F.linear(F.linear(x, self.A), self.B) * SCALE if self.rank else out


class Layer(nn.Module):
    """A layer of BERT."""

    def __init__(self, weights: Mapping[str, Array], at: str, rank: int) -> None:
        super().__init__()
        shorts = {name: short for short, name in ADAPTED.items()}
        self.linear = nn.ModuleDict()
        for name in _LINEAR:
            weight, bias = weights[f"{at}{name}.weight"], weights[f"{at}{name}.bias"]
            self.linear[_LINEAR[name]] = Adapted(weight, bias, rank if name in shorts else 0)
        for name, norm in _NORMS.items():
            self.register_buffer(f"{norm}_weight", torch.from_numpy(weights[f"{at}{name}.weight"]))
            self.register_buffer(f"{norm}_bias", torch.from_numpy(weights[f"{at}{name}.bias"]))

    def forward(self, x: Tensor, seen: Tensor) -> Tensor:
        batch, tokens, width = x.shape
        q, k, v = (
            self.linear[name](x).view(batch, tokens, -1, HEAD_SIZE).transpose(1, 2)
            for name in ("q", "k", "v")
        )
        attended = F.scaled_dot_product_attention(q, k, v, attn_mask=seen)
        attended = attended.transpose(1, 2).reshape(batch, tokens, width)
        x = self._normed("first", x + self.linear["o"](attended))
        inner = F.gelu(self.linear["i"](x), approximate="tanh")
        return self._normed("second", x + self.linear["u"](inner))

    def _normed(self, name: str, x: Tensor) -> Tensor:
        weight, bias = getattr(self, f"{name}_weight"), getattr(self, f"{name}_bias")
        return F.layer_norm(x, x.shape[-1:], weight.to(x.dtype), bias.to(x.dtype), _EPSILON)


_LINEAR = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
    "attention.output.dense": "o", "intermediate.dense": "i", "output.dense": "u",
}  # fmt: skip
_NORMS = {"attention.output.LayerNorm": "first", "output.LayerNorm": "second"}


class Network(nn.Module):
    """Scores for the sentences of abstracts, and log-odds that one answers."""

    def __init__(self, weights: Mapping[str, Array], rank: int) -> None:
        super().__init__()
        width = weights["embeddings.LayerNorm.weight"].shape[0]
        self.bert = nn.ModuleList(
            Layer(weights, f"encoder.layer.{number}.", rank) for number in LAYERS
        )
        self.kind = nn.Parameter(torch.zeros(3, width))
        self.f, self.w = nn.Linear(3 * width, HIDDEN), nn.Linear(HIDDEN, 1)
        self.nl, self.nw = nn.Linear(3 * width, HIDDEN), nn.Linear(HIDDEN, 1)
        self.ab = nn.Parameter(torch.tensor([12.0, 6.0]))
        for layer in (self.w, self.nw):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.constant_(self.nw.bias, 12.0)
        self.dropout = nn.Dropout(DROPOUT)

    def forward(self, texts: Sequence[Text]) -> tuple[Tensor, Tensor]:
        """Logits of the sentences, (batch, most sentences), and log-odds of an answer, (batch,)."""
        x, owner, seen = self._padded(texts)
        for layer in self.bert:
            x = layer(x, seen)
        x = x.float()
        count = int(owner.max()) + 1
        of = owner[:, None, :] == torch.arange(count)[None, :, None]
        sizes = of.sum(2)
        means = of.float() @ x / sizes.clamp(min=1)[..., None]
        asked = (owner == QUESTION).float()
        own = (asked[:, :, None] * x).sum(1) / asked.sum(1, keepdim=True)
        late, cosine = _late(x, asked, of), F.cosine_similarity(means, own[:, None], dim=-1)
        beside = own[:, None].expand_as(means)
        pairs = self.dropout(torch.cat([means, beside, means * own[:, None]], -1))
        scores = self.ab[0] * late + self.ab[1] * cosine + self._head(pairs, self.f, self.w)
        scores = scores.masked_fill(sizes == 0, _FAR)
        likely = (scores.softmax(1)[..., None] * means).sum(1)
        whole = self.dropout(torch.cat([likely, own, x[:, 0]], -1))
        return scores, scores.logsumexp(1) - self._head(whole, self.nl, self.nw)

    def trained(self) -> dict[str, Array]:
        """What was trained, by the names of `minilm_reader.npz`."""
        return {
            name.replace("linear.", ""): value.detach().numpy()
            for name, value in self.named_parameters()
        }

    @staticmethod
    def _head(values: Tensor, inner: nn.Linear, outer: nn.Linear) -> Tensor:
        bent: Tensor = outer(F.gelu(inner(values), approximate="tanh"))
        return bent.squeeze(-1).float()

    def _padded(self, texts: Sequence[Text]) -> tuple[Tensor, Tensor, Tensor]:
        longest = max(len(text.owner) for text in texts)
        x = torch.zeros(len(texts), longest, self.kind.shape[1])
        owner = torch.full((len(texts), longest), NO_SENTENCE)
        part = torch.zeros(len(texts), longest, dtype=torch.long)
        seen = torch.zeros(len(texts), 1, 1, longest, dtype=torch.bool)
        for row, text in enumerate(texts):
            size = len(text.owner)
            x[row, :size], owner[row, :size], part[row, :size] = text
            seen[row, ..., :size] = True
        x = x + self.kind[part]
        return x.bfloat16() if torch.is_autocast_enabled("cpu") else x, owner, seen


def _late(x: Tensor, asked: Tensor, of: Tensor) -> Tensor:
    """The mean over the question's tokens of their likeness to the likest one of each sentence."""
    size = int(asked.sum(1).max())
    unit = F.normalize(x, dim=-1)
    like = torch.einsum("bid,bjd->bij", unit[:, 1 : 1 + size], unit)
    best = like[:, :, None, :].masked_fill(~of[:, None], -1).amax(3)
    present = asked[:, 1 : 1 + size]
    return (best * present[:, :, None]).sum(1) / present.sum(1)[:, None]
