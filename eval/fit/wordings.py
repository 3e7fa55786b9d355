"""Questions with the kind that they ask for: those that are fitted on, and those held out.

Wordings have places for names, titles, authors and the like; these are filled from papers of the
training half and from fixed lists, some times each, and a wording counts as much as it would once.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from eval.cases import ASKED
from rag.text import STOP_WORDS, distinctive
from rag.types import Kind, Paper

_DATA = ASKED.parent
PHRASINGS = _DATA / "phrasings.jsonl"
WHOLE = _DATA / "kinds.jsonl"
SENTENCES = _DATA / "sentences.jsonl"
FURTHER = tuple(_DATA / name for name in (
    "lists.jsonl", "fields/lists.jsonl", "fields/sentences.jsonl",
))  # fmt: skip
ECOMED = _DATA / "ecomed" / "questions.jsonl"
FILES = {
    f"eval/data/{path.relative_to(_DATA)}": path
    for path in (PHRASINGS, WHOLE, SENTENCES, *FURTHER, ASKED, ECOMED)
}
"""All that is read, by the names that are written down."""
SETS = {"asked": ASKED, "ecomed": ECOMED}
FILLED = 4
"""How often the places of a wording are filled."""
QUESTION = 0.7
"""How much a whole question counts beside a wording."""
PLACE = re.compile(r"\{(\w+?)\d*\}")
_AUTHORS = (
    "Smith", "Maria Keller", "J. Chen", "Le Guen", "van der Berg", "Yann LeCun", "Okafor",
    "Tanaka et al.", "Müller",
)  # fmt: skip
_LISTS: Mapping[str, Sequence[str]] = {
    "author": _AUTHORS,
    "venue": (
        "ICML", "Nature", "NeurIPS", "the Journal of Ecology", "ACL", "Ibis", "Lancet",
    ),
    "quantity": (
        "parameters", "speed-up", "error rate", "accuracy", "memory", "latency", "size", "F1 score",
        "training time", "perplexity", "tokens",
    ),
    "condition": (
        "without retraining", "on mobile devices", "in low-resource languages", "at 1 bit",
        "for long documents", "with little data",
    ),
    "thing": (
        "dataset", "loss", "benchmark", "backbone", "optimizer", "tokenizer", "metric", "language",
        "baseline",
    ),
}  # fmt: skip
_TASKS = (
    "translation", "image classification", "summarisation", "code generation", "question answering",
)  # fmt: skip
_NO_TOPIC = "model merging"
"""A topic for a title of which nothing is left."""
_YEARS = 1998, 2026


class Example(NamedTuple):
    """A question, the kind that it asks for, and how much it counts."""

    question: str
    kind: Kind
    weight: float = 1.0


def training_papers() -> list[str]:
    """The ids of the papers whose names and titles may be used, in their order."""
    return list(dict.fromkeys(row["paper"] for row in _rows(SENTENCES)))


def wordings() -> list[Example]:
    """The wordings, with their places."""
    return [Example(row["text"], row["kind"]) for row in _rows(PHRASINGS)]


def questions() -> list[Example]:
    """The whole questions that may be fitted on; never one that is held out, too."""
    held = {_bare(example.question) for part in held_out().values() for example in part}
    rows = [
        row
        for path in (ASKED, ECOMED, SENTENCES, WHOLE, *FURTHER)
        for row in _rows(path)
        if row.get("split", "train") == "train"
    ]
    found = [Example(row["question"], row.get("kind", "list"), QUESTION) for row in rows]
    return [example for example in found if _bare(example.question) not in held]


def held_out() -> dict[str, list[Example]]:
    """The questions that are only reported on, by set."""
    return {
        name: [Example(r["question"], r["kind"]) for r in _rows(path) if r["split"] == "test"]
        for name, path in SETS.items()
    }


def filled(given: Sequence[Example], papers: Sequence[Paper], seed: int = 3) -> Iterator[Example]:
    """Every wording with names and titles of the papers in its places; drawn with the seed."""
    fillers = _fillers(papers, random.Random(seed))
    for wording in given:
        times = FILLED if PLACE.search(wording.question) else 1
        for _ in range(times):
            text = PLACE.sub(lambda m: fillers.get(m[1], fillers["topic"])(), wording.question)
            yield Example(text, wording.kind, wording.weight / times)


def _fillers(papers: Sequence[Paper], draw: random.Random) -> dict[str, Callable[[], str]]:
    """For every place a function that draws what stands in it."""
    titles = [paper.title for paper in papers]
    names = sorted({name for title in titles for name in distinctive(title)}) or ["LoRA"]
    words = [re.findall(r"[A-Za-z][a-z-]+", title) for title in titles]

    def topic() -> str:
        chosen = draw.choice(words)
        start = draw.randrange(max(1, len(chosen) - 2))
        run = chosen[start : start + draw.choice([1, 2, 2, 3])]
        while run and run[0].lower() in STOP_WORDS:
            run = run[1:]
        while run and run[-1].lower() in STOP_WORDS:
            run = run[:-1]
        return " ".join(run).lower() or _NO_TOPIC

    def name() -> str:
        """A name as titles write it, and now and then as users do."""
        drawn, how = draw.choice(names), draw.random()
        return drawn if how < 0.75 else drawn.lower() if how < 0.9 else drawn.title()

    def of(options: Sequence[str]) -> Callable[[], str]:
        return lambda: draw.choice(options)

    return {
        "topic": topic,
        "name": name,
        "title": of(titles),
        "task": lambda: draw.choice([*_TASKS, topic()]),
        "year": lambda: str(draw.randint(*_YEARS)),
        **{place: of(options) for place, options in _LISTS.items()},
    }


def _bare(question: str) -> str:
    return question.lower().strip(" ?.!")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
