"""What the benchmarks share: the clock, tables, processes, nDCG, and how the peer is named."""

from __future__ import annotations

import argparse
import os
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from eval.score.metrics import levels

ROOT = Path(__file__).parent.parent.parent
"""The checkout, where benchmarks are run."""
QUESTION = "Which methods quantise diffusion models to 1 bit?"
T = TypeVar("T")


class Run(NamedTuple):
    """A process that ended."""

    seconds: float
    megabytes: float
    """The most memory that it took."""
    output: str


def timed(work: Callable[[], T]) -> tuple[float, T]:
    """Wall seconds, and what came of it."""
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def milliseconds(work: Callable[[str], object], items: Iterable[str]) -> list[float]:
    """How long each item takes, one after another."""
    return [1000 * timed(lambda item=item: work(item))[0] for item in items]  # type: ignore[misc]


def percentile(values: Iterable[float], share: float) -> float:
    """The value below which this share of them is; the largest at most."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def heading(*cells: str) -> None:
    """The first two lines of a Markdown table."""
    row(*cells)
    row(*["---"] * len(cells))


def row(*cells: str) -> None:
    """A line of a Markdown table, at once."""
    print(f"| {' | '.join(cells)} |", flush=True)


def environment(**variables: str) -> dict[str, str]:
    """The variables of a process: ours, and these."""
    return {**os.environ, **variables}


def run(command: Sequence[str], **variables: str) -> Run:
    """A process to its end; 3, which says that a question was refused, is no failure.

    Raises `SystemExit` when it fails.
    """
    start = time.perf_counter()
    with subprocess.Popen(
        command, env=environment(**variables), stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as process:
        assert process.stdout is not None
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 3):
        raise SystemExit(f"{list(command)[:4]} failed")
    return Run(time.perf_counter() - start, usage.ru_maxrss / 1024, output)


def memory(field: str, pid: int | str = "self") -> float:
    """Megabytes of a running process, by a field of its status: `VmRSS`, `RssAnon`."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{field}:")[2].split()[0]) / 1024


def ndcg(
    gains: Mapping[str, Mapping[str, float]], rankings: Mapping[str, Sequence[str]]
) -> dict[str, float]:
    """nDCG@10 of each question; `rankings` are ids of documents, best first."""
    import ir_measures

    scored = {
        question: {key: -float(rank) for rank, key in enumerate(ranking)}
        for question, ranking in rankings.items()
    }
    judged = {question: levels(of) for question, of in gains.items()}
    values = ir_measures.iter_calc([ir_measures.nDCG @ 10], judged, scored)
    return {value.query_id: float(value.value) for value in values}


def peer(description: str) -> str:
    """The Python of `--peer`, which has what we are measured beside."""
    parser = argparse.ArgumentParser(description=description.splitlines()[0])
    parser.add_argument("--peer", required=True, help="the Python of an environment of its own")
    return str(Path(parser.parse_args().peer).absolute())
