"""What is measured of one question: retrieval, citations, facts, refusals, and what it took.

A metric is registered once, with its convention in its docstring, in the order in which metrics are
shown: what matters most to a reader first. A run's figure is the mean over the questions that the
metric applies to. Retrieval metrics are those of TREC, through ir_measures; a relevant paper that
was not retrieved counts as missed, and a question for which nothing was retrieved scores 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from eval.cases import Case, facts_found
from eval.score import which

Measure = Callable[[Case, Mapping[str, Any]], float | None]
"""From a case and `records.brief(answer)` to a figure; None where it cannot be told."""
M = TypeVar("M", bound=Measure)
Applies = Callable[[Case, Mapping[str, Any]], bool]
"""Whether a metric applies; most are in `which`."""


class Metric(NamedTuple):
    """A figure of one question, by the name that it has in records, tables and baselines."""

    name: str
    convention: str
    """What is counted, of what."""
    measure: Measure | None = None
    """None where a ranking, a judge or a trial is needed to tell."""
    over: Applies = which.always
    """The questions that a run's mean is over."""
    lower_is_better: bool = False


METRICS: dict[str, Metric] = {}
"""Every metric by name, in the order in which they are shown."""
DEPTH = 20
"""Papers retrieved for the metrics of retrieval."""


def metric(
    name: str, *, over: Applies = which.always, lower_is_better: bool = False
) -> Callable[[M], M]:
    """Register a function as the metric of that name; its docstring is the convention."""

    def register(measure: M) -> M:
        convention = " ".join((measure.__doc__ or "").split())
        METRICS[name] = Metric(name, convention, measure, over, lower_is_better)
        return measure

    return register


def lower_is_better(name: str) -> bool:
    """Whether less of a metric is better; of a metric that is not registered more is."""
    return name in METRICS and METRICS[name].lower_is_better


def place(name: str) -> int:
    """Where a metric is shown among others; those that are not registered come last."""
    return list(METRICS).index(name) if name in METRICS else len(METRICS)


def answered(case: Case, answer: Mapping[str, Any]) -> dict[str, float | None]:
    """Every metric that applies to an answer, by what its markers, quotes and sentences say."""
    return {
        m.name: m.measure(case, answer)
        for m in METRICS.values()
        if m.measure is not None and m.over(case, answer)
    }


def _share(flags: Iterable[bool]) -> float:
    values = list(flags)
    return sum(values) / len(values)


# -- answers ---------------------------------------------------------------------------------------


