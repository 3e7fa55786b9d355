"""Faults of a test set that make its figures mean less than they seem to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from eval.cases import Case, facts_found
from eval.datasets import Dataset
from rag.text import STOP_WORDS, squash, tokens, words
from rag.types import Paper
from rag.types.wording import published

LEAK = 8
"""Words in a row that a question and a document share before it counts as copied."""
SATURATED = 0.98
"""Success@1 from which a set tells good retrievers from better ones no more."""
ENOUGH = 20
"""Questions below which that cannot be told."""
SHOWN = 10
UNJUDGED = "unjudged papers"
"""What is worth a look, and in most sets no fault."""


class Fault(NamedTuple):
    """What is wrong with a set, how often, and where."""

    name: str
    times: int
    where: tuple[str, ...]
    why: str

    def __str__(self) -> str:
        more = f" and {self.times - len(self.where)} more" if self.times > len(self.where) else ""
        return f"{self.name}: {self.times} ({', '.join(self.where)}{more}). {self.why}"


def faults(data: Dataset, *, top: int = 3) -> list[Fault]:
    """Everything found, worst first; the set is searched once, no model is asked."""
    known = set(data.assistant.paper_ids())
    papers = {p.id: p for p in data.assistant.papers(sorted(known))}
    problems = [
        _fault(
            "relevant papers that are not in the corpus",
            [f"{c.id}: {key}" for c in data.cases for key in sorted(c.relevant - known)],
            "Recall cannot reach 1; take them out, or add the papers.",
        ),
        _fault("questions asked twice", _twice(data.cases), "They count double."),
        _fault(
            "questions copied from a document",
            [c.id for c in data.cases if any(
                _shares(c.question, f"{papers[k].title} {papers[k].abstract}")
                for k in c.relevant & known
            )],
            f"{LEAK} words in a row: matching strings is enough to find it.",
        ),
        _fault(
            "facts that no relevant document holds",
            [c.id for c in data.cases if c.facts and c.ranked and not _holds(c, papers)],
            "No answer from the abstracts can state them.",
        ),
        _fault(
            "empty documents", [k for k, p in papers.items() if not words(p.abstract)],
            "Nothing in them can be found or cited.",
        ),
        _fault(
            "documents of one text", _same_text(papers),
            "Only one of them may be judged relevant; finding the other is no mistake.",
        ),
    ]  # fmt: skip
    problems += _searched(data, known, top)
    return [fault for fault in problems if fault.times]


def _searched(data: Dataset, known: set[str], top: int) -> list[Fault]:
    """What a search of every question shows: a set too easy, and papers that nobody judged."""
    unjudged: list[str] = []
    first = able = 0
    for case in data.cases:
        if not case.ranked or not case.relevant & known:
            continue
        able += 1
        ranked = [hit.paper.id for hit in data.assistant.search(case.question, k=top)]
        first += bool(ranked and ranked[0] in case.relevant)
        unjudged += [f"{case.id}: {key}" for key in ranked if key not in case.gains]
    problems = []
    if able >= ENOUGH and first / able >= SATURATED:
        problems.append(
            Fault("saturated", 1, (f"Success@1 {first / able:.3f}",),
                  "It cannot tell a good retriever from a better one.")
        )  # fmt: skip
    problems.append(
        _fault(
            f"{UNJUDGED} among the first {top}", unjudged,
            "They count as wrong, though nobody looked; judge those that seem right.",
        )
    )  # fmt: skip
    return problems


def _fault(name: str, where: Sequence[str], why: str) -> Fault:
    return Fault(name, len(where), tuple(where[:SHOWN]), why)


def _twice(cases: Sequence[Case]) -> list[str]:
    first_asked: dict[str, str] = {}
    pairs = []
    for case in cases:
        key = squash(case.question) + str(case.history)
        if key in first_asked:
            pairs.append(f"{first_asked[key]} = {case.id}")
        first_asked.setdefault(key, case.id)
    return pairs


def _shares(question: str, document: str) -> bool:
    asked, there = words(question), words(document)
    runs = {tuple(there[n : n + LEAK]) for n in range(len(there) - LEAK + 1)}
    return any(tuple(asked[n : n + LEAK]) in runs for n in range(len(asked) - LEAK + 1))


def _holds(case: Case, papers: Mapping[str, Paper]) -> bool:
    found = [papers[key] for key in case.relevant if key in papers]
    text = " ".join(f"{p.title} {p.abstract} {published(p, len(p.authors))}" for p in found)
    return facts_found(case, text) == 1.0


def _same_text(papers: Mapping[str, Paper]) -> list[str]:
    counted = Counter(squash(p.abstract) for p in papers.values())
    return [k for k, p in papers.items() if counted[squash(p.abstract)] > 1]


def overlap(question: str, document: str) -> float:
    """Share of a question's content words that a document holds; 1 when all were taken from it."""
    asked = {token for token in tokens(question) if token not in STOP_WORDS}
    return len(asked & set(tokens(document))) / len(asked) if asked else 0.0
