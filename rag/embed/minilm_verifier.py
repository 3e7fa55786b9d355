"""Whether an abstract bears out a claim, word by word, read from MiniLM's vectors.

Every word piece of the claim is laid beside the likest one of the abstract, as in BERTScore (Zhang
et al. 2020); a small network says how likely it is one that the abstract does not bear out, as in
LettuceDetect (Kovács and Recski 2025), and the claim is as sound as its worst pieces. The 70,000
numbers that were trained, on pairs of true sentences and false twins that differ in a few words,
are in `minilm_verifier.npz`; docs/answers.md says how.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from importlib.resources import files
from typing import TYPE_CHECKING, NamedTuple

from rag.embed.minilm_reader import gelu, unit
from rag.types import TokenStates

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

SHARPNESS = 8.0
"""Unit vectors are multiplied by it before they are projected."""
USUAL_LENGTH = 40
NEIGHBOUR = 0.5
"""How like a neighbour is that is not there."""


class Aligned(NamedTuple):
    """The pieces of a claim beside those of its evidence."""

    features: Array
    """(pieces, 18)"""
    own: Array
    """Their states: (pieces, width)"""
    likest: Array
    """Those of the likest piece of the evidence."""


class Tables(NamedTuple):
    """What is known of each word piece of the vocabulary."""

    rarity: Array
    digit: Array
    """1 where it holds a digit."""
    piece: Array
    """1 where it goes on a word."""


class MiniLMVerifier:
    """Reads on from the token vectors of MiniLM; one may be used from several threads at once."""

    def verify(self, claim: TokenStates, evidence: Sequence[TokenStates]) -> float:
        """The log-odds that the sentences of `evidence`, titles included, bear out the claim."""
        import numpy as np

        trained = self._trained
        tables = Tables(trained["rarity"], trained["digit"], trained["piece"])
        aligned = align(claim, evidence, tables)
        if aligned is None:
            return float("-inf")
        values = (aligned.features - trained["mean"]) / trained["deviation"]
        own, likest = (
            (SHARPNESS * unit(each)) @ trained["project"].T
            for each in (aligned.own, aligned.likest)
        )
        hidden = np.hstack([values, own, likest, own - likest, own * likest])
        for layer in ("first", "second"):
            hidden = gelu(hidden @ trained[f"{layer}.weight"].T + trained[f"{layer}.bias"])
        doubts = hidden @ trained["last.weight"][0] + trained["last.bias"][0]
        scale, offset, sharp = trained["pooled"]
        doubts = doubts * sharp
        worst = float(np.log(np.exp(doubts - doubts.max()).sum()) + doubts.max())
        return -float(scale * worst + offset)

    @cached_property
    def _trained(self) -> dict[str, Array]:
        import numpy as np

        with files("rag.embed").joinpath("minilm_verifier.npz").open("rb") as file:
            return {name: value.astype(np.float32) for name, value in np.load(file).items()}


def align(claim: TokenStates, evidence: Sequence[TokenStates], tables: Tables) -> Aligned | None:
    """The claim's pieces beside their likest ones; None where either side has none."""
    import numpy as np

    ids = np.array(claim.ids[1:-1])
    sides = [each for each in evidence if len(each.ids) > 2]
    if not len(ids) or not sides:
        return None
    own = claim.middle[1:-1]
    others = np.concatenate([each.middle[1:-1] for each in sides])
    other_ids = np.concatenate([np.array(each.ids[1:-1]) for each in sides])
    of = np.concatenate([np.full(len(each.ids) - 2, n) for n, each in enumerate(sides)])
    like = unit(own) @ unit(others).T
    likest = like.argmax(axis=1)
    by_sentence = np.stack([like[:, of == n].max(axis=1) for n in range(len(sides))], axis=1)
    order = np.argsort(-by_sentence.mean(axis=0), kind="stable")
    best, first = like.max(axis=1), by_sentence[:, order[0]]
    second = by_sentence[:, order[:2]].max(axis=1)
    held = np.isin(ids, other_ids)
    left, right = _neighbours(like, likest, of)
    crossed = np.r_[0, (of[likest[1:]] == of[likest[:-1]]) & (likest[1:] < likest[:-1])]
    whole = np.ones(len(ids))
    columns = [
        best, first, second, held, np.isin(ids, other_ids[of == order[0]]), left, right,
        tables.rarity[ids], tables.digit[ids], tables.piece[ids], crossed,
        best - best.mean(), first - first.mean(), whole * best.mean(), whole * first.mean(),
        whole * held.mean(), of[likest] == order[0], whole * len(ids) / USUAL_LENGTH,
    ]  # fmt: skip
    return Aligned(np.stack(columns, axis=1).astype(np.float32), own, others[likest])


def _neighbours(like: Array, likest: NDArray[np.intp], of: NDArray[np.intp]) -> tuple[Array, Array]:
    """How like the pieces before, and those after, are to the neighbours of the likest piece."""
    import numpy as np

    sides = []
    for step in (-1, 1):
        side = np.full(len(likest), NEIGHBOUR, dtype=np.float32)
        for place, other in enumerate(likest):
            at, beside = place + step, other + step
            if 0 <= at < len(likest) and 0 <= beside < len(of) and of[beside] == of[other]:
                side[place] = like[at, beside]
        sides.append(side)
    return sides[0], sides[1]