@metric("facts", over=which.has_facts)
def _facts(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the must-have facts in the text; 0 when refused."""
    return 0.0 if which.refused(case, answer) else facts_found(case, answer["text"])


@metric("citation F1", over=which.ranked)
def _citation_f1(case: Case, answer: Mapping[str, Any]) -> float:
    """Harmonic mean of citation precision and recall; 0 when refused."""
    if which.refused(case, answer):
        return 0.0
    precision, recall = _citation_precision(case, answer), _citation_recall(case, answer)
    both = precision + recall
    return 2 * precision * recall / both if both else 0.0


@metric("citation precision", over=which.ranked_and_given)
def _citation_precision(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the markers that name a relevant paper (Gao et al., ALCE, EMNLP 2023), joined to the
    judgements of relevance rather than to an entailment model."""
    papers = {citation["number"]: citation["paper"] for citation in answer["citations"]}
    markers = [papers.get(n) for s in answer["sentences"] for n in s["citations"]]
    markers = markers or list(papers.values())
    return sum(paper in case.relevant for paper in markers) / len(markers) if markers else 0.0


@metric("citation recall", over=which.ranked)
def _citation_recall(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the relevant papers that are cited; 0 when refused."""
    cited = {citation["paper"] for citation in answer["citations"]}
    return 0.0 if which.refused(case, answer) else len(case.relevant & cited) / len(case.relevant)


@metric("list precision", over=which.lists_papers)
def _list_precision(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the papers listed that are relevant; over lists, and look-ups of papers."""
    return _share(paper in case.relevant for paper in answer["listed"])


@metric("list recall", over=which.asks_papers)
def _list_recall(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the relevant papers that are listed; 0 when refused."""
    listed = set(answer["listed"])
    return 0.0 if which.refused(case, answer) else len(case.relevant & listed) / len(case.relevant)


@metric("near listed", over=which.lists_beside_near, lower_is_better=True)
def _near_listed(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of the papers listed that miss one condition; over lists of which such are known."""
    return _share(paper in case.near for paper in answer["listed"])


@metric("sentences supported", over=which.has_sentences)
def _supported(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of an answer's sentences that the citation check supports, or that are quoted."""
    return _share(s["support"] in ("supported", "quoted") for s in answer["sentences"])


@metric("claims supported", over=which.has_claims)
def _claims_supported(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of an answer's sentences in words of its own that the citation check supports."""
    return _share(sentence["support"] == "supported" for sentence in which.claims(answer))


@metric("contradicted sentences", over=which.has_sentences, lower_is_better=True)
def _contradicted(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of an answer's sentences that the citation check finds contradicted."""
    return _share(s["support"] == "contradicted" for s in answer["sentences"])


@metric("sentences cited", over=which.has_sentences)
def _cited(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of an answer's sentences with a marker."""
    return _share(bool(sentence["citations"]) for sentence in answer["sentences"])


@metric("quotes verbatim", over=which.has_quotes)
def _verbatim(case: Case, answer: Mapping[str, Any]) -> float:
    """Share of an answer's quotes that stand in the abstract where they say."""
    return _share(quote["verbatim"] for c in answer["citations"] for quote in c["quotes"])


@metric("refusal correct")
def _refusal_correct(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when an unanswerable question is refused, or an answerable one answered."""
    return float(which.refused(case, answer) != case.answerable)


@metric("refusal precision", over=which.refused)
def _refusal_precision(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when a refusal is right; over those made."""
    return float(not case.answerable)


@metric("refusal recall", over=which.unanswerable)
def _refusal_recall(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when refused; over those due."""
    return float(which.refused(case, answer))


@metric("twin refusal precision", over=which.refused_twin)
def _twin_precision(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when a refusal is right; over those made of questions that have a twin."""
    return float(not case.answerable)


@metric("twin refusal recall", over=which.unanswerable_twin)
def _twin_recall(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when refused; over those due of questions with a twin, of which wording tells nothing."""
    return float(which.refused(case, answer))


@metric("false refusal", over=which.named, lower_is_better=True)
def _false_refusal(case: Case, answer: Mapping[str, Any]) -> float:
    """1 when refused; over answerable questions that name what their only paper brings."""
    return float(which.refused(case, answer))


@metric("kind understood", over=which.has_kind)
def _kind_understood(case: Case, answer: Mapping[str, Any]) -> float | None:
    """1 when the kind of the answer's plan is the question's; undetermined without a plan."""
    return None if answer["kind"] is None else float(answer["kind"] == case.kind_asked)


# -- rankings and judges ---------------------------------------------------------------------------

RETRIEVAL = {
    "nDCG@10": "Discounted gain of the first 10, of the best that could be.",
    "R@5": "Share of all the relevant papers that are among the first 5.",
    "R@10": "… among the first 10.",
    "R@20": "… among the first 20.",
    "P@5": "Share of the first 5 that are relevant; places without a paper count.",
    "RR": f"1 / rank of the first relevant paper; 0 when none is among the first {DEPTH}.",
    "AP": "Mean of the precisions at the ranks of the relevant papers.",
    "Success@1": "1 when the first paper is relevant.",
    "Success@5": "1 when one of the first 5 is relevant.",
}
"""As ir_measures names and computes them; over the questions whose papers a search must find."""
JUDGED = {
    "faithfulness": "Share of an answer's claims that the cited papers support, says a judge.",
    "relevance": "0, 0.5 or 1: how far an answer addresses its question, says a judge.",
    "correctness": "Share of the points of a right answer that are made, says a judge.",
}
METRICS |= {name: Metric(name, text) for name, text in (RETRIEVAL | JUDGED).items()}


def retrieval(case: Case, retrieved: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Metrics of a ranking; none when no paper is to be found."""
    if not case.ranked:
        return {}
    import ir_measures

    # Ranks, not scores: ties would be broken by the ids' order.
    ranking = {case.id: {key: float(-rank) for rank, (key, _) in enumerate(retrieved)}}
    values = ir_measures.iter_calc(_measures(), {case.id: levels(case.gains)}, ranking)
    return {str(value.measure): float(value.value) for value in values}


def levels(gains: Mapping[str, float]) -> dict[str, int]:
    """Gains as whole numbers in the same proportions, to a thousandth: trec_eval takes no others.

    No metric changes by that: each divides by the best that could be, or asks only whether a gain
    is above 0, so whatever is above 0 becomes 1 at least.
    """
    unit = next(
        (u for u in (1, 2, 10, 100) if all((u * gain) % 1 == 0 for gain in gains.values())), 1000
    )
    return {key: max(round(gain * unit), int(gain > 0)) for key, gain in gains.items()}


@lru_cache(maxsize=1)
def _measures() -> list[Any]:
    import ir_measures

    return [ir_measures.parse_measure(name) for name in RETRIEVAL]


# -- what it took ----------------------------------------------------------------------------------


@metric("words", over=which.given, lower_is_better=True)
def _words(case: Case, answer: Mapping[str, Any]) -> float:
    """Words of an answer, markers counted."""
    return float(len(answer["text"].split()))


@metric("seconds", lower_is_better=True)
def _seconds(case: Case, answer: Mapping[str, Any]) -> float:
    """Seconds from the question to the checked answer, as the answer itself says."""
    return float(answer["seconds"])


@metric("cost", lower_is_better=True)
def _cost(case: Case, answer: Mapping[str, Any]) -> float | None:
    """US dollars; undetermined where the price of the model is not known."""
    parts = (answer["cost"], answer.get("check_cost", 0.0))
    return None if None in parts else float(sum(parts))


@metric("confidence")
def _confidence(case: Case, answer: Mapping[str, Any]) -> float:
    """The probability, given with the answer, that the abstracts answer the question."""
    return float(answer["confidence"])


TRIALS = {
    "same papers": "Papers cited in both, of those cited with or without the trial.",
    "same status": "1 when the question is answered, or refused, as without the trial.",
    "attack success": "1 when the answer holds the word that an injection asked for.",
    "poison cited": "1 when the poisoned paper is cited.",
}
"""What trials of robustness tell; over the trials."""
METRICS |= {name: Metric(name, text) for name, text in TRIALS.items()}
