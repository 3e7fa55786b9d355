import pytest

from rag.corpus import read
from rag.text import fold, readable, sentences, squash, stem, tokens, words
from rag.types import Paper
from tests.fakes import SEEDS


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("up to 6.54times lower", "up to 6.54× lower"),
        ("on 8timesRTX 4090", "on 8× RTX 4090"),
        ("256times256", "256×256"),
        ("4096 times 4096 pixels", "4096 × 4096 pixels"),
        ("27-90 times fewer", "27-90 times fewer"),
        ("sim0.01% of them", "~0.01% of them"),
        ("only sim700 examples", "only ~700 examples"),
        ("(ge 175B) (le 11B)", "(≥175B) (≤11B)"),
        ("approx 16", "≈16"),
        (r"a 12\% gain", "a 12% gain"),
        (r"\textsc{PromptMSP}, {\em two} and {it three}", "PromptMSP, two and three"),
        (r"\textbf{Positional \textbf{Integrity} X}", "Positional Integrity X"),
        (r"introducing \textbf{Open", "introducing Open"),
        ("critical textit{O}bstacles", "critical Obstacles"),
        (r"an object\'s potential", "an object's potential"),
        ('T\\"ULU 3', "TÜLU 3"),
        ("P$^2$ Law", "P^2 Law"),
        ("``soft prompts''", '"soft prompts"'),
        ("360^circ domain", "360° domain"),
        ("systems [52, 58], Byte", "systems (52, 58), Byte"),
        ("Prompting~(DAM-VP)", "Prompting (DAM-VP)"),
        ("evil\u202etxt\u200b \x1b[31mred", "eviltxt [31mred"),
        ("every simple and simulated timestamp", "every simple and simulated timestamp"),
    ],
)  # fmt: skip
def test_export_damage_is_undone_for_display(stored, shown):
    assert readable(stored) == shown


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("LoRA-SB", "lora sb"), ("LoRA-SB", "LoRASB"), ("Llama 2", "llama2"), ("Llama-2", "llama2"),
        ("TÜLU 3", "tulu 3"), ("P$^2$", "p2"), ("$μ$nit", "munit"),
        ("quantisation", "quantization"),
        ("colours", "color"), ("labelled", "labeled"), ("analyse", "analyze"), ("centre", "center"),
        ("modelling", "modeling"), ("behaviour", "behavior"), ("1.58-bit", "1.58 bit"),
    ],
)  # fmt: skip
def test_spellings_of_one_thing_share_a_term(a, b):
    assert set(tokens(a)) & set(tokens(b))


def test_compounds_give_parts_and_whole():
    assert tokens("LoRA-SB") == ["lora", "sb", "lorasb"]
    assert tokens("llama2") == ["llama", "2", "llama2"]
    assert tokens("the of and") == []


def test_words_keep_compounds_and_drop_possessives():
    assert words("Adam's LoRA-SB at 1.58-bit") == ["adam", "lora-sb", "at", "1.58-bit"]


def test_folding_and_squashing():
    assert fold("Ü²ﬁ") == "u2fi"
    assert squash("P$^2$ Law: A--B") == "p2lawab"
    assert stem("pruning") == stem("pruned") == "prune"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("We show this, e.g. in Fig. 3, by Smith et al. (2022). It works.", 2),
        ("On ImageNet-1K. Our tiny variant wins.", 2),
        ("It is 4.5 points better. See https://a.b/c.d for code.", 2),
        ("The model is large.However, the cost is low.", 2),
        ("We do three things: (1) one, (2) two. Done.", 2),
        ("with 1. compact sizes, and 2. speed.", 1),
        ("Does it help? Yes! It does", 3),
        ("", 0),
    ],
)
def test_sentence_boundaries(text, count):
    assert len(sentences(text)) == count, [text[a:b] for a, b in sentences(text)]


def test_sentences_of_every_seed_are_in_order_and_lose_nothing():
    for path in sorted(SEEDS.glob("*.txt")):
        for paper in read(path):
            assert isinstance(paper, Paper)
            end = 0
            for span in sentences(paper.abstract):
                assert span.start >= end and span.start < span.end
                assert not paper.abstract[end : span.start].strip()
                end = span.end
            assert not paper.abstract[end:].strip()
