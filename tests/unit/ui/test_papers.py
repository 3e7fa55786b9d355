"""What the tabs of the papers do: searching, adding, removing, counting, mapping."""

import gzip
import json
import shutil

import pytest

from rag import Assistant, ConfigError, Filters, StoreError
from rag.ingest.writer import Writer
from tests.builders import real_embedder
from ui import library, map_svg, paper_html, papers, topic_map
from ui.papers import Papers, filters

NEW = {"title": "Gardens of Forking Paths", "abstract": "Gardens grow by 12%.", "year": 2026}


@pytest.fixture
def copy(home, tmp_path):
    return shutil.copytree(home, tmp_path / "home")


@pytest.fixture
def shelf(copy, tmp_path):
    with Assistant(home=copy, cache=tmp_path, embedding=real_embedder()) as assistant:
        yield Papers(assistant)


@pytest.fixture
def guarded(copy, tmp_path):
    """As where the page asks for passwords."""
    with Assistant(home=copy, cache=tmp_path, embedding=real_embedder()) as assistant:
        visible = Papers(assistant, private=True)
        yield visible
        visible.close()


def upload(folder, *records, name="mine.jsonl"):
    path = folder / name
    path.write_text("".join(f"{json.dumps(r) if r else 'not json'}\n" for r in records))
    return str(path)


def add(shelf, owner, *files):
    return shelf.add(owner, files, lambda stage, done, total: None)


def test_papers_are_found_and_filtered(shelf):
    assert "6 papers" in shelf.search("", "") and "ZipNN" in shelf.search("", "ZipNN")
    assert shelf.search("", "ZipNN", Filters(year_from=2999)).startswith('<p class="empty"')
    assert shelf.search("", "", filters("", "2999", None, " ", None)).startswith('<p class="empty"')
    with pytest.raises(ConfigError, match="A year is a number"):
        filters("two", None, None, None, None)
    assert filters(None, None, None, None, None) is None


def test_an_upload_joins_the_library_and_is_deleted(shelf, tmp_path):
    file = upload(tmp_path, NEW, {"title": "No abstract"}, None)
    seen = []
    report = shelf.add("ann", [file], lambda *step: seen.append(step))
    assert (report.added, len(report.rejected)) == (1, 2) and seen[-1][0] == "adding"
    assert not list(tmp_path.glob("*.jsonl"))
    told = paper_html.report(report)
    assert "1 new" in told and "mine&#46;jsonl&#58;2" in told and "has no abstract" in told
    assert "Gardens" in shelf.search("bob", "gardens")
    assert shelf.assistant("bob").ask("How much do gardens grow?").citations
    assert "mine&#46;jsonl" in shelf.statistics("ann") and "7 papers" in shelf.statistics("ann")


@pytest.mark.parametrize("broken", [b"\x1f\x8bnot gzip", b"\x00\x01\x02", b"", b"%PDF-1.7 x"])
def test_what_is_no_paper_is_said_and_nothing_breaks(shelf, tmp_path, broken):
    path = tmp_path / "x.json"
    path.write_bytes(broken)
    report = add(shelf, "", str(path))
    assert report.added == 0 and len(report.rejected) == 1 and not path.exists()


