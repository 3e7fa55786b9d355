"""What the benchmarks share."""

import sys

import pytest

from eval.bench import bundled, harness
from eval.bench.synthetic import Source


def test_ndcg_is_of_the_best_that_could_be_and_a_question_without_papers_scores_0():
    gains = {"q": {"a": 2, "b": 1}, "none": {"c": 1}}
    values = harness.ndcg(gains, {"q": ["x", "a"], "none": []})
    assert values["q"] == pytest.approx((2 / 1.5849625) / (2 + 1 / 1.5849625))
    assert values.get("none", 0.0) == 0.0


def test_a_percentile_is_one_of_the_values():
    assert harness.percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert harness.percentile([1.0, 2.0], 1.0) == 2.0


def test_a_table_is_markdown(capsys):
    harness.heading("", "a")
    harness.row("b", "1")
    assert capsys.readouterr().out == "|  | a |\n| --- | --- |\n| b | 1 |\n"


def test_a_process_is_measured_and_one_that_fails_ends_the_benchmark():
    code = "import os; print(os.environ['RAG_X'])"
    done = harness.run([sys.executable, "-c", code], RAG_X="there")
    assert done.output == "there\n" and done.seconds > 0 and done.megabytes > 1
    with pytest.raises(SystemExit, match="failed"):
        harness.run([sys.executable, "-c", "raise SystemExit(5)"])


def test_times_are_those_of_each_item():
    seen = []
    assert len(harness.milliseconds(seen.append, ["a", "b"])) == 2 and seen == ["a", "b"]


def test_a_longer_draw_of_synthetic_papers_begins_with_a_shorter_one():
    source = Source()
    assert list(source.papers(3)) == list(source.papers(5))[:3]
    assert len(bundled.first_questions()) < 276
