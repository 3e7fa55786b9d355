"""What the commands of `rag-eval` do; `__main__` only declares them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rag
from eval import compare, trec
from eval import run as running
from eval.baselines import baseline
from eval.cases import Case
from eval.datasets import Dataset, open_dataset, sample
from eval.estimate import estimate
from eval.report import html as report
from eval.run import Report
from eval.score.judge import Judge
from eval.score.metrics import DEPTH
from rag.errors import ConfigError
from rag.retrieve import standalone
from rag.settings import Settings

RUNS = Path("eval-runs")
_NOT_ANSWERS = {"home", "cache", "model_dir", "prices", "threads", "llm_retries",
                "llm_timeout", "llm_deadline", "answer_cache", "fallback", "price_in",
                "price_out"}  # fmt: skip
"""Settings that an answer does not depend on."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `rag-eval run` was told."""

    dataset: str | None = None
    backend: str | None = None
    split: str | None = None
    limit: int | None = None
    seed: int = 0
    out: Path | None = None
    parallel: int | None = None
    budget: float | None = None
    retriever: str = "ours"
    judge: bool = False
    robustness: bool = False
    payloads: Path | None = None
    dry_run: bool = False
    fresh: bool = False
    yes: bool = False


def run(options: Options) -> int:
    """Run, or go on with a run; print its summary and write its report. The exit code."""
    settings = Settings.load(llm=options.backend)
    judge = Judge.configured(settings) if options.judge else None
    with _bar("indexing") as progress:
        data = open_dataset(options.dataset, settings, split=options.split, progress=progress)
    with data.assistant:
        cases = sample(data.cases, options.limit, options.seed)
        _affordable(data, cases, options)
        found, folder = _asked(data, cases, options, judge)
    trec.write(found, folder / "run.trec")
    report.write(found, folder / "report.html")
    print(summary(found))
    print(f"\n{folder / 'report.html'}")
    return 1 if found.failures else 0


def _asked(
    data: Dataset, cases: Sequence[Case], options: Options, judge: Judge | None
) -> tuple[Report, Path]:
    meta = _meta(data, options)
    folder = options.out or RUNS / f"{meta['name']}-{meta['prompt'][:8]}".replace("/", "-")
    if options.fresh:
        for name in ("meta.json", "records.jsonl"):
            (folder / name).unlink(missing_ok=True)
    ask, search = _functions(data, options.retriever)
    scorers: list[running.Scorer] = []
    if judge is not None and ask is not None:
        scorers.append(judge.score)
        meta["notes"] = judge.standing(data.assistant.settings.cache)
        meta["judge"] = judge.name
    if options.robustness and ask is not None:
        from eval.score.robustness import Scorer, trials

        scorers.append(Scorer(cases, data.assistant))
        cases = [*cases, *trials(cases, data.assistant, options.seed, options.payloads)]
        ask = _tried(data, ask)
    model = data.assistant.settings.llm
    with _bar("asking") as progress:
        found = running.run(
            cases, ask, scorers, search=search, folder=folder,
            parallel=options.parallel or (1 if model == "extractive" else 4),
            budget=options.budget, meta=meta,
            progress=lambda done, total, spent: progress(f"asking (${spent:.2f})", done, total),
        )  # fmt: skip
    return found, folder


def _functions(data: Dataset, retriever: str) -> tuple[running.Ask | None, running.Search]:
    """How questions are answered (not at all where only retrieval is judged), and searched."""
    assistant = data.assistant

    def ask(case: Case) -> rag.Answer:
        return assistant.ask(case.question, history=case.history)

    def search(case: Case) -> Sequence[rag.Hit]:
        return assistant.search(standalone(case.question, case.history), k=DEPTH)

    if retriever == "ours":
        return (None if data.retrieval_only else ask), search
    papers = assistant.papers(assistant.paper_ids())
    return None, baseline(retriever, papers, assistant.sentences)


def _tried(data: Dataset, ask: running.Ask) -> running.Ask:
    from eval.score.robustness import Perturbation

    def tried(case: Case) -> rag.Answer:
        return case.ask(data.assistant) if isinstance(case, Perturbation) else ask(case)

    return tried


def compared(first: Path, second: Path, html: Path | None) -> int:
    """Print what differs between two runs; write them side by side."""
    a, b = running.load(first), running.load(second)
    print(compare.compare_runs(a, b).markdown())
    if html is not None:
        report.write(b, html, a)
        print(f"\n{html}")
    return 0


def gated(folder: Path, baseline_file: Path, name: str | None, summary_file: Path | None) -> int:
    """Whether a run has really got worse than the baseline: exit code 0 or 1."""
    now = running.load(folder)
    verdict = compare.gate(compare.load_baseline(baseline_file, name or now.name), now)
    print(verdict.markdown())
    if summary_file is not None:
        with summary_file.open("a", encoding="utf-8") as file:
            file.write(verdict.markdown())
    return 1 if verdict.reasons else 0


def keep_baseline(folder: Path, baseline_file: Path) -> int:
    """Make a run the baseline of its name."""
    found = running.load(folder)
    compare.save_baseline(found, baseline_file)
    print(f"{baseline_file} holds {found.name}: {len(found.records)} questions.")
    return 0


def reported(folder: Path, out: Path | None, other: Path | None, run_file: Path | None) -> int:
    """Write the report of a run again, or take in someone else's TREC run first."""
    found = running.load(folder)
    target = out or folder / "report.html"
    report.write(found, target, running.load(other) if other else None)
    if run_file is not None:
        trec.write(found, run_file)
    print(target)
    return 0


