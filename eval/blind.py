"""Answers for people to read who do not know what gave them, and what their scores say.

`sheet` draws questions of recorded runs and shuffles the answers; `table` joins readers' scores to
the key that was kept apart.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple

from eval.cases import STORED, Case
from eval.datasets import Dataset, sample
from eval.records import Record
from eval.runs import Report
from eval.statistics import compare
from rag.errors import ConfigError, CorpusError
from rag.text import readable
from rag.types import Paper
from rag.types.wording import published

RUBRIC = """\
Give each answer 0, 1 or 2, by its question and the abstracts below it, and by nothing else.
- 2, good: right and complete, its first sentence answers, nothing is beside the point, and it is \
honest about what is missing.
- 1, usable: the answer is there, but late, in part, or among much else; nothing in it is wrong.
- 0, bad: wrong, beside the point, refused though the abstracts answer, or made up.
A refusal is good where the abstracts do not answer, says so, and says what is missing.
Write one line for each: {"item": "…", "score": 2}.
"""
"""What readers go by."""
SCORES = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Item:
    """An answer as it is read."""

    item: str
    """Tells nothing of what gave the answer, nor of the question."""
    question: str
    history: tuple[tuple[str, str], ...]
    answer: str
    reference: str
    """What is stored, where the question is about that and no abstract tells; else ""."""
    abstracts: tuple[tuple[str, str], ...]
    """Title, with who published it where that is known, and abstract of what is cited or due."""


class Keyed(NamedTuple):
    """Where an item comes from."""

    system: str
    id: str
    kind: str


class Sheet(NamedTuple):
    """What readers get, and the key to it, which they do not."""

    items: tuple[Item, ...]
    key: Mapping[str, Keyed]


# -- what is read ----------------------------------------------------------------------------------


def sheet(
    reports: Mapping[str, Report], data: Dataset, *, split: str | None, per_kind: int, seed: int = 0
) -> Sheet:
    """The same questions of every run, by the name of its system, so many of each kind.

    Raises `ConfigError` when the runs answered no question of that split.
    """
    answers = {
        name: {record.id: record for record in report.plain if record.ok and record.answer}
        for name, report in reports.items()
    }
    able = [
        case
        for case in data.cases
        if split in (None, case.split) and all(case.id in found for found in answers.values())
    ]
    if not able:
        which = f" of split {split}" if split else ""
        raise ConfigError(f"The runs answered no question{which} of {data.name}; see --dataset.")
    kinds: dict[tuple[str, str], list[Case]] = {}
    for case in able:
        kinds.setdefault((case.source, case.kind), []).append(case)
    drawn = [case for cases in kinds.values() for case in sample(cases, per_kind, seed)]
    papers = {paper.id: paper for paper in data.assistant.papers(data.assistant.paper_ids())}
    several = len({case.source for case in drawn}) > 1
    items, key = [], {}
    for name, found in answers.items():
        for case in drawn:
            item = _item(f"{seed}\0{name}\0{case.id}", case, found[case.id], papers)
            items.append(item)
            kind = f"{case.source}/{case.kind}" if several else case.kind
            key[item.item] = Keyed(name, case.id, kind)
    # The names are digests, so that their order is drawn, and the same for the same seed.
    return Sheet(tuple(sorted(items, key=lambda item: item.item)), key)


def _item(drawn: str, case: Case, record: Record, papers: Mapping[str, Paper]) -> Item:
    cited = [citation["paper"] for citation in record.answer["citations"]]
    # One order for all: what is cited must not be told from what should be.
    due = sorted({*cited, *case.relevant, *case.about} & set(papers))
    return Item(
        item=hashlib.sha256(drawn.encode()).hexdigest()[:10],
        question=case.question,
        history=tuple((turn.role, turn.content) for turn in case.history),
        answer=record.answer.get("shown") or record.answer["text"],
        reference=case.reference if case.kind in STORED else "",
        abstracts=tuple((_heading(papers[key]), readable(papers[key].abstract)) for key in due),
    )


def _heading(paper: Paper) -> str:
    return ". ".join(part for part in (readable(paper.title), published(paper)) if part)


def write(found: Sheet, out: Path) -> Path:
    """Write the items, as JSON Lines or else Markdown by the file's name; the path of their key."""
    lines = out.suffix == ".jsonl"
    text = "".join(map(_line, map(asdict, found.items))) if lines else _markdown(found.items)
    out.write_text(text, encoding="utf-8")
    key = out.with_name(f"{out.stem}.key.jsonl")
    rows = ({"item": item, **keyed._asdict()} for item, keyed in found.key.items())
    key.write_text("".join(map(_line, rows)), encoding="utf-8")
    return key


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False) + "\n"


