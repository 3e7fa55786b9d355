"""Deterministic metrics of one question: retrieval, citations, facts, and what went wrong.

Retrieval metrics are those of TREC, through ir_measures; a relevant paper that was not retrieved
counts as missed, and a question for which nothing was retrieved scores 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from eval.cases import Case, facts_found
from eval.records import Record

RETRIEVAL = (
    "nDCG@10", "R@5", "R@10", "R@20", "P@5", "RR", "AP", "Success@1", "Success@5",
)  # fmt: skip
ORDER = (
    "facts", "citation F1", "citation precision", "citation recall", "sentences supported",
    "contradicted sentences", "sentences cited", "quotes verbatim", "refusal correct",
    "refusal precision", "refusal recall", *RETRIEVAL, "faithfulness", "relevance", "correctness",
    "words", "seconds", "cost", "confidence",
)  # fmt: skip
"""In which metrics are shown: what matters most to a reader first."""
DEPTH = 20
"""Papers retrieved for the metrics of retrieval."""
OUTCOMES = (
    "right", "not retrieved", "retrieved, not cited", "cited, unsupported", "contradicted",
    "refused wrongly", "answered wrongly", "facts missing", "refused rightly", "failed",
)  # fmt: skip
"""What became of a question, one class each."""
LOWER_IS_BETTER = frozenset({"words", "seconds", "cost", "dropped", "contradicted sentences"})


def retrieval(case: Case, retrieved: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Metrics of a ranking; none when no paper is relevant."""
    if not case.answerable:
        return {}
    # Ranks, not scores: ties would be broken by the ids' order.
    run = {case.id: {key: float(-rank) for rank, (key, _) in enumerate(retrieved)}}
    found = _evaluator().iter_calc({case.id: case.gains}, run)
    return {str(one.measure): float(one.value) for one in found}


def answered(case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
    """Metrics of an answer, by what its markers, quotes and sentences say."""
    refused = answer["status"] == "refused"
    scores: dict[str, float | None] = {
        "confidence": answer["confidence"], "seconds": answer["seconds"],
        "cost": answer["cost"], "refusal correct": float(refused != case.answerable),
    }  # fmt: skip
    # Means over those refused are precision, over those that should be, recall.
    if refused:
        scores["refusal precision"] = float(not case.answerable)
    if not case.answerable:
        scores["refusal recall"] = float(refused)
    if refused:
        if case.facts:
            scores["facts"] = 0.0
        if case.answerable:
            scores["citation recall"] = scores["citation F1"] = 0.0
        return scores
    scores["words"] = float(len(answer["text"].split()))
    sentences = answer["sentences"]
    if sentences:
        supports = [s["support"] for s in sentences]
        scores["sentences supported"] = supports.count("supported") / len(supports)
        conflicts = sum(s["contradicted"] for s in sentences)
        scores["contradicted sentences"] = conflicts / len(supports)
        scores["sentences cited"] = sum(bool(s["citations"]) for s in sentences) / len(sentences)
    quotes = [quote["verbatim"] for c in answer["citations"] for quote in c["quotes"]]
    if quotes:
        scores["quotes verbatim"] = sum(quotes) / len(quotes)
    if case.answerable:
        scores |= _citations(case, answer)
    if case.facts:
        scores["facts"] = facts_found(case, answer["text"])
    return scores


def _citations(case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
    """Precision of markers and recall of relevant papers (Gao et al., ALCE, EMNLP 2023), joined
    to the judgements of relevance rather than to an entailment model."""
    papers = {c["number"]: c["paper"] for c in answer["citations"]}
    markers = [papers.get(n) for s in answer["sentences"] for n in s["citations"]]
    markers = markers or list(papers.values())
    precision = sum(paper in case.relevant for paper in markers) / len(markers) if markers else 0.0
    recall = len(case.relevant & set(papers.values())) / len(case.relevant)
    both = precision + recall
    return {
        "citation precision": precision, "citation recall": recall,
        "citation F1": 2 * precision * recall / both if both else 0.0,
    }  # fmt: skip


def outcome(case: Case, record: Record) -> str:
    """The one class that a question falls into; for a wrong answer, the first thing that failed."""
    if record.error:
        return "failed"
    answer = record.answer
    if answer["status"] == "refused":
        if not case.answerable:
            return "refused rightly"
        retrieved = {key for key, _ in record.retrieved}
        return "refused wrongly" if retrieved & case.relevant else "not retrieved"
    if not case.answerable:
        return "answered wrongly"
    cited = {c["paper"]: c["number"] for c in answer["citations"]}
    if not case.relevant & set(cited):
        retrieved = {key for key, _ in record.retrieved}
        return "retrieved, not cited" if retrieved & case.relevant else "not retrieved"
    numbers = {cited[paper] for paper in case.relevant & set(cited)}
    resting = [s for s in answer["sentences"] if numbers & set(s["citations"])]
    if resting and all(s["support"] == "unsupported" for s in resting):
        contradicted = any(s["contradicted"] for s in resting)
        return "contradicted" if contradicted else "cited, unsupported"
    if case.facts and not record.scores.get("facts"):
        return "facts missing"
    return "right"


@lru_cache(maxsize=1)
def _evaluator() -> Any:
    import ir_measures

    measures = [ir_measures.parse_measure(name) for name in RETRIEVAL]

    class Evaluator:
        def iter_calc(self, qrels: Any, run: Any) -> Any:
            return ir_measures.iter_calc(measures, qrels, run)

    return Evaluator()