def test_uploads_are_bounded(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(papers, "FILE_BYTES", 10)
    file = upload(tmp_path, NEW)
    with pytest.raises(ConfigError, match="larger than"):
        add(shelf, "", file)
    with pytest.raises(ConfigError, match="At most 20"):
        add(shelf, "", *[upload(tmp_path, NEW, name=f"{n}.json") for n in range(21)])
    assert not list(tmp_path.glob("*.json*"))


def test_what_unpacks_without_end_is_cut(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(library, "UNPACKED_BYTES", 1 << 20)
    path = tmp_path / "bomb.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(NEW) + "\n").encode() + b" " * (3 << 20)))
    report = add(shelf, "", str(path))
    assert report.added == 1 and "more than 1 MiB" in str(report.rejected[-1])
    monkeypatch.setattr(library, "RECORDS", 2)
    report = add(shelf, "", upload(tmp_path, *[{**NEW, "title": f"T{n}"} for n in range(5)]))
    assert report.added == 2 and "more than 2 records" in str(report.rejected[-1])


def test_names_of_files_are_text(shelf, tmp_path):
    add(shelf, "", upload(tmp_path, NEW, name="<img src=x onerror=hacked>.jsonl"))
    told = shelf.statistics("")
    assert "<img" not in told and "&#95;img src&#95;x onerror&#95;hacked" in told


def test_a_paper_is_removed(shelf, tmp_path):
    add(shelf, "", upload(tmp_path, NEW))
    (one,) = shelf.assistant("").papers(shelf.assistant("").paper_ids(filters("2026", *[None] * 4)))
    assert 'data-act="remove"' in shelf.card("", one.id)
    assert shelf.remove("", one.id) and not shelf.remove("", one.id)
    assert shelf.paper("", one.id) is None and "no longer here" in shelf.card("", one.id)


def test_with_users_uploads_are_their_own(guarded, tmp_path):
    assert 'data-act="remove"' not in guarded.search("user:ann", "")
    assert "Your uploads" not in guarded.statistics("user:ann")
    add(guarded, "user:ann", upload(tmp_path, NEW))
    mine = guarded.search("user:ann", "gardens")
    assert "Gardens" in mine and mine.count('data-act="remove"') == 1
    assert "Your uploads: 1 papers" in guarded.statistics("user:ann")
    assert guarded.assistant("user:ann").ask("How much do gardens grow?").citations
    ids = guarded.assistant("user:ann").paper_ids(Filters(year_from=2026))
    for other in ("user:bob", ""):
        assert "Gardens" not in guarded.search(other, "gardens")
        assert guarded.paper(other, ids[0]) is None and not guarded.remove(other, ids[0])
        assert "Gardens" not in guarded.statistics(other)
    shared = guarded.search("user:ann", "").split('data-paper="')[1].split('"')[0]
    assert guarded.paper("user:ann", ids[0]) and shared
    assert guarded.remove("user:ann", ids[0])
    assert "Gardens" not in guarded.search("user:ann", "gardens")


def test_an_upload_of_nobody_is_refused(guarded, tmp_path):
    with pytest.raises(ConfigError, match="reload it"):
        add(guarded, "", upload(tmp_path, NEW))
    assert not (guarded._shared.settings.home / "visitors").exists()


def test_shared_papers_are_removed_by_nobody_who_logs_in(guarded):
    (first, *_) = guarded.assistant("user:ann").paper_ids()
    assert not guarded.remove("user:ann", first) and guarded.paper("user:ann", first)


def test_an_upload_waits_for_no_other_writer(shelf, copy, tmp_path):
    with Writer(copy, real_embedder()), pytest.raises(StoreError, match="wait for it"):
        add(shelf, "", upload(tmp_path, NEW))


# -- the map -----------------------------------------------------------------------------------


def many(tmp_path):
    subjects = ("pruning of layers", "quantised weights", "graph networks")
    return upload(tmp_path, *[
        {"title": f"{subjects[n % 3].title()} {n}", "abstract": f"We study {subjects[n % 3]}. {n}"}
        for n in range(30)
    ])  # fmt: skip


@pytest.mark.slow
def test_a_map_needs_papers_and_shows_each_once(shelf, tmp_path):
    assert shelf.topic_map("") is None and "needs some more" in map_svg.chart(None)
    add(shelf, "", many(tmp_path))
    drawn = shelf.topic_map("")
    assert len(drawn.ids) == len(set(drawn.ids)) == drawn.total == 36
    assert all(0 <= x <= 1 and 0 <= y <= 1 for x, y in drawn.places)
    assert len(drawn.labels) == len(set(drawn.labels)) == max(drawn.topics) + 1
    near = [t for t, title in zip(drawn.topics, drawn.titles, strict=True) if "Graph" in title]
    assert len(set(near)) == 1 and "graph networks" in drawn.labels[near[0]]


@pytest.mark.slow
def test_a_map_is_kept_until_the_papers_change(shelf, tmp_path, monkeypatch):
    add(shelf, "", many(tmp_path))
    drawn = shelf.topic_map("")
    with monkeypatch.context() as patch:
        patch.setattr(topic_map, "_laid_out", None)
        assert shelf.topic_map("") == drawn
        (kept,) = (tmp_path / "maps").iterdir()
    kept.write_text("{")  # damaged: made anew
    assert shelf.topic_map("") == drawn
    add(shelf, "", upload(tmp_path, NEW))
    assert shelf.topic_map("").total == 37


@pytest.mark.slow
def test_a_large_library_is_sampled_and_says_so(shelf, tmp_path, monkeypatch):
    add(shelf, "", many(tmp_path))
    monkeypatch.setattr(topic_map, "MOST", 20)
    drawn = shelf.topic_map("")
    assert (len(drawn.ids), drawn.total) == (20, 36)
    assert "20 papers of 36, an even sample" in map_svg.chart(drawn)


@pytest.mark.slow
def test_the_chart_lights_papers_and_lists_topics_as_text(shelf, tmp_path):
    add(
        shelf,
        "",
        many(tmp_path),
        upload(tmp_path, {**NEW, "title": "<script>x</script>"}, name="s"),
    )
    drawn = shelf.topic_map("")
    lit = set(drawn.ids[:2])
    markup = map_svg.chart(drawn, lit)
    assert markup.count("<circle") == 37 and markup.count(' lit"') == 2
    assert markup.rindex(' lit"') > markup.rindex('r="5"') and "<script" not in markup
    assert "The 2 papers of the last answer" in markup
    assert markup.count('data-act="topic"') == len(drawn.labels)
    assert str(drawn.topics.count(0)) in shelf.topic("", "0") and shelf.topic("", "x") == ""


def test_labels_do_not_lie_on_each_other():
    drawn = topic_map.TopicMap(
        tuple("abcdef"), tuple("abcdef"), ((0.5, 0.5),) * 6, (0, 1, 2, 0, 1, 2),
        ("first topic", "second topic", "third topic"), 6,
    )  # fmt: skip
    heights = sorted(y for _, y in map_svg._label_places(drawn))
    assert heights[1] - heights[0] >= 22 and heights[2] - heights[1] >= 22
