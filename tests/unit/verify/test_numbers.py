"""Quantities however they are written: what is the same amount is read as the same number."""

import pytest

from rag.verify.claims import read_statement


def amounts(text: str) -> list[tuple[float, str]]:
    """The values and units in a text."""
    return [(pytest.approx(n.value, rel=1e-6), n.unit) for n in read_statement(text).numbers]


@pytest.mark.parametrize(
    ("forms", "value", "unit"),
    [
        (("4.7B", "4.7 billion", "4.7 Billion", "4.7-billion", "4,700,000,000"), 4.7e9, ""),
        (("124M", "124 million", "0.124B"), 1.24e8, ""),
        (("12,288", "12288", "12.288 thousand", "12.288k", "12.288K"), 12_288, ""),
        (("two thousand", "2,000", "2k"), 2000, ""),
        (("twenty-five", "25"), 25, ""),
        (("twenty-one", "21"), 21, ""),
        (("a dozen", "12"), 12, ""),
        (("seventeen", "17"), 17, ""),
        (("3x", "3X", "3 x", "x3", "×3", "3×", "3 times", "3-fold", "three times", "three-fold",
          "threefold", "tripled"), 3, "×"),
        (("2.5times", "2.5 times", "2.5×"), 2.5, "×"),
        (("twice", "doubled", "two-fold", "2x"), 2, "×"),
        (("75%", "75 %", "75 percent", "75 per cent", "three in four", "three out of four",
          "three quarters of"), 75, "%"),
        (("10%", "a tenth of", "one tenth of", "one in ten", "ten percent"), 10, "%"),
        (("50 percentage points", "half of", "halved", "one half of"), 50, "%"),
        (("two thirds of",), 200 / 3, "%"),
        (("2 days", "two days", "48 hours", "48h", "2-day", "172,800 seconds"), 172_800, "s"),
        (("90 min", "90 minutes", "1.5 hours", "a 1.5-hour"), 5400, "s"),
        (("10 ms", "10ms", "0.01 seconds"), 0.01, "s"),
        (("1.5 GB", "1.5GB", "1500 MB", "0.0015 TB"), 1.5e9, "B"),
        (("0.5 mg", "0.0005 grams"), 0.0005, "g"),
        (("5 km", "5,000 metres", "5000 meters"), 5000, "m"),
    ],
)  # fmt: skip
def test_one_amount_is_one_number_however_it_is_written(forms, value, unit):
    for form in forms:
        assert amounts(f"It takes {form} more of them.") == [(value, unit)], form


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It is 3-4X faster.", [(3, "×"), (4, "×")]),
        ("It is 3–4x faster.", [(3, "×"), (4, "×")]),
        ("It is 27-90 times smaller.", [(27, "×"), (90, "×")]),
        ("It takes 2 or 3 percent more.", [(2, "%"), (3, "%")]),
        ("It saves between 10 and 20% of it.", [(10, "%"), (20, "%")]),
        ("It saves 30%-40% of it.", [(30, "%"), (40, "%")]),
        ("It takes 2-3 days.", [(172_800, "s"), (259_200, "s")]),
        ("It needs 30–40 GB.", [(3e10, "B"), (4e10, "B")]),
        ("It scales from 124M to 1.4B parameters.", [(1.24e8, ""), (1.4e9, "")]),
        ("It is x3 or 4x faster.", [(3, "×"), (4, "×")]),
    ],
)
def test_both_ends_of_a_range_have_its_unit(text, found):
    assert amounts(text) == [(pytest.approx(value), unit) for value, unit in found]


@pytest.mark.parametrize(
    "text",
    [
        "It runs at W4A8.",
        "We compare T5, GPT-4o and ViT-B.",
        "(1) It trains and 2) it tests.",
        "We do this: 1) train, and 2) test.",
        "It was done a third time.",
        "It came a quarter earlier.",
        "It keeps one paper.",
        "It uses half-precision weights.",
    ],
)
def test_what_counts_nothing_is_no_number(text):
    assert amounts(text) == []


def test_a_number_in_brackets_is_one_that_the_name_before_does_not_hold():
    (number,) = read_statement("The score on De-Fr (28.4) is the best.").numbers
    assert (number.value, number.named) == (28.4, False)


@pytest.mark.parametrize(
    ("text", "named"),
    [("It builds on Llama 3.1 models.", True), ("It builds on 3 models.", False),
     ("It keeps GPT 95% of the time.", False), ("On 12 tasks it wins.", False)],
)  # fmt: skip
def test_a_number_may_belong_to_the_name_before_it(text, named):
    (number,) = read_statement(text).numbers
    assert number.named is named


@pytest.mark.parametrize(
    ("text", "nouns", "shown"),
    [
        ("It has two large stages.", ("larg", "stage"), "two"),
        ("It has 1-bit weights.", ("bit", "weight"), "1"),
        ("It trains 12 models, and they stay.", ("model",), "12"),
        ("It needs 80 percent.", (), "80 percent"),
        ("It takes 4.7 billion tokens.", ("token",), "4.7 billion"),
        ("It takes 48 hours.", ("hour",), "48 hours"),
        ("It needs 12,288 new GPUs.", ("new", "gpus"), "12,288"),
    ],
)
def test_what_a_number_counts_are_the_words_after_it(text, nouns, shown):
    (number,) = read_statement(text).numbers
    assert (number.nouns, number.shown) == (nouns, shown)


def test_only_small_numbers_in_words_are_inexact():
    exact = [n.exact for n in read_statement("Two stages, 2 models, twice, half of it.").numbers]
    assert sorted(exact) == [False, False, True, True]
