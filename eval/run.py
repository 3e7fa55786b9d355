"""Asking every question of a set and keeping what came, so that a run can be broken off.

A run lives in a folder: `meta.json` says what was run, `records.jsonl` holds one record a question.
Running again into the same folder asks only what is missing or failed.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from eval.cases import Case
from eval.records import Journal, Record, brief, failed
from eval.score import metrics
from eval.statistics import Mean, mean
from rag.errors import ConfigError, ModelError, RagError
from rag.types import Answer, Hit

Ask = Callable[[Case], Answer]
"""What is measured: any function from a question to an `Answer`."""
Search = Callable[[Case], Sequence[Hit]]
Scorer = Callable[[Case, Answer], Mapping[str, float | None]]
"""Metrics of an answer by name; None where it cannot be told. A `ModelError` marks the question
as failed, to be asked again."""
Progress = Callable[[int, int, float], None]
"""Called with how many are done, of how many, and the dollars spent."""
TRIAL = "robustness/"
"""What the kinds of trials begin with."""
_LASTING = ("key:", "model:", "quota:", "connection:")
"""Failures that the next question would meet, too."""


@dataclass
class Report:
    """A run: its questions' records, in the order of the set."""

    name: str
    records: list[Record]
    meta: dict[str, Any] = field(default_factory=dict)

    @property
    def failures(self) -> list[Record]:
        return [record for record in self.records if not record.ok]

    @property
    def plain(self) -> list[Record]:
        """The records without trials of robustness; all where there is nothing else."""
        return [r for r in self.records if not r.kind.startswith(TRIAL)] or self.records

    def values(self, metric: str) -> dict[str, float | None]:
        """A metric by question; questions that it does not apply to are left out, and those that
        failed are undetermined. Trials of robustness count only where there is nothing else."""
        some = self.plain
        applies = {r.id for r in some if metric in r.scores}
        kinds = {r.kind for r in some if r.id in applies}
        return {
            r.id: r.scores.get(metric)
            for r in some
            if r.id in applies or (not r.ok and r.kind in kinds)
        }

    def metrics(self) -> list[str]:
        """The names of all metrics, those that matter most to a reader first."""
        found = list(dict.fromkeys(name for record in self.plain for name in record.scores))
        return sorted(
            found, key=lambda m: metrics.ORDER.index(m) if m in metrics.ORDER else len(found) + 99
        )

    def summary(self, kind: str | None = None) -> dict[str, Mean]:
        """Every metric's mean with its interval, over all questions or those of one kind."""
        some = [r for r in self.records if kind in (None, r.kind)]
        part = Report(self.name, some, self.meta)
        return {name: mean(list(part.values(name).values())) for name in part.metrics()}

    def outcomes(self) -> dict[str, int]:
        """How many questions fell into each class; trials of robustness left out."""
        found = [record.outcome or "failed" for record in self.plain]
        return {name: found.count(name) for name in metrics.OUTCOMES if name in found}