def _markdown(items: Sequence[Item]) -> str:
    parts = [RUBRIC]
    for item in items:
        parts.append(f"# {item.item}\n")
        parts += [f"{role}: {text}\n" for role, text in item.history]
        parts += [f"**Question:** {item.question}\n", f"**Answer:**\n\n{_quoted(item.answer)}\n"]
        parts += [f"**What is stored:** {item.reference}\n"] if item.reference else []
        parts += [f"## {title}\n\n{abstract}\n" for title, abstract in item.abstracts]
    return "\n".join(parts)


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.splitlines())


# -- what was said of it ---------------------------------------------------------------------------


def table(key_file: Path, score_files: Sequence[Path]) -> str:
    """Means by system and kind, the systems' paired difference, and how readers agree.

    Raises `CorpusError` for a malformed line, and for an item that is not in the key or twice in a
    file.
    """
    key = {row["item"]: Keyed(row["system"], row["id"], row["kind"]) for row in _rows(key_file)}
    readers = [_scores(path, key) for path in score_files]
    given: dict[str, list[int]] = {}
    for scores in readers:
        for item, score in scores.items():
            given.setdefault(item, []).append(score)
    lines = ["| system | kind | n | mean | good | bad |", "|---|---|---|---|---|---|"]
    for system in dict.fromkeys(keyed.system for keyed in key.values()):
        own = {item: keyed.kind for item, keyed in key.items() if keyed.system == system}
        for kind in [*sorted(set(own.values())), "all"]:
            scored = [given[i] for i, k in own.items() if i in given and kind in (k, "all")]
            lines.append(f"| {system} | {kind} | {_figures(scored)} |")
    unread = len(key) - len(given)
    lines += ["", *_differences(key, given), *_agreement(score_files, readers)]
    return "\n".join([*lines, *([f"{unread} of {len(key)} were not read."] if unread else [])])


def _figures(scored: Sequence[Sequence[int]]) -> str:
    """How many answers were read, their mean score, and the shares of scores 2 and 0."""
    if not scored:
        return "0 |  |  | "
    every = [score for scores in scored for score in scores]
    good, bad = (every.count(score) / len(every) for score in (2, 0))
    return f"{len(scored)} | {fmean(map(fmean, scored)):.2f} | {good:.2f} | {bad:.2f}"


def _differences(key: Mapping[str, Keyed], given: Mapping[str, Sequence[int]]) -> list[str]:
    """A line for each two systems, over the questions of which both answers were read."""
    means: dict[str, dict[str, float]] = {}
    for item, scores in given.items():
        means.setdefault(key[item].system, {})[key[item].id] = fmean(scores)
    lines = []
    for one, two in combinations(dict.fromkeys(keyed.system for keyed in key.values()), 2):
        shared = [k for k in means.get(one, {}) if k in means.get(two, {})]
        if shared:
            d = compare([means[one][k] for k in shared], [means[two][k] for k in shared])
            lines.append(
                f"{two} − {one}: {d.value:+.2f} [{d.low:+.2f}, {d.high:+.2f}], p = {d.p:.3f}, "
                f"n = {d.n}"
            )
    return lines


def _agreement(files: Sequence[Path], readers: Sequence[Mapping[str, int]]) -> list[str]:
    """Cohen's kappa of each two readers, weighted by the square of how far apart they are."""
    from sklearn.metrics import cohen_kappa_score

    lines = []
    for (a, one), (b, two) in combinations(zip(files, readers, strict=True), 2):
        shared = sorted(one.keys() & two.keys())
        ones, twos = [one[item] for item in shared], [two[item] for item in shared]
        # Who gives one score only can agree by chance alone, and kappa is 0 / 0.
        told = len({*ones, *twos}) > 1
        kappa = cohen_kappa_score(ones, twos, weights="quadratic") if told else math.nan
        shown = "undetermined" if math.isnan(kappa) else f"{kappa:.2f}"
        lines.append(f"{a.name} and {b.name}: weighted kappa {shown}, n = {len(shared)}")
    return lines


def _scores(path: Path, key: Mapping[str, Keyed]) -> dict[str, int]:
    """A reader's scores by item."""
    scores: dict[str, int] = {}
    for number, row in enumerate(_rows(path), 1):
        item, score = str(row.get("item")), row.get("score")
        if item not in key or item in scores:
            why = "is there twice" if item in scores else "is not in the key"
            raise CorpusError(f"{path}:{number}: the item {item!r} {why}.")
        if isinstance(score, bool) or score not in SCORES:
            raise CorpusError(f"{path}:{number}: the score of {item} must be 0, 1 or 2.")
        scores[item] = score
    return scores


def _rows(path: Path) -> Iterable[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}.") from error
    for number, line in enumerate(lines, 1):
        try:
            row = json.loads(line)
            yield {**row}
        except (ValueError, TypeError) as error:
            raise CorpusError(f"{path}:{number} is no object of JSON ({error}).") from error
