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

from rag import Assistant
from rag.atomic import replace_text
from rag.text import STOP_WORDS, readable, words
from ui import library

MOST = 4000
"""Papers that a map shows; of a larger library, an even sample."""
FEWEST = 12
"""Papers below which there is nothing to map."""
TOPICS = 10
_VERSION = 1
_COMMON = STOP_WORDS | {
    "via", "using", "based", "towards", "toward", "efficient", "novel", "new", "large",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class TopicMap:
    """Papers with their places, from 0 to 1 on both axes, and their topics."""

    ids: tuple[str, ...]
    titles: tuple[str, ...]
    places: tuple[tuple[float, float], ...]
    topics: tuple[int, ...]
    """The topic of each paper, as an index into `labels`."""
    labels: tuple[str, ...]
    total: int
    """Papers that the libraries hold; more than are shown when a sample was taken."""


def draw(assistant: Assistant) -> TopicMap | None:
    """The map of an assistant's papers; None when there are too few. Kept in the cache folder."""
    ids = assistant.paper_ids()
    shown = ids if len(ids) <= MOST else [ids[n * len(ids) // MOST] for n in range(MOST)]
    if len(shown) < FEWEST:
        return None
    path = _path(assistant, shown, len(ids))
    if (drawn := _read(path)) is not None:
        return drawn
    vectors = library.vectors(assistant, shown)
    shown = [key for key in shown if key in vectors]
    if len(shown) < FEWEST:
        return None
    titles = tuple(paper.title for paper in assistant.papers(shown))
    places, topics = _laid_out([vectors[key] for key in shown])
    labels = _labels(titles, topics)
    topic_map = TopicMap(tuple(shown), titles, places, topics, labels, len(ids))
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, json.dumps(asdict(topic_map)))
    return topic_map


def _path(assistant: Assistant, shown: Sequence[str], total: int) -> Path:
    """Where the map of these papers is kept; other papers or vectors have another place."""
    seed = "\0".join([str(_VERSION), assistant.embedder.name, *sorted(shown), str(total)])
    digest = hashlib.sha256(seed.encode()).hexdigest()[:24]
    return assistant.settings.cache / "maps" / f"{digest}.json"


def _read(path: Path) -> TopicMap | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return TopicMap(
            tuple(data["ids"]), tuple(data["titles"]), tuple((x, y) for x, y in data["places"]),
            tuple(data["topics"]), tuple(data["labels"]), data["total"],
        )  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        return None  # drawn anew


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
    """Words of a title that say what it is about, and pairs of them that stand together."""
    terms = [word for word in words(readable(title)) if not word.isdigit()]
    telling = [term not in _COMMON and len(term) > 2 for term in terms]
    pairs = zip(terms, terms[1:], telling, telling[1:], strict=False)
    return [term for term, tells in zip(terms, telling, strict=True) if tells] + [
        f"{first} {second}" for first, second, *tells in pairs if all(tells)
    ]
