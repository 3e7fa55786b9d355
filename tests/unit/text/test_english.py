import gzip
from pathlib import Path

import pytest

import rag.text
from eval.authoring.english_words import english_words
from rag.text import is_english

LIST = Path(rag.text.__file__).with_name("english-words.txt.gz")


@pytest.mark.parametrize(
    "word", ["aback", "fake", "neural", "colour", "color", "german", "zoos", "low"]
)
def test_words_of_english(word):
    assert is_english(word)


@pytest.mark.parametrize("word", ["", "difusion", "fak", "as\nat", "über", "x264", "Fake"])
def test_other_words(word):
    assert not is_english(word)


def test_every_word_of_the_list_is_found():
    words = gzip.decompress(LIST.read_bytes()).decode().split()
    assert words == sorted(set(words)) and len(words) > 80_000
    assert all(map(is_english, [*words[:50], *words[::997], *words[-50:]]))
    assert LIST.with_name("english-words.LICENSE.txt").read_text().startswith("SCOWL")


def test_the_list_is_made_of_the_commoner_words_of_the_right_languages(tmp_path):
    for name, text in {
        "english-words.60": "Tree it's x oak\nnaïve", "english-words.70": "arcana",
        "american-upper.50": "German", "american-upper.60": "Zonian", "canadian-words.10": "toque",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(text, encoding="latin-1")
    assert english_words(tmp_path) == ["german", "naive", "oak", "tree"]
