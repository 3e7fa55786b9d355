"""What the commands of `rag-eval` do; `__main__` only declares them."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import rag
from eval import blind, compare, trec
from eval import runs as running
from eval.baselines import baseline
from eval.cases import INJECTIONS, Case
from eval.datasets import Dataset, open_dataset, sample
from eval.estimate import estimate
from eval.report import html, text
from eval.runs import Report
from eval.score import judge_check
from eval.score.judge import Judge
from eval.score.metrics import DEPTH
from rag.cli.console import progress
from rag.errors import ConfigError
from rag.plan import standalone
from rag.settings import Settings

RUNS = Path("eval-runs")
_NOT_ANSWERS = {"home", "cache", "model_dir", "prices", "threads", "llm_retries",
                "llm_timeout", "llm_deadline", "answer_cache", "fallback", "price_in",
                "price_out"}  # fmt: skip
"""Settings that an answer does not depend on."""


@dataclass(frozen=True, slots=True)
class Options:
    """What `rag-eval run` is asked to do."""

    dataset: str | None = None
    """A .jsonl file, or a folder with its papers; None for our questions."""
    backend: str | None = None
    """What answers, as `RAG_LLM`; None for what the settings say."""
    split: str | None = None
    """One part of the questions; None for all."""
    limit: int | None = None
    """How many questions are drawn; None for all."""
    seed: int = 0
    """For everything that is drawn."""
    out: Path | None = None
    """The folder of the run; None for one in `eval-runs`."""
    parallel: int | None = None
    """Questions at a time; None for 4 of a model, else 1."""
    budget: float | None = None
    """US dollars that may be spent."""
    retriever: str = "ours"
    """`ours`, or one of `baselines.NAMES`, which answers nothing."""
    judge: bool = False
    """Whether a model judges the answers."""
    robustness: bool = False
    """Whether questions are also asked under trial."""
    payloads: Path | None = None
    """JSON Lines of injections for the trials; None for ours."""
    dry_run: bool = False
    """Whether to say only what the run would take."""
    fresh: bool = False
    """Whether to throw away what is in the folder."""
    yes: bool = False
    """Whether to spend without a budget."""


def run(options: Options) -> int:
    """Run, or go on with a run; print its summary and write its report. The exit code."""
    settings = Settings.load(llm=options.backend)
    judge = Judge.configured(settings) if options.judge else None
    with progress(quiet=True) as bar:
        data = open_dataset(options.dataset, settings, split=options.split, progress=bar)
    with data.assistant:
        cases = sample(data.cases, options.limit, options.seed)
        _affordable(data, cases, options)
        report, folder = _asked(data, cases, options, judge)
    trec.write(report, folder / "run.trec")
    html.write(report, folder / "report.html")
    print(text.summary(report))
    print(f"\n{folder / 'report.html'}")
    return 1 if report.failures else 0


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
        meta["notes"] = judge_check.calibration_notes(judge.name, data.assistant.settings.cache)
        meta["judge"] = judge.name
    if options.robustness and ask is not None:
        from eval.score.robustness import Scorer, trials

        scorers.append(Scorer(cases, data.assistant))
        cases = [*cases, *trials(cases, data.assistant, options.seed, options.payloads)]
        ask = _tried(data, ask)
    model = data.assistant.settings.llm
    with progress(quiet=True) as bar:
        report = running.run(
            cases, ask, scorers, search=search, folder=folder,
            parallel=options.parallel or (1 if model == "extractive" else 4),
            budget=options.budget, meta=meta,
            progress=lambda done, total, spent: bar(f"asking (${spent:.2f})", done, total),
        )  # fmt: skip
    return report, folder


def _functions(data: Dataset, retriever: str) -> tuple[running.Ask | None, running.Search]:
    """How questions are answered (not at all where only retrieval is judged), and searched."""
    assistant = data.assistant

    def ask(case: Case) -> rag.Answer:
        return assistant.ask(case.question, history=case.history)

    def search(case: Case) -> Sequence[rag.Hit]:
        return searched(assistant, case, k=DEPTH)

    if retriever == "ours":
        return (None if data.retrieval_only else ask), search
    papers = assistant.papers(assistant.paper_ids())
    return None, baseline(retriever, papers, assistant.sentences)


def searched(assistant: rag.Assistant, case: Case, *, k: int) -> Sequence[rag.Hit]:
    """The k best papers for a question, which stands alone even where it is a follow-up."""
    return assistant.search(standalone(case.question, case.history), k=k)


def _tried(data: Dataset, ask: running.Ask) -> running.Ask:
    from eval.score.robustness import Perturbation

    def tried(case: Case) -> rag.Answer:
        return case.ask(data.assistant) if isinstance(case, Perturbation) else ask(case)

    return tried


def attacked(dataset: str | None, payloads: Path | None, limit: int, seed: int) -> int:
    """Print what attacks reach, in a copy of the library."""
    from eval.score import attack
    from eval.score.robustness import read_payloads

    texts = read_payloads(payloads or INJECTIONS)
    with progress(quiet=True) as bar:
        data = open_dataset(dataset, Settings.load(), progress=bar)
        with data.assistant:
            outcomes = attack.attacked(
                data.cases, data.assistant, texts, limit=limit, seed=seed, progress=bar
            )
    if not outcomes:
        raise ConfigError("No question has one paper whose abstract states a number that it asks.")
    print(attack.table(outcomes))
    return 0


def compared(first: Path, second: Path, page: Path | None) -> int:
    """Print what differs between two runs; write them side by side."""
    a, b = running.load(first), running.load(second)
    print(compare.compare_runs(a, b).markdown())
    if page is not None:
        html.write(b, page, a)
        print(f"\n{page}")
    return 0


def gated(folder: Path, baseline_file: Path, name: str | None, summary_file: Path | None) -> int:
    """Whether a run has really got worse than the baseline: exit code 0 or 1."""
    report = running.load(folder)
    verdict = compare.gate(compare.load_baseline(baseline_file, name or report.name), report)
    print(verdict.markdown())
    if summary_file is not None:
        with summary_file.open("a", encoding="utf-8") as file:
            file.write(verdict.markdown())
    return 1 if verdict.reasons else 0


def keep_baseline(folder: Path, baseline_file: Path) -> int:
    """Make a run the baseline of its name."""
    report = running.load(folder)
    compare.save_baseline(report, baseline_file)
    print(f"{baseline_file} holds {report.name}: {len(report.records)} questions.")
    return 0


def reported(folder: Path, out: Path | None, before: Path | None, run_file: Path | None) -> int:
    """Write the report of a run again."""
    report = running.load(folder)
    target = out or folder / "report.html"
    html.write(report, target, running.load(before) if before else None)
    if run_file is not None:
        trec.write(report, run_file)
    print(target)
    return 0


def to_read(
    folders: Sequence[Path], dataset: str | None, split: str | None, per_kind: int, seed: int,
    out: Path,
) -> int:  # fmt: skip
    """Write what blind readers need, and the key to it."""
    names = [folder.name for folder in folders]
    plain = len(set(names)) == len(names)
    reports = {f.name if plain else str(f): running.load(f) for f in folders}
    with progress(quiet=True) as bar:
        data = open_dataset(dataset, Settings.load(), progress=bar)
    with data.assistant:
        sheet = blind.sheet(reports, data, split=split, per_kind=per_kind, seed=seed)
    key = blind.write(sheet, out)
    print(f"{out}: {len(sheet.items)} answers to read; keep {key} from the readers.")
    return 0


def read_by(key: Path, scores: Sequence[Path]) -> int:
    """Print what readers said, by system and kind."""
    print(blind.table(key, scores))
    return 0


def judged(path: Path, limit: int | None, with_model: bool) -> int:
    """How judges agree with human labels; 3 when one of them is below the lexical floor."""
    settings = Settings.load()
    claims = judge_check.read(path, limit)
    judges = {"built-in check": judge_check.built_in(judge_check.offline(settings))}
    model = Judge.configured(settings) if with_model else None
    if model is not None:
        judges[model.name] = judge_check.by_model(model)
    floor, *rows = judge_check.judge_check(claims, judges)
    print(judge_check.table([floor, *rows]))
    for row in rows:
        if model is not None and row.name == model.name:
            judge_check.keep(judge_check.calibration(row, floor), settings.cache)
    return 3 if any(row.auc_rest[0] <= floor.auc_rest[0] for row in rows) else 0


def built(count: int, out: Path, seed: int, with_model: bool) -> int:
    """Draft questions from the library's abstracts."""
    from eval.authoring import draft

    settings = Settings.load()
    drafter = draft.by_model(Judge.configured(settings)) if with_model else None
    with rag.Assistant(settings) as assistant:
        questions = draft.build(assistant, count, seed=seed, model=drafter)
    draft.write(questions, out)
    print(f"{out}: {len(questions.drafts)} questions; read them before you use them.")
    for why, number in sorted(questions.dropped.items()):
        print(f"  {number} thrown away: {why}")
    return 0


