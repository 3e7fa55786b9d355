"""Adding the bundled papers with Ray workers: python -m eval.bench.spread [WORKERS ...]

For each number of workers a cluster of so many processors on this machine, and a fresh library; the
start of the workers, which takes some seconds, is counted.
"""

from __future__ import annotations

import argparse
import tempfile
from functools import partial
from pathlib import Path

from eval.bench import bundled, harness
from rag import corpus
from rag.embed import embedder_for
from rag.ingest import RayIngest, SourceFile, Writer, digest
from rag.settings import Settings


def main() -> None:
    import ray

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("workers", nargs="*", type=int, default=[1, 2])
    files = [SourceFile(path, path.name, digest(path)) for path in bundled.SEEDS]
    workers = parser.parse_args().workers
    harness.heading("", "seconds", "papers/s")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(home=Path(folder, "alone"))
        _row("one process, all processors", *harness.timed(partial(_alone, settings, files)))
        for count in workers:
            ray.init(
                num_cpus=count, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
            )
            settings = Settings.load(home=Path(folder, str(count)))
            seconds, papers = harness.timed(partial(_spread, settings, files))
            _row(f"{count} worker{'s' * (count > 1)}", seconds, papers)
            ray.shutdown()


def _alone(settings: Settings, files: list[SourceFile]) -> int:
    """How many papers one process has added."""
    with Writer(settings.home, embedder_for(settings)) as writer:
        writer.add(files, lambda file: corpus.read(file.path, name=file.name))
        return writer.library.stats().papers


def _spread(settings: Settings, files: list[SourceFile]) -> int:
    """How many papers the cluster has added."""
    with (
        RayIngest(settings, "auto", files, None) as cluster,
        Writer(settings.home, cluster.embedder) as writer,
    ):
        writer.add(files, cluster.read)
        return writer.library.stats().papers


def _row(name: str, seconds: float, papers: int) -> None:
    harness.row(name, f"{seconds:.1f}", f"{papers / seconds:.0f}")


if __name__ == "__main__":
    main()
