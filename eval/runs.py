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
from eval.records import Journal, Record, begun, brief, failed
from eval.score import metrics
from eval.score.outcomes import OUTCOMES, outcome
from eval.statistics import Mean, mean
from rag.atomic import replace_text
from rag.errors import ConfigError, ModelError, RagError
from rag.types import Answer, Hit

Ask = Callable[[Case], Answer]
"""What is measured: any function from a question to an `Answer`."""
Search = Callable[[Case], Sequence[Hit]]
Scorer = Callable[[Case, Answer], Mapping[str, Any]]
"""Metrics of an answer by name; None where it cannot be told. What a judge said of it may stand
under `verdicts`. A `ModelError` marks the question as failed, to be asked again."""
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
        records = self.plain
        applies = {r.id for r in records if metric in r.scores}
        kinds = {(r.source, r.kind) for r in records if r.id in applies}
        return {
            r.id: r.scores.get(metric)
            for r in records
            if r.id in applies or (not r.ok and (r.source, r.kind) in kinds)
        }

    def metrics(self) -> list[str]:
        """The names of all metrics, those that matter most to a reader first."""
        names = dict.fromkeys(name for record in self.plain for name in record.scores)
        return sorted(names, key=metrics.place)

    def kinds(self) -> dict[str, list[Record]]:
        """The records by kind, and by set where there are several: a fact of one set need not be
        what it is in another."""
        several = len({record.source for record in self.records}) > 1
        found: dict[str, list[Record]] = {}
        for record in self.records:
            trial = record.kind.startswith(TRIAL)
            name = f"{record.source}/{record.kind}" if several and not trial else record.kind
            found.setdefault(name, []).append(record)
        return found

    def summary(self, kind: str | None = None) -> dict[str, Mean]:
        """Every metric's mean with its interval, over all questions or those of one of `kinds`."""
        records = self.records if kind is None else self.kinds().get(kind, [])
        part = Report(self.name, records, self.meta)
        return {name: mean(list(part.values(name).values())) for name in part.metrics()}

    def outcomes(self) -> dict[str, int]:
        """How many questions fell into each class; trials of robustness left out."""
        classes = [record.outcome or "failed" for record in self.plain]
        return {name: classes.count(name) for name in OUTCOMES if name in classes}


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
    journal, records = _continued(folder, meta)
    todo = [case for case in cases if case.id not in records or not records[case.id].ok]
    scorers = list(scorers)
    spending = Budget(budget)

    def work(case: Case) -> Record:
        return _record(case, answer, scorers, search, meta.get("prompt", ""))

    def done(record: Record) -> None:
        records[record.id] = record
        spent = record.answer or {}
        spending.spend((spent.get("cost") or 0.0) + (spent.get("check_cost") or 0.0))
        if journal is not None:
            journal.append(record)
        if progress is not None:
            answered = sum(case.id in records and records[case.id].ok for case in cases)
            progress(answered, len(cases), spending.spent)

    _work_through(todo, work, done, spending, parallel)
    in_order = [records.get(case.id) or failed(case, spending.why) for case in cases]
    if journal is not None:
        journal.rewrite([record for record in in_order if record.id in records])
    return Report(str(meta.get("name", "run")), in_order, meta)


def load(folder: Path) -> Report:
    """A run that was kept. Raises `ConfigError` when there is none."""
    meta = _meta(folder)
    if meta is None:
        raise ConfigError(f"There is no run in {folder}; make one with rag-eval run.")
    records = Journal(folder / "records.jsonl").read()
    return Report(str(meta.get("name", folder.name)), list(records.values()), meta)


class Budget:
    """What has been spent, and whether more may be; shared by the threads that ask."""

    def __init__(self, dollars: float | None) -> None:
        self.dollars = dollars
        self.spent = 0.0
        self.closed = False
        self.why = "not asked"
        """What is to be said of the questions that are left."""
        self._lock = threading.Lock()

    def spend(self, dollars: float | None) -> None:
        with self._lock:
            self.spent += dollars or 0.0
            if self.dollars is not None and self.spent >= self.dollars:
                self.close(f"not asked: the budget of ${self.dollars:g} was spent")

    def close(self, why: str) -> None:
        self.closed, self.why = True, why


def _work_through(
    todo: Sequence[Case],
    work: Callable[[Case], Record],
    done: Callable[[Record], None],
    budget: Budget,
    parallel: int,
) -> None:
    """Work on every case, `parallel` of them at a time. Once the budget is closed none is begun."""
    waiting = iter(todo)
    with ThreadPoolExecutor(max_workers=parallel) as pool:
        running: set[Future[Record]] = set()
        try:
            while True:
                while len(running) < parallel and not budget.closed:
                    case = next(waiting, None)
                    if case is None:
                        break
                    running.add(pool.submit(work, case))
                if not running:
                    return
                finished, running = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    record = future.result()
                    done(record)
                    if record.error.startswith(_LASTING):
                        budget.close(f"not asked: {record.error}")
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
        if ask is None:
            return _retrieved(case, hits, prompt)
        answer = ask(case)
        record = _answered(_retrieved(case, hits or answer.hits, prompt), case, answer)
        for scorer in scorers:
            record = _with_scores(record, dict(scorer(case, answer)))
        return replace(record, outcome=outcome(case, record))
    except ModelError as error:
        return failed(case, f"{error.kind}: {error}")
    except RagError as error:
        return failed(case, str(error))
    except Exception as error:  # one bad question must not cost the others
        return failed(case, f"{type(error).__name__}: {error}")


def _retrieved(case: Case, hits: Sequence[Hit], prompt: str) -> Record:
    """The record of a ranking."""
    ranking = tuple((hit.paper.id, round(hit.score, 6)) for hit in hits)
    return begun(
        case, retrieved=ranking, titles={hit.paper.id: hit.paper.title for hit in hits},
        scores=metrics.retrieval(case, ranking), prompt=prompt,
    )  # fmt: skip


def _answered(record: Record, case: Case, answer: Answer) -> Record:
    """The record with an answer in it."""
    shortened = brief(answer)
    titles = {citation.paper.id: citation.paper.title for citation in answer.citations}
    return replace(
        record, answer=shortened, titles={**record.titles, **titles},
        scores={**record.scores, **metrics.answered(case, shortened)},
    )  # fmt: skip


def _with_scores(record: Record, scores: dict[str, Any]) -> Record:
    """The record with what a scorer gave; a judge's words are under `verdicts`."""
    verdicts = scores.pop("verdicts", None) or {}
    return replace(
        record, scores={**record.scores, **scores}, verdicts={**record.verdicts, **verdicts}
    )


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
        replace_text(folder / "meta.json", json.dumps(meta, indent=1, ensure_ascii=False))
    journal = Journal(folder / "records.jsonl")
    return journal, journal.read()


def _meta(folder: Path) -> dict[str, Any] | None:
    try:
        meta: dict[str, Any] = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
        return meta
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ConfigError(f"{folder / 'meta.json'} cannot be read: {error}.") from error
