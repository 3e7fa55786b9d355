"""The network that reads a claim beside its evidence: the same numbers by hand from its weights."""

import math
from importlib.resources import files

import numpy as np
import pytest

from rag.embed.minilm_verifier import MiniLMVerifier, Tables, align
from rag.types import TokenStates

WIDTH = 384
VERIFIER = MiniLMVerifier()


def states(*ids: int, seed: int = 0) -> TokenStates:
    """A text of these word pieces between its two marks, its states drawn at random."""
    draw = np.random.default_rng([seed, *ids])
    middle = draw.normal(size=(len(ids) + 2, WIDTH)).astype(np.float32)
    return TokenStates(middle, middle[0], (101, *ids, 102))


CLAIM = states(2054, 3000, 15)
FIRST, SECOND = states(2054, 2003, 15, 3000), states(7000, 8000, seed=2)


@pytest.fixture(scope="module")
def weights():
    with files("rag.embed").joinpath("minilm_verifier.npz").open("rb") as file:
        return {name: value.astype(np.float64) for name, value in np.load(file).items()}


def length_one(row):
    return row / math.sqrt(sum(value * value for value in row))


def by_hand(weights, claim, evidence) -> float:
    """The log-odds, one piece after the other."""
    tables = Tables(*(weights[name].astype(np.float32) for name in ("rarity", "digit", "piece")))
    aligned = align(claim, evidence, tables)
    doubts = []
    for features, own, likest in zip(*aligned, strict=True):
        a, b = (weights["project"] @ (8 * length_one(each)) for each in (own, likest))
        hidden = (features - weights["mean"]) / weights["deviation"]
        hidden = np.concatenate([hidden, a, b, a - b, a * b])
        for layer in ("first", "second"):
            hidden = weights[f"{layer}.weight"] @ hidden + weights[f"{layer}.bias"]
            hidden = np.array([
                x / 2 * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))
                for x in hidden
            ])  # fmt: skip
        doubts.append(float((weights["last.weight"] @ hidden + weights["last.bias"])[0]))
    scale, offset, sharp = weights["pooled"]
    return -(scale * math.log(sum(math.exp(doubt * sharp) for doubt in doubts)) + offset)


@pytest.mark.parametrize("evidence", [(FIRST,), (FIRST, SECOND), (SECOND,)])
def test_the_log_odds_are_those_of_the_weights(weights, evidence):
    expected = by_hand(weights, CLAIM, evidence)
    assert VERIFIER.verify(CLAIM, evidence) == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_the_order_of_the_evidence_does_not_matter():
    sentences = [FIRST, SECOND, states(2003, 7000, 99)]
    one = VERIFIER.verify(CLAIM, sentences)
    for other in ([*reversed(sentences)], [*sentences[1:], sentences[0]]):
        assert VERIFIER.verify(CLAIM, other) == pytest.approx(one, abs=1e-4)


def test_what_is_empty_on_either_side_bears_nothing_out():
    empty = states()
    for claim, evidence in ((CLAIM, ()), (CLAIM, (empty,)), (empty, (FIRST,))):
        assert VERIFIER.verify(claim, evidence) == -math.inf
    assert VERIFIER.verify(CLAIM, (empty, FIRST)) == VERIFIER.verify(CLAIM, (FIRST,))


def test_each_piece_stands_beside_its_likest_one():
    size = 9000
    tables = Tables(*(np.arange(size, dtype=np.float32) / scale for scale in (size, 1, 2)))
    middle = np.zeros((4, 3), dtype=np.float32)
    middle[1], middle[2] = (2, 0, 0), (0, 3, 0)
    claim = TokenStates(middle, middle[0], (101, 15, 3000, 102))
    near = TokenStates(middle[[0, 2, 1, 3]], middle[0], (101, 3000, 7, 102))
    far = TokenStates(middle[[0, 3, 3]], middle[0], (101, 15, 102))
    far.middle[1] = (0, 0, 1)
    found = align(claim, (far, near), tables)
    assert (
        found.own.tolist() == [[2, 0, 0], [0, 3, 0]] and found.likest.tolist() == found.own.tolist()
    )
    best, first, second, held, held_first, left, right, rarity, digit, piece, crossed, *_ = (
        found.features.T.tolist()
    )
    assert best == first == second == [1, 1]
    assert (held, held_first) == ([1, 1], [0, 1])  # the first piece stands elsewhere, alone
    assert (left, right) == ([0.5, 0.5], [0.5, 0.5])  # the order is the other one
    assert crossed == [0, 1]
    assert rarity == pytest.approx([15 / size, 3000 / size])
    assert (digit, piece) == ([15, 3000], [7.5, 1500])


def test_a_true_sentence_is_likelier_than_its_twin():
    from tests.builders import real_embedder

    embedder = real_embedder()
    texts = [
        "Zip halves the memory of the cache.", "The cache needs half as much memory.",
        "The cache needs twice as much training time.",
    ]  # fmt: skip
    evidence, true, false = embedder.token_states(texts)
    assert embedder.verifier.verify(true, [evidence]) > embedder.verifier.verify(false, [evidence])
