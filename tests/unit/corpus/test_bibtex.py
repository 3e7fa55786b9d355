from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from rag.corpus import read_references
from rag.corpus.latex import plain_text
from rag.types import Paper
from tests import ROOT
from tests.unit.corpus import records, summaries


def test_entry_with_all_fields(tmp_path: Path) -> None:
    text = r"""% exported
@comment{nothing}
@STRING{nips = "Neural Information {P}rocessing"}
@InProceedings{key,
  Title = {{Attention} is all
           you need},
  author = {Vaswani, Ashish and {\'E}mile Zola and Knuth, D.~E. and others},
  booktitle = nips, month = jan, year = 2017,
  abstract = "The dominant {RNN} models
     are 50% slower",
  doi = {https://doi.org/10.1234/ABC\_d},
  url = {https://x.org/a_b},
  eprint = {1706.03762v5}, archivePrefix = {arXiv},
  keywords = {nlp, attention},
}
"""
    (paper,) = records(tmp_path, text)
    assert isinstance(paper, Paper)
    assert paper.title == "Attention is all you need"
    assert paper.abstract == "The dominant RNN models are 50% slower"
    assert paper.authors == ("Ashish Vaswani", "Émile Zola", "D. E. Knuth")
    assert (paper.venue, paper.year) == ("Neural Information Processing", 2017)
    assert (paper.doi, paper.arxiv_id) == ("10.1234/abc_d", "1706.03762")
    assert (paper.url, paper.keywords) == ("https://x.org/a_b", ("nlp", "attention"))
    assert paper.sources == ("file:4",)


@pytest.mark.parametrize(
    ("latex", "text"),
    [
        (r"G{\"o}del and Erd\H{o}s", "Gödel and Erdős"),
        (r"Fran\c{c}ois, \c cedilla, {\ss}, \o re, \'{\i}", "François, çedilla, ß, øre, í"),
        (r"5\% of A\&B, a\_b, \#1, \$3", "5% of A&B, a_b, #1, $3"),
        (r"50% more of it", "50% more of it"),
        (r"\textbf{bold} \emph{{so}} {\it on}", "bold so on"),
        (r"$x^{2} \le \'a$ and {B}ERT", r"$x^{2} \le \'a$ and BERT"),
        (r"width^{-c}, a_{ij}", "width^{-c}, a_{ij}"),
        (r"\tool{} beats \cite{a}", r"\tool{} beats \cite{a}"),
        (r"see \url{https://x.org/a%20b}", "see https://x.org/a%20b"),
        ("no markup ~ as -- it ''stands", "no markup ~ as -- it ''stands"),
        ("open { brace", "open  brace"),
    ],
)
def test_latex_is_decoded_only_where_it_is_markup(latex: str, text: str) -> None:
    assert plain_text(latex) == text


def test_bad_entries_leave_the_others(tmp_path: Path) -> None:
    good = "@article{g, title={Good}, abstract={x}}\n"
    broken = "@article{b, title={Open, abstract={x}\n"
    text = f"{good}{broken}{good}@article{{c, title={{T}}}}\n@misc{{d, abstract={{x}}}}\n{good}"
    assert summaries(records(tmp_path, text)) == [
        "Good",
        "file:2: broken BibTeX: a brace, quote or comma is missing",
        "Good",
        "file:4: has no abstract",
        "file:5: has no title",
        "Good",
    ]


def test_entry_cut_short(tmp_path: Path) -> None:
    text = "@article{g, title={Good}, abstract={x}}\n\n@article{c, title={T}, abstract={cut"
    assert summaries(records(tmp_path, text)) == [
        "Good",
        "file:3: broken BibTeX: a brace, quote or comma is missing",
    ]


def test_field_given_twice_counts_once(tmp_path: Path) -> None:
    text = "@article{g, title={First}, title={Second}, abstract={x}}"
    assert summaries(records(tmp_path, text)) == ["First"]


def test_damaged_entries(tmp_path: Path) -> None:
    good = b"@article{g, title={Good}, abstract={x}}\n"
    latin = b"@article{l, title={T},\n abstract={caf\xe9}}\n"
    nul = b"@article{n, title={T}, abstract={a\x00b}}\n"
    assert summaries(records(tmp_path, good + latin + good + nul + good)) == [
        "Good",
        "file:2: holds bytes that are not UTF-8 (line 3)",
        "Good",
        "file:5: the abstract holds a NUL byte",
        "Good",
    ]


@pytest.mark.slow
def test_endless_entry_is_rejected(tmp_path: Path) -> None:
    good = b"@article{g, title={Good}, abstract={x}}\n"
    long = b"@article{l, title={T}, abstract={" + b"word word word\n" * 1_200_000 + b"}}\n"
    found = records(tmp_path, good + long + good)
    assert summaries(found) == ["Good", "file:2: is longer than 16 MiB", "Good"]


def test_broken_entries_are_not_warned_of_twice(tmp_path: Path) -> None:
    path = tmp_path / "x.bib"
    path.write_text("@article{b, title={Open, abstract={x}\n@article{c, title={T}}\n")
    code = f"from rag.corpus import read; assert len(list(read({str(path)!r}))) == 2"
    root = ROOT
    # A process of its own: pytest's log capture hides what an unconfigured logger would print.
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_references_need_no_abstract_and_have_their_keys(tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    path.write_text(
        "@string{j = {Journal}}\n@article{a:1, title={On {A}}, author={Lee, Ann}, year=2020,"
        " journal=j, doi={10.1234/X}}\n@misc{b, doi={10.1234/y}}\n@misc{broken, title={A"
    )
    first, second = read_references(path)
    assert (first.id, first.title, first.abstract, first.authors) == (
        "a:1",
        "On A",
        "",
        ("Ann Lee",),
    )
    assert (first.year, first.venue, first.doi) == (2020, "Journal", "10.1234/x")
    assert (second.id, second.title, second.doi) == ("b", "b", "10.1234/y")
