"""Findings compared with planted faults, and the manuscripts that come along."""

import json
from collections import Counter

import pytest

from eval.manuscripts import FOLDER, KeySentence, line, outcome, read_key

KEY = [
    KeySentence(r"Alpha saves 90\% of it, and Beta saves none.", frozenset("ab"), "wrong number"),
    KeySentence("Gamma is slow in the field.", frozenset("c"), "negated"),
    KeySentence("Delta is fast in the field.", frozenset("d"), ""),
]


def test_a_finding_in_a_clause_finds_the_fault_of_its_sentence():
    found = outcome(KEY, [("Alpha saves 90% of it", ["a"]), ("Delta is fast in the field.", ["d"])])
    assert (found.findings, found.right) == (2, 1)
    assert found.found == Counter(["wrong number"]) and found.faults.total() == 2
    assert outcome(KEY, [("Gamma is slow in the field.", ["x"])]).right == 0
    told = line("all", "contradicted", [found])
    assert "precision 0.50 (1/2)" in told and "recall 0.50 (1/2)" in told
    assert told.endswith("missed: 1 negated")


def test_nothing_found_has_no_precision():
    assert "precision - (0/0)  recall 0.00" in line("all", "contradicted", [outcome(KEY, [])])


@pytest.mark.parametrize("name", ["notes", "review", "survey"])
def test_every_manuscript_has_ten_faults_and_says_what_is_true(name):
    path = FOLDER / f"{name}.key.json"
    assert sum(bool(one.fault) for one in read_key(path)) == 10
    raw = json.loads(path.read_text())
    assert all(bool(one["truth"]) == bool(one["fault"]) and one["keys"] for one in raw)
