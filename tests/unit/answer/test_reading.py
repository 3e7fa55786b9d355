"""What is seen of a sentence when it is asked whether it answers."""

import pytest

from rag.answer import reading
from rag.types import Paper
from tests.finding import evidence_of

PAPER = Paper(
    "a", "FNet: Mixing Tokens",
    "Attention is slow. We propose FNet, which mixes tokens via Fourier transforms. "
    "It is 7 times faster because nothing is learned. The 12 layers hold 80M weights.",
)  # fmt: skip
OTHER = Paper("b", "Other", "Nothing is here.")


def seen(question: str, kind: str, place: int, **given) -> dict[str, float]:
    """The features of a sentence of the abstract."""
    return reading.features(evidence_of(question, PAPER, OTHER, kind=kind, **given))[place]


def test_features_and_weights_have_the_same_names():
    assert set(seen("What is FNet?", "definition", 0)) >= set(reading.MODEL.weights)


@pytest.mark.parametrize(
    ("kind", "feature", "place"),
    [
        ("number", "number", 2), ("reason", "cause", 2), ("method", "way", 1),
        ("method", "proposes_method", 1), ("definition", "proposes_definition", 1),
        ("definition", "named_definition", 1),
    ],
)  # fmt: skip
def test_a_cue_counts_where_it_is_asked_for_and_where_it_stands(kind, feature, place):
    assert seen("What of FNet?", kind, place)[feature] == 1.0
    assert seen("What of FNet?", kind, 0)[feature] == 0.0
    assert seen("What of FNet?", "fact", place)[feature] == 0.0


def test_kinds_weigh_as_much_as_they_are_likely():
    found = evidence_of("How?", PAPER, likely={"number": 0.25, "reason": 0.75})
    values = reading.features(found)[2]
    assert (values["number"], values["cause"], values["number_unasked"]) == (0.25, 0.75, 0.75)


@pytest.mark.parametrize(
    ("question", "place", "counted"),
    [
        ("How many layers does it have?", 3, True),
        ("How many layers does it have?", 2, False),
        ("How many weights does it hold?", 3, True),
        ("How many transforms are there?", 1, False),  # no number is before them
        ("Which layers does it have?", 3, False),
    ],
)
def test_a_number_before_what_is_counted(question, place, counted):
    assert seen(question, "number", place)["counted"] == float(counted)


@pytest.mark.parametrize(
    ("question", "unit"),
    [("How fast is it?", True), ("How large is it?", False), ("What is it?", False)],
)
def test_a_number_of_the_unit_that_is_asked_for(question, unit):
    assert seen(question, "number", 2)["unit"] == float(unit)


def test_what_stands_where_in_the_abstract():
    first, *_, last = reading.features(evidence_of("FNet", PAPER))
    assert (first["opening"], first["closing"], first["place"]) == (1, 0, 0)
    assert (last["opening"], last["closing"], last["place"]) == (0, 1, 1)


def test_neighbours_are_of_the_same_paper():
    values = reading.features(evidence_of("weights here", PAPER, OTHER))
    assert values[2]["after"] > 0 and values[3]["overlap"] == values[2]["after"]
    assert (values[3]["after"], values[4]["before"]) == (0.0, 0.0)


def test_sentences_of_the_best_paper_are_told_from_those_of_others():
    values = reading.features(evidence_of("What is FNet?", PAPER, OTHER, scores=(0.9, 0.5)))
    first, other = values[0], values[-1]
    assert (first["first_paper"], first["second_paper"], first["subject"]) == (1, 0, 1)
    assert (other["first_paper"], other["second_paper"], other["subject"]) == (0, 1, 0)
    assert first["gap"] == 0 and other["gap"] == pytest.approx(-0.4)
    assert other["small_gap"] == -0.15


@pytest.mark.parametrize(
    ("question", "counts"),
    [("How many layers?", True), ("how many times is it faster", True), ("How much?", False)],
)
def test_how_many_asks_for_a_count(question, counts):
    assert reading.asks_count(evidence_of(question, PAPER).query) is counts


@pytest.mark.parametrize(
    ("question", "kind", "place"),
    [
        ("How many weights do its layers hold?", "number", 3),
        ("Why is FNet faster?", "reason", 2),
        ("How does FNet mix tokens?", "method", 1),
    ],
)
def test_the_sentence_that_answers_is_the_likeliest(question, kind, place):
    scores = reading.relevance(evidence_of(question, PAPER, OTHER, kind=kind))
    assert max(range(len(scores)), key=lambda at: scores[at]) == place
