"""Adding papers with a Ray cluster (extra `ray`): workers parse, chunk, embed; one writer commits.

The writer stays as it is. It reads what the workers have parsed, and its embedder knows every
vector and every count of tokens that it will ask for, because a worker has worked them out; what
it does not know it computes itself. So the library is the same as without a cluster (vectors but
for rounding), whichever worker did what and however often. Only this file speaks Ray.
"""

from __future__ import annotations

import logging
import pickle
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from rag import corpus
from rag.embed import embedder_for
from rag.errors import ConfigError
from rag.ingest.files import SourceFile, opened
from rag.settings import Settings
from rag.store import embedding_text, passages
from rag.types import Embedder, Paper, Rejected

if TYPE_CHECKING:
    from rag.types import Vectors

BATCH = 64
"""Papers that a worker prepares at a time."""


class Prepared(NamedTuple):
    """Records of a file, or of several, and what the writer will want to know of their texts."""

    items: list[tuple[str, Paper | Rejected]]
    """Each with the name of its file."""
    counts: dict[str, int]
    vectors: dict[str, Vectors]


class RayIngest:
    """Workers of a Ray cluster, as the reader and the embedder of a writer."""

    def __init__(
        self, settings: Settings, address: str, files: Sequence[SourceFile], format: str | None
    ) -> None:
        self._settings = settings
        self._files = files
        self._format = format
        self._parsed: Any = None
        self._counted: set[str] = set()
        self._first, self._second = _ByFile(self._parse()), _ByFile(self._prepare())
        self.embedder = PrecomputedEmbedder(embedder_for(settings))
        self._started = _connect(address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        import ray

        if self._started:
            ray.shutdown()

    def read(self, file: SourceFile) -> Iterator[Paper | Rejected]:
        """The records of a file; to be called for each file in order, and then once more."""
        again = file.name in self._counted
        self._counted.add(file.name)
        yield from (self._second if again else self._first).of(file)

    def _parse(self) -> Iterator[tuple[str, Paper | Rejected]]:
        import ray

        rows = []
        for file in self._files:
            with opened(file.path) as content:
                suffix = "".join(file.path.suffixes)
                rows.append({"name": file.name, "suffix": suffix, "data": content.read()})
        data = ray.data.from_items(rows, override_num_blocks=max(1, len(rows)))
        self._parsed = data.flat_map(_Parser(self._format)).materialize()
        for row in self._parsed.iter_rows():
            yield pickle.loads(row["record"])

    def _prepare(self) -> Iterator[tuple[str, Paper | Rejected]]:
        import ray

        rows = self._parsed.map_batches(
            _worker(self._settings),
            batch_size=BATCH,
            num_cpus=1,
            compute=ray.data.ActorPoolStrategy(min_size=1, max_size=_processors()),
        )
        for row in rows.iter_rows():
            prepared = Prepared(*pickle.loads(row["prepared"]))
            self.embedder.learn(prepared)
            yield from prepared.items


class _ByFile:
    """Rows of several files, one file after the other."""

    def __init__(self, rows: Iterator[tuple[str, Paper | Rejected]]) -> None:
        self._rows = rows
        self._waiting: tuple[str, Paper | Rejected] | None = None

    def of(self, file: SourceFile) -> Iterator[Paper | Rejected]:
        """The rows of the next file; the first of another one waits for its turn."""
        while (row := self._waiting or next(self._rows, None)) is not None:
            self._waiting = row if row[0] != file.name else None
            if self._waiting:
                return
            yield row[1]


class PrecomputedEmbedder:
    """An embedder that knows what the workers have computed, and computes the rest itself."""

    def __init__(self, real: Embedder) -> None:
        self._real = real
        self._counts: dict[str, int] = {}
        self._vectors: dict[str, Vectors] = {}
        self.computed = 0
        """Texts that no worker had embedded."""

    @property
    def name(self) -> str:
        return self._real.name

    @property
    def dimension(self) -> int:
        return self._real.dimension

    @property
    def max_tokens(self) -> int:
        return self._real.max_tokens

    def learn(self, prepared: Prepared) -> None:
        """Know what a worker has prepared; counts that are long past are forgotten."""
        self._counts = {**dict(list(self._counts.items())[-100 * BATCH :]), **prepared.counts}
        self._vectors.update(prepared.vectors)

    def count_tokens(self, text: str) -> int:
        count = self._counts.get(text)
        return self._real.count_tokens(text) if count is None else count

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        missing = [text for text in texts if text not in self._vectors]
        self.computed += len(missing)
        fresh = dict(zip(missing, self._real.embed(missing), strict=True)) if missing else {}
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        return np.stack([fresh[t] if t in fresh else self._vectors.pop(t) for t in texts])


class _Parser:
    """Runs on a worker: the content of a file to its records."""

    def __init__(self, format: str | None) -> None:
        self._format = format

    def __call__(self, row: dict[str, Any]) -> list[dict[str, bytes]]:
        with TemporaryDirectory() as folder:
            path = Path(folder, f"source{row['suffix']}")
            path.write_bytes(row["data"])
            return [
                {"record": pickle.dumps((row["name"], item))}
                for item in corpus.read(path, format=self._format, name=row["name"])
            ]


class _Worker:
    """Runs on a worker: records to their passages' counts and vectors."""

    def __init__(self, settings: Settings) -> None:
        self._embedder = embedder_for(settings.model_copy(update={"threads": 1}))

    def __call__(self, batch: dict[str, Any]) -> dict[str, list[bytes]]:
        items = [pickle.loads(record) for record in batch["record"]]
        counts: dict[str, int] = {}

        def count(text: str) -> int:
            if text not in counts:
                counts[text] = self._embedder.count_tokens(text)
            return counts[text]

        texts = list(
            dict.fromkeys(
                embedding_text(paper, passage)
                for _, paper in items
                if isinstance(paper, Paper)
                for passage in passages(paper, count)
            )
        )
        vectors = dict(zip(texts, self._embedder.embed(texts), strict=True))
        return {"prepared": [pickle.dumps(tuple(Prepared(items, counts, vectors)))]}


def _worker(settings: Settings) -> type[_Worker]:
    """A worker with its settings inside, so that it can be started again without its driver."""

    class Worker(_Worker):
        def __init__(self) -> None:
            super().__init__(settings)

    return Worker


def _connect(address: str) -> bool:
    """Join the cluster, or for `auto` the one that runs here, or else start one; whether it did."""
    try:
        import ray
        from ray.data import DataContext
    except ImportError as error:
        raise ConfigError("--ray needs a package: pip install 'paper-rag[ray]'.") from error
    context = DataContext.get_current()
    context.execution_options.preserve_order = True
    context.enable_progress_bars = False
    logging.getLogger("ray.data").setLevel(logging.ERROR)
    if ray.is_initialized():
        return False
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        if address != "auto":
            first = str(error).split("\n")[0]
            raise ConfigError(f"There is no Ray cluster at {address} ({first}).") from error
        ray.init(include_dashboard=False, **quiet)
    return True


def _processors() -> int:
    import ray

    return max(1, int(ray.cluster_resources().get("CPU", 1)))
