"""The word lists: each says where it comes from, and can be left out to see what it buys."""

import pytest

from rag.verify import Source, check, list_sources, without_list
from rag.verify.wordlists import lists, tables

PAPER = Source("On pruning", "We find that pruning decreases the accuracy of every model tried.")
CLAIM = "Pruning increases the accuracy of every model tried."


def test_every_list_has_a_source_and_words():
    assert all(list_sources().values())
    assert all({"words", "groups", "axes", "values"} & set(table) for table in tables().values())


@pytest.mark.parametrize("name", [name for name in tables() if "words" in tables()[name]])
def test_no_word_stands_twice_in_a_list(name):
    words = tables()[name]["words"].split()
    assert sorted(words) == sorted(set(words)) and getattr(lists(), name)


def test_a_list_that_is_left_out_is_back_afterwards():
    contradicted = check(CLAIM, [PAPER])
    with without_list("directions"):
        blind = check(CLAIM, [PAPER])
    assert contradicted.contradicted and not blind.contradicted
    assert check(CLAIM, [PAPER]) == contradicted