def judged(path: Path, limit: int | None, with_model: bool) -> int:
    """How judges agree with human labels; 3 when one of them is below the lexical floor."""
    from eval.score import judge_check as checking
    from eval.score.judge_calibration import keep
    from rag.embed import CachedEmbedder, embedder_for

    settings = Settings.load()
    embedder = CachedEmbedder(embedder_for(settings))

    def similarity(claim: str, texts: Sequence[str]) -> list[float]:
        first, *others = embedder.embed([claim, *texts])
        return [float(first @ other) for other in others]

    claims = checking.read(path, limit)
    judges = {"built-in check": checking.built_in(similarity)}
    model = Judge.configured(settings) if with_model else None
    if model is not None:
        judges[model.name] = checking.by_model(model)
    rows = checking.judge_check(claims, judges)
    print(checking.table(rows))
    for row in rows[1:]:
        if model is not None and row.name == model.name:
            keep(checking.as_standing(row, rows[0]), settings.cache)
    return 3 if any(row.auc_rest[0] <= rows[0].auc_rest[0] for row in rows[1:]) else 0


def built(count: int, out: Path, seed: int, with_model: bool) -> int:
    """Draft questions from the library's abstracts."""
    from eval.authoring import draft as build

    settings = Settings.load()
    drafter = build.by_model(Judge.configured(settings)) if with_model else None
    with rag.Assistant(settings) as assistant:
        found = build.build(assistant, count, seed=seed, model=drafter)
    build.write(found, out)
    print(f"{out}: {len(found.drafts)} questions; read them before you use them.")
    for why, number in sorted(found.dropped.items()):
        print(f"  {number} thrown away: {why}")
    return 0


def checked(dataset: str | None, split: str | None) -> int:
    """What is wrong with a test set; 1 when anything is."""
    from eval.authoring.dataset_checks import UNJUDGED, faults

    with _bar("indexing") as progress:
        data = open_dataset(dataset, Settings.load(), split=split, progress=progress)
    with data.assistant:
        found = faults(data)
    for fault in found:
        print(f"- {fault}")
    print(f"{data.name}: {len(data.cases)} questions, {len(found)} kinds of faults.")
    return 1 if any(not fault.name.startswith(UNJUDGED) for fault in found) else 0


def summary(found: Report) -> str:
    """The table of a run for a terminal: every metric with its interval, and the outcomes."""
    lines = [f"{found.name}: {len(found.records)} questions"]
    lines += [f"! {note}" for note in found.meta.get("notes", [])]
    width = max((len(name) for name in found.metrics()), default=0)
    lines += [
        f"  {name:{width}}  {report.shown(one)}  n={one.n}" for name, one in found.summary().items()
    ]
    for kind in dict.fromkeys(r.kind for r in found.records if r.kind.startswith(running.TRIAL)):
        some = found.summary(kind)
        shown = ("facts", "citation F1", "same papers", "same status", "attack success",
                 "poison cited")  # fmt: skip
        told = ", ".join(f"{name} {some[name].value:.2f}" for name in shown if name in some)
        count = sum(record.kind == kind for record in found.records)
        lines.append(f"  {kind} (n={count}): {told}")
    outcomes = found.outcomes() if any(record.answer for record in found.records) else {}
    lines += [f"  {count:4} {name}" for name, count in outcomes.items()]
    if found.failures:
        lines.append(f"! {len(found.failures)} failed, such as: {found.failures[0].error}")
        lines.append("  The same command asks them again, and only them.")
    return "\n".join(lines)


# -- inside ----------------------------------------------------------------------------------------


def _meta(data: Dataset, options: Options) -> dict[str, Any]:
    """What was run; `prompt` digests all that the records depend on."""
    settings = data.assistant.settings
    plain = {
        name: str(value)
        for name, value in settings.model_dump().items()
        if name not in _NOT_ANSWERS and not name.endswith("_key")
    }
    parts = [
        data.digest, code(), options.retriever, str(options.judge), str(options.robustness),
        str(options.seed if options.robustness else 0), *(f"{k}={v}" for k, v in plain.items()),
    ]  # fmt: skip
    name = f"{data.name}-{settings.llm if options.retriever == 'ours' else options.retriever}"
    return {
        "name": name.replace("/", "-"), "dataset": data.name, "model": settings.llm,
        "retriever": options.retriever, "papers": len(data.assistant.paper_ids()),
        "k": settings.k, "words": settings.words, "seed": options.seed,
        "prompt": hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16],
    }  # fmt: skip


def code() -> str:
    """Digest of the code that answers: records of other code are not mixed with this one's."""
    root = Path(rag.__file__).parent
    files = sorted(root.rglob("*.py"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _affordable(data: Dataset, cases: Sequence[Case], options: Options) -> None:
    """Say what the run will take before it takes it. Raises `ConfigError` when that is too much."""
    if data.assistant.settings.llm == "extractive" and not options.judge:
        if options.dry_run:
            print(f"{len(cases)} questions, no call of a model.")
            raise SystemExit(0)
        return
    said = estimate(cases, data.assistant, judge=options.judge)
    print(said, file=sys.stderr)
    if options.dry_run:
        raise SystemExit(0)
    if options.budget is None and not options.yes:
        raise ConfigError("Say --budget DOLLARS, or --yes to spend what it takes.")


def _bar(what: str) -> Any:
    from rag.cli.console import progress

    class Bar:
        def __enter__(self) -> Callable[[str, int, int], None]:
            self.inner = progress(quiet=True)
            return self.inner.__enter__()

        def __exit__(self, *error: Any) -> Any:
            return self.inner.__exit__(*error)

    return Bar()
