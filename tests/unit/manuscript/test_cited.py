"""Which words a citation covers."""

import pytest

from tests.unit.manuscript import cited, read

LIST = "\n\nReferences\n[1] One\n[2] Two\n[3] Three\n"


def test_each_clause_is_judged_by_what_it_cites():
    text = "Alpha prunes a third of them [1], whereas Beta prunes only a quarter [2]; " \
        "Gamma does not prune anything at all [3]."  # fmt: skip
    assert cited(read(text + LIST)) == [
        ("Alpha prunes a third of them", ("1",)),
        ("Beta prunes only a quarter", ("2",)),
        ("Gamma does not prune anything at all.", ("3",)),
    ]


def test_a_clause_with_its_author_in_it_begins_before_that():
    text = r"\citet{a} show that it is fast, while \citet{b} show that it is slow." \
        r"\begin{thebibliography}{9}\bibitem{a} A.\bibitem{b} B.\end{thebibliography}"  # fmt: skip
    assert cited(read(text)) == [
        ("show that it is fast", ("a",)),
        ("show that it is slow.", ("b",)),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Methods such as Alpha [1], Beta [2], and Gamma [3] reduce the memory.",
        "It was used for tasks of mathematics [1], and for code of any language [2, 3].",
        "It was seen by many people [1] and by several others in the field [2, 3].",
        "This is known to hold for them [1][2, 3].",
    ],
)
def test_what_is_no_clause_is_judged_whole_by_all(text):
    ((_, keys),) = cited(read(text + LIST))
    assert keys == ("1", "2", "3")


def test_one_citation_covers_its_whole_sentence():
    text = "Alpha prunes a third of them [1], and we will do the same. We say nothing here."
    assert cited(read(text + LIST)) == [
        ("Alpha prunes a third of them, and we will do the same.", ("1",))
    ]


def test_a_citation_after_the_full_stop_is_the_sentences_before():
    text = "Alpha prunes a third. [1] Beta prunes a quarter. [2] shows that Gamma does not."
    assert cited(read(text + LIST)) == [
        ("Alpha prunes a third.", ("1",)),
        ("shows that Gamma does not.", ("2",)),
    ]
