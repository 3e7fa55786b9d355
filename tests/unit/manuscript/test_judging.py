"""The offline check behind the interface of claims."""

from rag.manuscript.judging import OfflineChecker
from rag.verify import Claim, Source

ALPHA = Source("Alpha", "Alpha is a method for networks. Alpha saves 30% of the memory of caches.")
BETA = Source("Beta", "Beta prunes the layers of networks.")


def judged(text):
    checker = OfflineChecker(lambda text, others: [0.5] * len(others))
    (verdict,) = checker.check([Claim(text, (BETA, ALPHA))])
    return verdict


def test_a_number_that_is_otherwise_is_contradicted_by_its_span():
    verdict = judged("Alpha saves 90% of the memory of caches.")
    assert verdict.support == "contradicted" and "90%" in verdict.why
    assert (verdict.source, verdict.quote.text) == (1, "Alpha saves 30% of the memory of caches.")
    start, end = verdict.quote.start, verdict.quote.end
    assert ALPHA.abstract[start:end] == verdict.quote.text


def test_what_stands_there_is_supported_and_what_does_not_is_not_verified():
    assert judged("Alpha saves 30% of the memory of caches.").support == "supported"
    assert judged("Dogs bark at night in the garden.").support == "unverified"