def checked(dataset: str | None, split: str | None) -> int:
    """What is wrong with a test set; 1 when anything is."""
    from eval.authoring.dataset_checks import UNJUDGED, faults

    with progress(quiet=True) as bar:
        data = open_dataset(dataset, Settings.load(), split=split, progress=bar)
    with data.assistant:
        problems = faults(data)
    for fault in problems:
        print(f"- {fault}")
    print(f"{data.name}: {len(data.cases)} questions, {len(problems)} kinds of faults.")
    return 1 if any(not fault.name.startswith(UNJUDGED) for fault in problems) else 0


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
    files = sorted(path for path in root.rglob("*") if path.suffix in (".py", ".json", ".toml"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in files)).hexdigest()[:16]


def _affordable(data: Dataset, cases: Sequence[Case], options: Options) -> None:
    """Say what the run will take before it takes it. Raises `ConfigError` when that is too much."""
    if data.assistant.settings.llm == "extractive" and not options.judge:
        if options.dry_run:
            print(f"{len(cases)} questions, no call of a model.")
            raise SystemExit(0)
        return
    print(estimate(cases, data.assistant, judge=options.judge), file=sys.stderr)
    if options.dry_run:
        raise SystemExit(0)
    if options.budget is None and not options.yes:
        raise ConfigError("Say --budget DOLLARS, or --yes to spend what it takes.")
