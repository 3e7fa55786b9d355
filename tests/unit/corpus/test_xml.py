from __future__ import annotations

from pathlib import Path

import pytest

from rag.corpus import xmlrecords
from rag.types import Paper
from tests.unit.corpus import records, summaries

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">
  <title>ArXiv Query</title>
"""
ENTRY = """  <entry>
    <id>http://arxiv.org/abs/1706.03762v5</id>
    <title>Attention Is All
  You Need</title>
    <published>2017-06-12T17:57:34Z</published>
    <summary>  The dominant &lt;models&gt;
are old.</summary>
    <author><name>Ashish Vaswani</name></author>
    <author><name>Noam Shazeer</name></author>
    <category term="cs.CL"/><category term="cs.LG"/>
    <arxiv:doi>10.1234/AB</arxiv:doi>
    <arxiv:journal_ref>NIPS 2017</arxiv:journal_ref>
  </entry>
"""
TITLE = "Attention Is All You Need"
PUBMED = """<?xml version="1.0" ?>
<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle//EN" "https://x.org/pubmed.dtd">
<PubmedArticleSet>
<PubmedArticle><MedlineCitation><PMID>1</PMID><Article>
<Journal><JournalIssue><PubDate><Year>2017</Year><Month>Jun</Month></PubDate></JournalIssue>
<Title>The journal</Title></Journal>
<ArticleTitle>On <i>E. coli</i>.</ArticleTitle>
<Abstract><AbstractText Label="AIM">One.</AbstractText><AbstractText>Two.</AbstractText></Abstract>
<AuthorList><Author><LastName>Lee</LastName><ForeName>Ann</ForeName></Author>
<Author><CollectiveName>The Group</CollectiveName></Author></AuthorList></Article>
<KeywordList><Keyword>word</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="doi">10.1234/AB</ArticleId></ArticleIdList>
</PubmedData></PubmedArticle>
<PubmedArticle><MedlineCitation><Article><ArticleTitle>None</ArticleTitle></Article>
</MedlineCitation></PubmedArticle>
</PubmedArticleSet>
"""


def test_arxiv_feed(tmp_path: Path) -> None:
    first, second = records(tmp_path, f"{HEAD}{ENTRY}{ENTRY}</feed>\n")
    assert isinstance(first, Paper)
    assert isinstance(second, Paper)
    assert first.title == TITLE
    assert first.abstract == "The dominant <models> are old."
    assert first.authors == ("Ashish Vaswani", "Noam Shazeer")
    assert (first.year, first.venue) == (2017, "NIPS 2017")
    assert (first.arxiv_id, first.doi) == ("1706.03762", "10.1234/ab")
    assert (first.url, first.keywords) == ("http://arxiv.org/abs/1706.03762v5", ("cs.CL", "cs.LG"))
    assert (first.sources, second.sources) == (("file:4",), ("file:17",))


@pytest.mark.parametrize(
    ("middle", "expected"),
    [
        ("<entry><title>T</entry>\n", ["file:17: broken XML: mismatched tag"]),
        ("<entry><title>T</title></entry>\n", ["file:17: has no abstract"]),
        (
            "<entry><title>&nbsp;</title></entry>\n",
            ["file:17: broken XML: undefined entity"],
        ),
        ("<entry><title>T</title>\n", ["file:17: broken XML: mismatched tag"]),
        (
            "<entry><title>\xe9</title></entry>\n",
            ["file:17: broken XML: not well-formed (invalid token)"],
        ),
        (
            "<entry><title>\0</title></entry>\n",
            ["file:17: broken XML: not well-formed (invalid token)"],
        ),
        ("</entry>\n", ["file:17: broken XML: </entry> without its start tag"]),
    ],
)
def test_bad_entry_leaves_the_others(tmp_path: Path, middle: str, expected: list[str]) -> None:
    data = f"{HEAD}{ENTRY}".encode() + middle.encode("latin-1") + f"{ENTRY}</feed>".encode()
    assert summaries(records(tmp_path, data)) == [TITLE, *expected, TITLE]


@pytest.mark.parametrize(
    ("tail", "reason"),
    [
        ("  <entry><title>T", "file:17: broken XML: the file ends in the middle of this record"),
        ("", "file:17: broken XML: the file ends before </feed>"),
    ],
)
def test_broken_tail(tmp_path: Path, tail: str, reason: str) -> None:
    assert summaries(records(tmp_path, HEAD + ENTRY + tail)) == [TITLE, reason]


@pytest.mark.parametrize(
    "entity",
    [
        '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">',
        '<!ENTITY b SYSTEM "file:///etc/passwd">',
        '<!ENTITY % b SYSTEM "http://localhost/x.dtd"> %b;',
    ],
)
def test_entities_are_refused(tmp_path: Path, entity: str) -> None:
    text = HEAD.replace("<feed", f"<!DOCTYPE feed [{entity}]>\n<feed") + ENTRY + "</feed>"
    assert summaries(records(tmp_path, text)) == [
        "file:1: the XML declares entities, which is refused"
    ]


def test_feed_without_entries_and_error_feed(tmp_path: Path) -> None:
    assert summaries(records(tmp_path, f"{HEAD}</feed>")) == ["file:1: holds no <entry>"]
    error = "<entry><id>http://arxiv.org/api/errors#x</id><summary>bad id</summary></entry>"
    assert summaries(records(tmp_path, f"{HEAD}{error}</feed>")) == [
        "file:4: the arXiv answered with an error: bad id"
    ]


@pytest.mark.parametrize("encoding", ["latin-1", "utf-16"])
def test_declared_encoding(tmp_path: Path, encoding: str) -> None:
    text = (HEAD + ENTRY + "</feed>").replace("UTF-8", encoding).replace("Need", "Néed")
    assert summaries(records(tmp_path, text.encode(encoding))) == ["Attention Is All You Néed"]


def test_many_entries_come_over_chunk_borders(tmp_path: Path) -> None:
    text = HEAD + ENTRY * 300 + "</feed>"
    lines = [
        int(item.sources[0].removeprefix("file:"))
        for item in records(tmp_path, text)
        if isinstance(item, Paper)
    ]
    assert lines == [4 + 13 * number for number in range(300)]


def test_endless_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xmlrecords, "LIMIT", 100_000)
    text = f"{HEAD}{ENTRY}<entry><title>{'x' * 300_000}</title></entry></feed>"
    assert summaries(records(tmp_path, text)) == [
        TITLE,
        "file:17: a record is longer than 16 MiB; what follows is lost",
    ]


def test_pubmed_xml(tmp_path: Path) -> None:
    paper, bad = records(tmp_path, PUBMED)
    assert isinstance(paper, Paper)
    assert (paper.title, paper.abstract) == ("On E. coli.", "AIM: One. Two.")
    assert (paper.authors, paper.year) == (("Ann Lee", "The Group"), 2017)
    assert (paper.venue, paper.doi) == ("The journal", "10.1234/ab")
    assert (paper.keywords, paper.sources) == (("word",), ("file:4",))
    assert str(bad) == "file:14: has no abstract"
