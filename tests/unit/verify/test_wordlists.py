"""The word lists: each says where it comes from, and holds no word twice."""

import tomllib

import pytest

from rag.verify.wordlists import FILE, groups, lists

TABLES = tomllib.loads(FILE.read_text("utf-8"))


def test_every_list_says_what_it_was_written_with_in_view():
    assert all(table["source"] for table in TABLES.values())


@pytest.mark.parametrize("name", [name for name in TABLES if "words" in TABLES[name]])
def test_no_word_stands_twice_in_a_list(name):
    words = TABLES[name]["words"].split()
    assert sorted(words) == sorted(set(words)) and getattr(lists(), name)


def test_words_of_a_group_mean_the_same():
    assert groups("memori") & groups("storag") or groups("memory") & groups("storag")
    assert not groups("zebra")
