"""Markdown and Pandoc as they read, and pasted answers with links."""

import pytest

from tests.unit.manuscript import cited, read, written

FRONT = """---
title: "A: Review"
references:
- {id: a, title: "Alpha: The Best Method", author: [{family: Lee}], issued: {year: 2020}}
- {id: b_1, title: Beta}
---

"""


@pytest.mark.parametrize(
    ("markdown", "text", "keys"),
    [
        ("It *saves* **30%** of it [@a].", "It saves 30% of it.", "a"),
        ("It saves a lot [see @a, p. 3; -@b_1].", "It saves a lot.", "a b_1"),
        ("@a report that it works.", "report that it works.", "a"),
        ("As @a [p. 3] report, it works.", "As report, it works.", "a"),
        ("It is `f(x)` and \\*so\\* &amp; on [@a].", "It is f(x) and *so* & on.", "a"),
        ("> Someone said this\n> loudly [@a].", "Someone said this loudly.", "a"),
        ("- An item of it [@a]", "An item of it", "a"),
        ("1. An item of it [@a]", "An item of it", "a"),
        ("| x | y |\n|---|---|\n| new | It is said here [@a]. |", "It is said here.", "a"),
        ("A ![plot](x.png) of it all [@a].", "A of it all.", "a"),
        ("The [site](https://example.org/x) of it all [@a].", "The site of it all.", "a"),
    ],
)
def test_a_sentence_reads_as_it_is_shown(markdown, text, keys):
    manuscript = read(FRONT + markdown)
    assert cited(manuscript) == [(text, tuple(keys.split()))]


@pytest.mark.parametrize(
    "markdown",
    [
        "```\nIt is said so [@a]\n```\n",
        "    It is said so [@a]\n",
        "It is said in `code [@a]` so.\n",
        "<!-- It is said so [@a] -->\n",
        "Write to editors@a.org about it, or @somebody.\n",
    ],
)
def test_what_is_no_citation_is_not_read(markdown):
    assert cited(read(f"{FRONT}{markdown}\nThis is so [@b_1].")) == [("This is so.", ("b_1",))]


def test_places_are_those_of_the_source():
    manuscript = read(FRONT + "One. It **saves** 30% [@a]. More.\n\n- It is\n  so, too [@a].")
    assert written(manuscript) == ["It **saves** 30% [@a].", "It is\n  so, too [@a]."]
    assert [one.place[3:5] for one in manuscript.sentences] == [(8, 6), (10, 3)]


def test_links_to_papers_are_citations():
    manuscript = read(
        "The [first paper](https://arxiv.org/abs/2301.12345v2) says *a* lot of it. "
        "It is so ([source](https://doi.org/10.1234/x_y)). "
        "So it is too [1](https://example.org/paper_(1))."
    )
    assert cited(manuscript) == [
        ("The first paper says a lot of it.", ("arXiv:2301.12345",)),
        ("It is so.", ("10.1234/x_y",)),
        ("So it is too.", ("1",)),
    ]
    assert manuscript.references["arXiv:2301.12345"].arxiv_id == "2301.12345"
    assert manuscript.references["1"].url == "https://example.org/paper_(1)"
    assert written(manuscript)[2].endswith("paper_(1)).")


def test_numbers_are_those_of_the_list_below():
    manuscript = read(
        "# On it\n\nIt is said here [1] and [2, 3]. Raised<sup>2</sup> it is. A note of it[^1].\n"
        "An interval [0, 1] is none.\n\n## References\n\n"
        "1. Alpha: The Best Method. 2020.\n2. Beta\n3. Gamma\n\n# Appendix\n\nMore is said [3].\n"
    )
    assert cited(manuscript) == [
        ("It is said here and.", ("1", "2", "3")),
        ("Raised it is.", ("2",)),
        ("A note of it.", ("1",)),
        ("More is said.", ("3",)),
    ]
    assert manuscript.references["1"].text == "Alpha: The Best Method. 2020."


def test_the_front_matter_lists_works():
    reference = read(FRONT + "It is said so (Lee, 2020).").references["a"]
    assert (reference.title, reference.year) == ("Alpha: The Best Method", 2020)
    assert reference.authors == ("Lee",)


def test_a_bibliography_that_is_named_is_read(tmp_path):
    (tmp_path / "refs.bib").write_text("@misc{c, title={Gamma}}")
    (tmp_path / "x.md").write_text("---\nbibliography: [refs.bib, gone.bib]\n---\nIt is said [@c].")
    manuscript = read(tmp_path / "x.md")
    assert manuscript.references["c"].title == "Gamma"
    assert manuscript.notes == ("The bibliography gone.bib is not there; it was left out.",)


def test_a_front_matter_that_is_no_yaml_is_told():
    manuscript = read("---\na: [\n---\n# X\n\nIt is said so [1].\n\nReferences\n[1] x\n")
    assert manuscript.notes == ("The front matter is no YAML; it was left out.",)
