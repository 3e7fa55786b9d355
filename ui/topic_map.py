"""The map of a corpus: where each paper lies, and which topic it belongs to.

t-SNE (van der Maaten & Hinton, JMLR 2008) lays the papers' vectors out in the plane, k-means finds
the topics, and class-based TF-IDF over titles (Grootendorst, "BERTopic", 2022) names them. Seeded:
the same papers give the same map.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rag.store import Library
from rag.text import STOP_WORDS, readable, words

MOST = 4000
"""Papers that a map shows; of a larger library, an even sample."""
FEWEST = 12
"""Papers below which there is nothing to map."""
TOPICS = 10
_VERSION = 1
_COMMON = {"via", "using", "based", "towards", "toward", "efficient", "novel", "new", "large"}


@dataclass(frozen=True, slots=True)
class Atlas:
    """Papers with their places, from 0 to 1 on both axes, and their topics."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    topics: tuple[int, ...]
    """The topic of each paper, as an index into `labels`."""
    labels: tuple[str, ...]
    total: int
    """Papers that the libraries hold; more than are shown when a sample was taken."""


def draw(libraries: Sequence[Library], embedder: str, cache: Path) -> Atlas | None:
    """The map of the libraries' papers; None when there are too few. Kept in the cache folder."""
    ids = list(dict.fromkeys(key for library in libraries for key in library.paper_ids()))
    shown = ids if len(ids) <= MOST else [ids[n * len(ids) // MOST] for n in range(MOST)]
    if len(shown) < FEWEST:
        return None
    seed = "\0".join([str(_VERSION), embedder, *sorted(shown), str(len(ids))])
    path = cache / "maps" / f"{hashlib.sha256(seed.encode()).hexdigest()[:24]}.json"
    if (kept := _kept(path)) is not None:
        return kept
    vectors = _vectors(libraries, shown, embedder)
    shown = [key for key in shown if key in vectors]
    if len(shown) < FEWEST:
        return None
    titles = {p.id: p.title for library in libraries for p in library.papers(shown)}
    places, topics = _laid_out([vectors[key] for key in shown])
    labels = _labels([titles[key] for key in shown], topics)
    atlas = Atlas(
        tuple(shown), tuple(titles[key] for key in shown), places, topics, labels, len(ids)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{id(atlas)}")
    partial.write_text(json.dumps(asdict(atlas)), encoding="utf-8")
    partial.replace(path)
    return atlas


def _kept(path: Path) -> Atlas | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Atlas(
            tuple(data["ids"]), tuple(data["titles"]), tuple((x, y) for x, y in data["places"]),
            tuple(data["topics"]), tuple(data["labels"]), data["total"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None  # made anew


def _vectors(libraries: Sequence[Library], ids: Sequence[str], embedder: str) -> dict[str, Any]:
    """The mean of each paper's passage vectors."""
    import numpy as np

    found: dict[str, list[Any]] = {}
    for library in libraries:
        index = library.active_index()
        if index is None:
            continue
        passage_ids = library.passage_ids(index, ids)
        owners = library.owners(index, passage_ids)
        for key, data in library.passage_vectors(index, passage_ids, embedder).items():
            if key in owners:
                found.setdefault(owners[key], []).append(np.frombuffer(data, dtype=np.float32))
    return {key: np.mean(some, axis=0) for key, some in found.items()}


def _laid_out(
    vectors: Sequence[Any],
) -> tuple[tuple[tuple[float, float], ...], tuple[int, ...]]:
    import numpy as np
    from sklearn.cluster import KMeans
    from sklearn.manifold import TSNE

    matrix = np.array(vectors, dtype=np.float32)
    matrix /= np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-9)
    count = min(TOPICS, max(2, round(math.sqrt(len(matrix) / 6))))
    topics = KMeans(count, n_init=4, random_state=0).fit_predict(matrix)
    plane = TSNE(
        2, init="pca", metric="cosine", perplexity=min(30, (len(matrix) - 1) / 3), random_state=0
    ).fit_transform(matrix)
    low, high = plane.min(axis=0), plane.max(axis=0)
    plane = (plane - low) / np.maximum(high - low, 1e-9)
    places = tuple((round(float(x), 4), round(float(y), 4)) for x, y in plane)
    return places, tuple(int(topic) for topic in topics)


def _labels(titles: Sequence[str], topics: Sequence[int]) -> tuple[str, ...]:
    """Two terms for each topic: frequent in its titles, rare in the others'."""
    counts = [Counter[str]() for _ in range(max(topics) + 1)]
    for title, topic in zip(titles, topics, strict=True):
        counts[topic].update(set(_terms(title)))
    everywhere = sum(counts, Counter[str]())

    def weight(term: str, count: int) -> float:
        rare = math.log(1 + len(titles) / everywhere[term])
        return count * count / everywhere[term] * rare * (3 if " " in term else 1)

    scored = sorted(
        (
            (weight(term, n), term, topic)
            for topic, count in enumerate(counts)
            for term, n in count.items()
        ),
        key=lambda item: (-item[0], item[1]),
    )
    chosen: list[list[str]] = [[] for _ in counts]
    taken: set[str] = set()
    for _, term, topic in scored:
        near = {part.rstrip("s") for other in chosen[topic] for part in other.split()}
        if len(chosen[topic]) < 2 and term not in taken:
            if near.isdisjoint(part.rstrip("s") for part in term.split()):
                chosen[topic].append(term)
                taken.add(term)
    return tuple(", ".join(terms) or "other" for terms in chosen)


def _terms(title: str) -> list[str]:
    found = [word for word in words(readable(title)) if not word.isdigit()]
    good = [word not in STOP_WORDS and word not in _COMMON and len(word) > 2 for word in found]
    pairs = zip(found, found[1:], good, good[1:], strict=False)
    return [w for w, fine in zip(found, good, strict=True) if fine] + [
        f"{a} {b}" for a, b, one, two in pairs if one and two
    ]
