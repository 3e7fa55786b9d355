from dataclasses import replace

import pytest

from rag.answer import decision as decide
from rag.answer.decision import NEAREST, NOTHING_NEAR, OFF_TOPIC, READABLE, THRESHOLD, Decision
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.types import KINDS, Paper, Quote
from tests.builders import hit
from tests.finding import query_of

PAPER = Paper("a", "KVSharer: Sharing Caches", "KVSharer shares caches. It saves 30% of memory.")
OTHER = Paper("b", "On Another Subject", "Nothing of it is here.")
QUESTION = "What does KVSharer share?"
GERMAN = "Was wird hier mit den Daten der Nutzer gemacht?"


def evidence(question=QUESTION, *, cosine=0.8, overlap=0.8, named=True, **understood) -> Evidence:
    """One sentence of a paper, so near to the question."""
    quote = Quote(PAPER.abstract, 0, len(PAPER.abstract))
    line = EvidenceSentence(PAPER, quote, quote.text, 0, 0, 1, cosine, cosine, overlap)
    return Evidence(
        query=query_of(question, **understood), hits=(hit(PAPER, 0.5), hit(OTHER, 0.45)),
        sentences=(line,), subject=PAPER, named=named, known=named, coverage=0.8, left_over=0.0,
    )  # fmt: skip


def decided(monkeypatch, probability: float, found: Evidence, *, read=False) -> Decision:
    """The decision where the model over the features says so."""
    monkeypatch.setattr(decide, "confidence", lambda _: probability)
    return decide.decide(found, read=read)


@pytest.mark.parametrize(
    ("probability", "answers", "reason"),
    [
        (THRESHOLD + 0.001, "yes", None),
        (THRESHOLD - 0.001, "partly", None),
        (NEAREST + 0.001, "partly", None),
        (NEAREST - 0.001, "no", "not_stated"),
    ],
)
def test_it_is_answered_or_the_nearest_is_shown_or_it_is_refused(
    monkeypatch, probability, answers, reason
):
    decision = decided(monkeypatch, probability, evidence(kind="fact"))
    assert decision == Decision(answers, probability, reason)


def test_the_three_outcomes_are_all_reached():
    assert 0 < NEAREST < THRESHOLD < 1


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "chat"])
def test_the_nearest_sentence_is_shown_where_a_sentence_is_the_answer(monkeypatch, kind):
    decision = decided(monkeypatch, (THRESHOLD + NEAREST) / 2, evidence(kind=kind))
    one = kind in {"number", "reason", "definition", "method", "yes_no", "fact", "acronym"}
    # Of a list or an overview each paper is judged for itself.
    several = "yes" if kind in ("list", "overview") else "no"
    assert decision.answers == ("partly" if one else several)
    assert (kind in READABLE) is one


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (evidence(), "not_stated"),
        (evidence("What is OpenVLA?", cosine=0.1, named=False), "not_in_corpus"),
        (evidence("what is it?", cosine=OFF_TOPIC + 0.01, named=False), "not_in_corpus"),
        (evidence("what is it?", cosine=OFF_TOPIC - 0.01, named=False), "off_topic"),
    ],
)
def test_reasons_to_refuse(monkeypatch, found, reason):
    assert decided(monkeypatch, 0.0, found) == Decision("no", 0.0, reason)


@pytest.mark.parametrize("read", [False, True])
def test_nothing_retrieved_is_refused(read):
    nothing = replace(evidence(), hits=(), sentences=(), subject=None)
    assert decide.decide(nothing, read=read) == Decision("no", 0.0, "no_match_for_filter")


@pytest.mark.parametrize(
    ("probability", "cosine", "kind", "answers"),
    [
        (0.0, NOTHING_NEAR + 0.01, "fact", "yes"),
        (0.0, NOTHING_NEAR - 0.01, "fact", "no"),
        (0.0, OFF_TOPIC + 0.01, "out_of_scope", "yes"),
        (0.0, OFF_TOPIC - 0.01, "out_of_scope", "no"),
        (1.0, NOTHING_NEAR - 0.01, "fact", "no"),
    ],
)
def test_what_a_model_reads_is_refused_only_in_plain_cases(
    monkeypatch, probability, cosine, kind, answers
):
    found = evidence("What does it share?", cosine=cosine, kind=kind)
    decision = decided(monkeypatch, probability, found, read=True)
    reason = "off_topic" if answers == "no" else None
    assert decision == Decision(answers, probability, reason)


def test_that_nothing_is_near_says_nothing_of_a_foreign_question(monkeypatch):
    found = evidence("用什么办法可以压缩?", cosine=0.0, kind="method")
    assert not found.query.english and found.query.plan.language == "zh"
    assert decided(monkeypatch, 0.5, found, read=True) == Decision("yes", 0.5, None)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Was ist KVSharer und wie wird es trainiert?", Decision("partly", 0.5, None)),
        ("Was ist OpenVLA und wie wird es trainiert?", Decision("no", 0.0, "not_in_corpus")),
        (GERMAN, Decision("no", 0.0, "language")),
    ],
)
def test_without_a_model_only_names_tell_what_a_foreign_question_is_about(
    monkeypatch, question, expected
):
    found = evidence(question)
    assert found.query.plan.language == "de"
    assert decided(monkeypatch, 1.0, found) == expected


def test_confidence_is_a_probability_that_grows_with_similarity():
    low = decide.confidence(evidence(cosine=0.1))
    high = decide.confidence(evidence(cosine=0.9))
    assert 0 < low < high < 1


def test_a_name_that_no_paper_mentions_lowers_the_confidence():
    unknown = evidence("What does OpenVLA share?")
    assert decide.features(unknown)["name_unknown"] == 1.0
    assert decide.features(evidence())["name_unknown"] == 0.0
    assert decide.confidence(unknown) < decide.confidence(evidence())


@pytest.mark.parametrize(
    ("question", "kind", "feature"),
    [
        ("How many layers does KVSharer share?", "number", "counted_absent"),
        ("Why does KVSharer share caches?", "reason", "cause_absent"),
        ("What does KVS stand for?", "acronym", "expansion_absent"),
    ],
)
def test_what_is_asked_for_and_stands_nowhere_lowers_the_confidence(question, kind, feature):
    values = decide.features(evidence(question, kind=kind))
    assert values[feature] == 1.0
    assert decide.features(evidence(question, kind="fact"))[feature] == 0.0
    assert decide.MODEL.score(values) < decide.MODEL.score(values | {feature: 0.0})


def test_a_number_near_by_is_no_absent_number():
    assert decide.features(evidence("How much?", kind="number"))["number_absent"] == 0.0


def test_features_and_weights_have_the_same_names():
    assert set(decide.features(evidence())) == set(decide.MODEL.weights)
    assert set(decide.features(replace(evidence(), sentences=()))) == set(decide.MODEL.weights)