def run(
    cases: Sequence[Case],
    answer: Ask | None,
    scorers: Iterable[Scorer] = (),
    *,
    search: Search | None = None,
    folder: Path | None = None,
    parallel: int = 1,
    budget: float | None = None,
    meta: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Ask every case, score it, and keep a record of each at once.

    `answer` may be None to measure `search` alone, and `search` None to take what the answer
    retrieved. With a folder, records that are there and did not fail are not made again. `budget`
    is in US dollars: when as much is spent, the questions left are put down as failed, and are
    asked when the run is continued. One bad question costs one record; a failure that every
    question would meet (a refused key, no server) ends the run. Raises `ConfigError` when the
    folder holds another run.
    """
    meta = dict(meta or {})
    journal, kept = _continued(folder, meta)
    todo = [case for case in cases if case.id not in kept or not kept[case.id].ok]
    purse = Budget(budget)

    def one(case: Case) -> Record:
        return _record(case, answer, list(scorers), search, meta.get("prompt", ""))

    def done(record: Record) -> None:
        kept[record.id] = record
        purse.spend(record.answer.get("cost") if record.answer else 0.0)
        if journal is not None:
            journal.append(record)
        if progress is not None:
            progress(sum(c.id in kept and kept[c.id].ok for c in cases), len(cases), purse.spent)

    _all(one, todo, done, purse, parallel)
    records = [kept.get(case.id) or failed(case, purse.why) for case in cases]
    if journal is not None:
        journal.rewrite([r for r in records if r.id in kept])
    return Report(str(meta.get("name", "run")), records, meta)


def load(folder: Path) -> Report:
    """A run that was kept. Raises `ConfigError` when there is none."""
    meta = _meta(folder)
    if meta is None:
        raise ConfigError(f"There is no run in {folder}; make one with rag-eval run.")
    records = Journal(folder / "records.jsonl").read()
    return Report(str(meta.get("name", folder.name)), list(records.values()), meta)


class Budget:
    """What has been spent, and whether more may be."""

    def __init__(self, budget: float | None) -> None:
        self.budget = budget
        self.spent = 0.0
        self.why = "not asked"
        self._lock = threading.Lock()
        self._closed = False

    def spend(self, dollars: float | None) -> None:
        with self._lock:
            self.spent += dollars or 0.0
            if self.budget is not None and self.spent >= self.budget:
                self.close(f"not asked: the budget of ${self.budget:g} was spent")

    def close(self, why: str) -> None:
        self._closed, self.why = True, why

    @property
    def empty(self) -> bool:
        return self._closed


def _all(
    one: Callable[[Case], Record],
    todo: Sequence[Case],
    done: Callable[[Record], None],
    purse: Budget,
    parallel: int,
) -> None:
    """Every case, so many at a time; none is begun that cannot be afforded any more."""
    waiting = iter(todo)
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        running: set[Future[Record]] = set()
        try:
            while True:
                while len(running) < parallel and not purse.empty:
                    case = next(waiting, None)
                    if case is None:
                        break
                    running.add(pool.submit(one, case))
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    record = future.result()
                    done(record)
                    if record.error.startswith(_LASTING):
                        purse.close(f"not asked: {record.error}")
        except BaseException:
            for future in running:
                future.cancel()
            raise


def _record(
    case: Case, ask: Ask | None, scorers: Sequence[Scorer], search: Search | None, prompt: str
) -> Record:
    """One question, asked and scored; what goes wrong is in the record."""
    try:
        hits = list(search(case)) if search is not None else []
        answer = ask(case) if ask is not None else None
        hits = hits or list(answer.hits if answer is not None else ())
        cited = [c.paper for c in answer.citations] if answer is not None else []
        titles = {paper.id: paper.title for paper in [*(hit.paper for hit in hits), *cited]}
        retrieved = tuple((hit.paper.id, round(hit.score, 6)) for hit in hits)
        scores: dict[str, float | None] = dict(metrics.retrieval(case, retrieved))
        told = brief(answer) if answer is not None else {}
        if answer is not None:
            scores |= metrics.answered(case, told)
        record = Record(
            case.id, case.kind, case.question, tuple(sorted(case.relevant)), retrieved, titles,
            told, scores, prompt=prompt, must_pass=case.must_pass,
        )  # fmt: skip
        for scorer in scorers:
            given = dict(scorer(case, answer)) if answer is not None else {}
            verdict = given.pop("verdicts", None)
            record = replace(
                record,
                scores={**record.scores, **given},
                verdicts={**record.verdicts, **(verdict or {})},  # type: ignore[dict-item]
            )
        outcome = metrics.outcome(case, record) if answer is not None else ""
        return replace(record, outcome=outcome)
    except ModelError as error:
        return failed(case, f"{error.kind}: {error}")
    except RagError as error:
        return failed(case, str(error))
    except Exception as error:  # one bad question must not cost the others
        return failed(case, f"{type(error).__name__}: {error}")


def _continued(
    folder: Path | None, meta: dict[str, Any]
) -> tuple[Journal | None, dict[str, Record]]:
    if folder is None:
        return None, {}
    folder.mkdir(parents=True, exist_ok=True)
    known = _meta(folder)
    if known is not None and known.get("prompt") != meta.get("prompt"):
        raise ConfigError(
            f"{folder} holds a run of something else (other questions, papers or settings); "
            "name another folder with --out, or delete it."
        )
    if known is None:
        partial = folder / "meta.partial"
        partial.write_text(json.dumps(meta, indent=1, ensure_ascii=False), encoding="utf-8")
        partial.replace(folder / "meta.json")
    journal = Journal(folder / "records.jsonl")
    return journal, journal.read()


def _meta(folder: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder / 'meta.json'} cannot be read: {error}.") from error
