"""Plain text, and what other tools answer with their sources."""

import pytest

from rag.errors import CorpusError, UsageError
from tests.unit.manuscript import cited, read, written

BELOW = """

References

[1] Alpha: The Best Method. Ann Lee et al.
[2] Lee, A., and others (2020). Beta. https://arxiv.org/abs/2301.99999
    with a second line.
[3] Gamma, 2021
[4] Delta
[5] Epsilon
[6] Zeta
[12] Eta
"""
TITLE = "Beta Is Slow in the Field"


@pytest.mark.parametrize(
    ("text", "shown", "keys"),
    [
        ("It is so indeed [1].", "It is so indeed.", "1"),
        ("It is so indeed [1, 3-5].", "It is so indeed.", "1 3 4 5"),
        ("It is so indeed [4–6].", "It is so indeed.", "4 5 6"),
        ("It is so indeed.[1][2]", "It is so indeed.", "1 2"),
        ("It is so indeed. [1]", "It is so indeed.", "1"),
        ("[1] shows that it is so.", "shows that it is so.", "1"),
        ("It is so indeed【3†source】.", "It is so indeed.", "3"),
        ("It is so indeed.¹²", "It is so indeed.", "12"),
        ("It is so indeed.³⁻⁵", "It is so indeed.", "3 4 5"),
        ("It is so (Lee et al., 2020).", "It is so.", "2"),
        ("As Lee and Kim (2020) say, it is so.", "As say, it is so.", "2"),
        ("It is so (doi:10.1234/abc).", "It is so.", "10.1234/abc"),
        ("It is so, https://arxiv.org/abs/2301.99999v3.", "It is so,.", "2"),
        ("“Beta Is Slow in the Field” says so again.", "says so again.", TITLE),
        ("It says so again (Beta Is Slow in the Field).", "It says so again.", TITLE),
        ('It says so again ("Beta Is Slow in the Field").', "It says so again.", TITLE),
    ],
)  # fmt: skip
def test_citations_in_words(text, shown, keys):
    expected = (keys,) if keys == TITLE else tuple(keys.split())
    assert cited(read(text + BELOW)) == [(shown, expected)]


@pytest.mark.parametrize(
    "text",
    ["It is in [0, 1] there.", "It is 10² there.", "So it was in [99] there.", "See [1].",
     "It was so in May (2020).", 'They said “not a title of ours” there.'],
)  # fmt: skip
def test_what_is_no_citation(text):
    assert cited(read(f"{text} It is so indeed [3].{BELOW}")) == [("It is so indeed.", ("3",))]


def test_entries_hold_their_lines_and_identifiers():
    references = read("It is so indeed [1]." + BELOW).references
    assert list(references) == ["1", "2", "3", "4", "5", "6", "12"]
    assert references["2"].text.endswith("with a second line.")
    assert (references["2"].arxiv_id, references["2"].year) == ("2301.99999", 2020)


@pytest.mark.parametrize(
    "sources",
    [
        "[1] Alpha - https://arxiv.org/abs/2301.12345\n[2] https://doi.org/10.1234/abc",
        "[1]: https://arxiv.org/abs/2301.12345\n[2]: https://doi.org/10.1234/abc",
        "Sources:\n1. Alpha https://arxiv.org/abs/2301.12345\n2. Beta https://doi.org/10.1234/abc",
        "**Sources:**\n- [1] [Alpha](https://arxiv.org/abs/2301.12345)\n- [2] doi:10.1234/abc",
    ],
)
def test_a_pasted_answer_with_its_sources(sources):
    manuscript = read(f"According to them, the sky is blue.[1] Grass is green.[1][2]\n\n{sources}")
    assert cited(manuscript) == [
        ("According to them, the sky is blue.", ("1",)),
        ("Grass is green.", ("1", "2")),
    ]
    assert manuscript.references["1"].arxiv_id == "2301.12345"
    assert manuscript.references["2"].doi == "10.1234/abc"


def test_works_listed_by_author_without_numbers():
    text = (
        "It is so (Lee et al., 2020; Kim, 2021b). Smith (2019) is not listed at all.\n\n"
        "References\n\nLee, A., Cho, B. (2020). Beta.\n\n"
        "Kim, C. (2021a). One.\n\nKim, C. (2021b). Two."
    )
    manuscript = read(text)
    assert [keys for _, keys in cited(manuscript)] == [("Lee 2020", "Kim 2021b")]


def test_an_author_and_a_year_of_two_works_are_no_citation():
    text = (
        "It is so (Kim, 2021). It is so indeed (Lee, 2020).\n\nReferences\n"
        "Kim, C. (2021). One.\nKim, C. (2021). Two.\nLee, A. (2020). Beta."
    )
    assert cited(read(text)) == [("It is so indeed.", ("Lee 2020",))]


def test_places_are_those_of_the_source():
    manuscript = read("One. It is\nso indeed [1].\n\nMore is said [3]." + BELOW)
    assert written(manuscript) == ["It is\nso indeed [1].", "More is said [3]."]
    assert manuscript.sentences[0].place[3:] == (1, 6, 2, 15)


def test_what_cannot_be_read_is_told_in_a_sentence(tmp_path):
    (tmp_path / "x.txt").write_bytes(b"\xff\xfe\x00")
    for path, said in (
        ("gone.tex", "There is no file gone.tex"), (tmp_path, "is a folder"),
        (tmp_path / "x.txt", "is not UTF-8"), ("No word of it.\nNone.", "Nothing is cited"),
        (r"It is said so \cite{x}.", "No bibliography has the keys"),
    ):  # fmt: skip
        with pytest.raises(CorpusError, match=said):
            read(path)
    with pytest.raises(CorpusError, match="There is no file gone.bib"):
        read("It is so indeed [1]." + BELOW, bibliographies=["gone.bib"])
    with pytest.raises(UsageError, match="one of: latex, markdown, text"):
        read("x", kind="word")


def test_text_of_several_lines_opens_no_file(tmp_path):
    (tmp_path / "secret.bib").write_text("@misc{a, title={Secret}}")
    text = "\\bibliography{secret}\\input{secret.bib}\nIt is said so \\cite{a}."
    with pytest.raises(CorpusError, match="No bibliography"):
        read(text)
