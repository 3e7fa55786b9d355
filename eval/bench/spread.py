"""Adding the bundled papers with Ray workers: python -m eval.bench.spread [WORKERS ...]

For each number of workers a cluster of so many processors on this machine, and a fresh library; the
start of the workers, which takes some seconds, is counted.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import ray

from eval.bench import bundled
from rag import corpus
from rag.embed import embedder_for
from rag.ingest import RayIngest, SourceFile, Writer, digest
from rag.settings import Settings


def main() -> None:
    files = [SourceFile(path, path.name, digest(path)) for path in bundled.SEEDS]
    print("| | seconds | papers/s |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.load(home=Path(folder, "alone"))
        start = time.perf_counter()
        with Writer(settings.home, embedder_for(settings)) as writer:
            writer.add(files, lambda file: corpus.read(file.path, name=file.name))
            _row("one process, all processors", start, writer)
        for workers in [int(word) for word in sys.argv[1:]] or [1, 2]:
            ray.init(
                num_cpus=workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level="ERROR",
            )
            settings = Settings.load(home=Path(folder, str(workers)))
            start = time.perf_counter()
            with (
                RayIngest(settings, "auto", files, None) as spread,
                Writer(settings.home, spread.embedder) as writer,
            ):
                writer.add(files, spread.read)
                _row(f"{workers} worker{'s' * (workers > 1)}", start, writer)
            ray.shutdown()


def _row(name: str, start: float, writer: Writer) -> None:
    seconds = time.perf_counter() - start
    print(f"| {name} | {seconds:.1f} | {writer.library.stats().papers / seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()
