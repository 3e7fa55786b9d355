"""The map of a corpus as SVG; pure."""

from __future__ import annotations

from collections.abc import Collection

from ui.paper_html import escape
from ui.topic_map import TopicMap

WIDTH, HEIGHT, EDGE = 1000, 640, 40
_LABEL = 22
"""Height of a label; labels nearer than that are pushed apart."""


def chart(topic_map: TopicMap | None, lit: Collection[str] = ()) -> str:
    """The map, with the papers of the last answer lit; each point names its paper."""
    if topic_map is None:
        return '<p class="empty">A map needs some more papers.</p>'
    points = [
        f'<circle class="point t{topic}{" lit" if key in lit else ""}" cx="{_x(x)}" cy="{_y(y)}"'
        f' r="{9 if key in lit else 5}" data-paper="{escape(key)}">'
        f"<title>{escape(title)}</title></circle>"
        for key, title, (x, y), topic in zip(
            topic_map.ids, topic_map.titles, topic_map.places, topic_map.topics, strict=True
        )
    ]
    points.sort(key=lambda point: ' lit"' in point)  # those drawn last lie on top
    texts = [
        f'<text x="{x}" y="{y}">{escape(_short(label))}</text>'
        for (x, y), label in zip(_label_places(topic_map), topic_map.labels, strict=True)
    ]
    about = f"Map of {len(topic_map.ids)} papers in {len(topic_map.labels)} topics"
    sample = (
        f" of {topic_map.total:,}, an even sample" if topic_map.total > len(topic_map.ids) else ""
    )
    shown = sum(key in lit for key in topic_map.ids)
    ringed = f" The {shown} papers of the last answer are ringed." if shown else ""
    return (
        f'<p class="count">{len(topic_map.ids):,} papers{sample}; near means alike.{ringed} '
        "Point at a paper to see its title, click to open it.</p>"
        f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{about}">'
        f'{"".join(points)}<g class="labels" aria-hidden="true">{"".join(texts)}</g></svg>'
        f"{_topics(topic_map)}"
    )


def _topics(topic_map: TopicMap) -> str:
    """The topics as buttons: the map for whoever uses the keyboard or hears the page."""
    buttons = "".join(
        f'<button type="button" class="act topic" data-act="topic" data-paper="{topic}">'
        f'<span class="dot t{topic}"></span>{escape(label)} '
        f"({topic_map.topics.count(topic)})</button>"
        for topic, label in enumerate(topic_map.labels)
    )
    return f'<div class="acts" role="group" aria-label="Topics">{buttons}</div>'


def _label_places(topic_map: TopicMap) -> list[tuple[int, int]]:
    """The middle of each topic, with labels that would overlap pushed down."""
    middles = []
    for topic in range(len(topic_map.labels)):
        places = [p for p, t in zip(topic_map.places, topic_map.topics, strict=True) if t == topic]
        xs, ys = sorted(x for x, _ in places), sorted(y for _, y in places)
        middles.append((_x(xs[len(xs) // 2]), _y(ys[len(ys) // 2])))
    placed: dict[int, tuple[int, int]] = {}
    for topic in sorted(range(len(middles)), key=lambda t: middles[t][1]):
        x, y = middles[topic]
        wide = 5 * len(_short(topic_map.labels[topic]))
        x = min(max(x, wide), WIDTH - wide)
        for other, (left, top) in sorted(placed.items(), key=lambda item: item[1][1]):
            if (
                abs(left - x) < wide + 5 * len(_short(topic_map.labels[other]))
                and abs(top - y) < _LABEL
            ):
                y = top + _LABEL
        placed[topic] = x, y
    return [placed[topic] for topic in range(len(middles))]


def _short(label: str) -> str:
    """The first of a topic's terms, which is what fits on the map."""
    return label.partition(",")[0]


def _x(place: float) -> int:
    return round(EDGE + place * (WIDTH - 2 * EDGE))


def _y(place: float) -> int:
    return round(EDGE + (1 - place) * (HEIGHT - 2 * EDGE))
