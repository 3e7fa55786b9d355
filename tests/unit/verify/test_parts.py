"""A claim that says several things is taken apart where clauses meet."""

import pytest

from rag.verify.parts import split_claim

FIRST, SECOND = "Zip halves the memory used", "it loses none of the accuracy."


@pytest.mark.parametrize(
    "between", ["; ", " ; ", ", and ", ", but ", ", while ", " while ", " whereas ", " although "]
)
def test_two_clauses_are_two_parts(between):
    assert split_claim(f"{FIRST}{between}{SECOND}") == [FIRST, SECOND]


@pytest.mark.parametrize(
    "text",
    [
        f"{FIRST}.",
        "",
        "It prunes, quantises and distils the layers of large models.",
        f"{FIRST} and {SECOND}",  # may join two objects as well as two clauses
        f"{FIRST}, and it runs.",  # too short to be judged by itself
        f"It runs, but {SECOND}",
    ],
)
def test_what_says_one_thing_stays_whole(text):
    assert split_claim(text) == [text]


def test_a_part_that_is_too_short_stays_with_the_one_after_it():
    assert split_claim(f"It runs, and {FIRST}; {SECOND}") == [f"It runs, and {FIRST}", SECOND]
