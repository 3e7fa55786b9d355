from dataclasses import replace

import pytest

from rag.answer import decision as decide
from rag.answer.evidence import Evidence, EvidenceSentence
from rag.types import Hit, Paper, Passage, Quote
from tests.finding import query_of

PAPER = Paper("a", "KVSharer: Sharing Caches", "KVSharer shares caches. It saves 30% of memory.")
OTHER = Paper("b", "On Another Subject", "Nothing of it is here.")


def evidence(question: str, *, cosine: float = 0.8, paper: Paper = PAPER, named: bool = True):
    hit, other = (
        Hit(one, Passage("p", one.id, one.abstract, 0, len(one.abstract)), score)
        for one, score in ((paper, 0.5), (OTHER, 0.45))
    )
    quote = Quote(paper.abstract, 0, len(paper.abstract))
    line = EvidenceSentence(paper, quote, quote.text, 0, 0, 1, cosine, 0.8)
    return Evidence(
        query=query_of(question), hits=(hit, other), sentences=(line,) * 3, subject=paper,
        named=named, known=named, coverage=0.8, left_over=0.0,
    )  # fmt: skip


def test_a_near_sentence_of_a_named_paper_is_answered():
    decision = decide.decide(evidence("What does KVSharer share?"))
    assert decision.answer and decision.reason is None


@pytest.mark.parametrize(
    ("found", "reason"),
    [
        (evidence("Who are the authors of KVSharer?", cosine=0.4), "not_stated"),
        (evidence("What is OpenVLA?", cosine=0.3, named=False), "not_in_corpus"),
        (evidence("tell me a joke", cosine=0.1, named=False), "off_topic"),
    ],
)
def test_reasons_to_refuse(found, reason):
    decision = decide.decide(found)
    assert not decision.answer
    assert decision.reason == reason


def test_nothing_retrieved_is_refused():
    nothing = replace(evidence("What?"), hits=(), sentences=(), subject=None)
    assert decide.decide(nothing) == decide.Decision(False, 0.0, "no_match_for_filter")


def test_confidence_is_a_probability_that_grows_with_similarity():
    low = decide.confidence(evidence("What does it share?", cosine=0.1))
    high = decide.confidence(evidence("What does it share?", cosine=0.9))
    assert 0 < low < high < 1


def test_a_name_that_no_paper_mentions_lowers_the_confidence():
    known = decide.confidence(evidence("What does KVSharer share?"))
    unknown = decide.confidence(evidence("What does OpenVLA share?"))
    assert unknown < known


def test_features_and_weights_have_the_same_names():
    assert set(decide.MODEL.weights) == set(decide.FEATURES)
    assert len(decide.features(evidence("What?"))) == len(decide.FEATURES)


ENGLISH, FOREIGN = "What does it share between the layers?", "用什么办法可以压缩?"


def decided(monkeypatch, probability: float, *, question=ENGLISH, cosine=0.8, read=False):
    """The decision where the model over the features says so."""
    monkeypatch.setattr(decide, "confidence", lambda _: probability)
    return decide.decide(evidence(question, cosine=cosine), read=read)


@pytest.mark.parametrize(
    ("probability", "answered"), [(0.51, True), (0.501, True), (0.499, False), (0.36, False)]
)
def test_at_least_even_odds_are_answered(monkeypatch, probability, answered):
    decision = decided(monkeypatch, probability)
    assert (decision.answer, decision.probability) == (answered, probability)


@pytest.mark.parametrize(
    ("probability", "cosine", "answered"),
    [
        (0.499, 0.8, True), (0.351, 0.8, True), (0.349, 0.8, False),
        (0.499, 0.301, True), (0.499, 0.299, False), (0.501, 0.299, True),
    ],
)  # fmt: skip
def test_what_a_model_reads_is_refused_only_in_plain_cases(
    monkeypatch, probability, cosine, answered
):
    assert decided(monkeypatch, probability, cosine=cosine, read=True).answer is answered


@pytest.mark.parametrize(("probability", "answered"), [(0.36, True), (0.34, False)])
def test_that_nothing_is_near_says_nothing_of_a_foreign_question(
    monkeypatch, probability, answered
):
    assert not query_of(FOREIGN).english and query_of(ENGLISH).english
    decision = decided(monkeypatch, probability, question=FOREIGN, cosine=0.1, read=True)
    assert decision.answer is answered
