"""Error bars, tests and the gate: right on what is known, and honest about noise."""

import math

import numpy as np
import pytest
from scipy import stats

from eval import statistics
from eval.compare import GATED, compare_runs, gate, load_baseline, save_baseline
from eval.records import Record
from eval.runs import Report
from eval.statistics import (
    calibration,
    compare,
    holm,
    interval,
    mean,
    risk_coverage,
    roc_areas,
    wilson,
)
from rag.errors import ConfigError


def report(name: str, values, metric: str = "facts", **given) -> Report:
    records = [
        Record(f"q{n}", "fact", f"Question {n}?", scores={} if v is ... else {metric: v}, **given)
        for n, v in enumerate(values)
    ]
    return Report(name, records, {"name": name, "model": "m"})


@pytest.mark.slow
def test_an_interval_holds_the_true_mean_as_often_as_it_says():
    draw = np.random.default_rng(1)
    held = 0
    for trial in range(200):
        low, high = interval(draw.binomial(1, 0.7, 120).astype(float), seed=trial)
        held += low <= 0.7 <= high
    assert 180 <= held <= 199


def test_what_is_undetermined_is_carried_as_bounds():
    one = mean([1.0, 0.0, None, None])
    assert (one.value, one.n, one.undetermined, one.worst, one.best) == (0.5, 2, 2, 0.25, 0.75)
    assert mean([1.0, 1.0])[:3] == (1.0, 1.0, 1.0)
    assert math.isnan(mean([None]).value) and mean([None]).undetermined == 1


def test_a_paired_test_agrees_with_an_independent_one():
    draw = np.random.default_rng(2)
    a = draw.normal(0.5, 0.2, 60)
    b = a + draw.normal(0.04, 0.1, 60)
    found = compare(a.tolist(), b.tolist())
    assert found.value == pytest.approx(float(b.mean() - a.mean()))
    assert found.p == pytest.approx(stats.ttest_rel(a, b).pvalue, abs=0.01)
    assert found.low < found.value < found.high
    same = compare([0.5, 0.2], [0.5, 0.2])
    assert (same.value, same.p) == (0.0, 1.0)
    for wrong in (([1.0], [1.0, 2.0]), ([], [])):
        with pytest.raises(ValueError, match="same questions"):
            compare(*wrong)


def test_the_area_under_the_curve_counts_ties_as_half_row_by_row():
    scores = np.array([[0.9, 0.5, 0.5, 0.1], [0.1, 0.2, 0.3, 0.4]])
    positive = np.array([[True, True, False, False]] * 2)
    assert roc_areas(scores, positive).tolist() == [0.875, 0.0]


def test_one_question_shows_nothing():
    one = compare([0.0], [1.0])
    assert (one.value, one.p, one.n) == (1.0, 1.0, 1)


def test_the_difference_that_can_be_shown_is_shown_four_times_in_five():
    draw = np.random.default_rng(3)
    base = draw.normal(0.5, 0.2, 80)
    noise = draw.normal(0, 0.1, 80)
    seen = compare(base.tolist(), (base + noise).tolist()).seen
    found = 0
    for _ in range(100):
        after = base + seen + draw.normal(0, 0.1, 80)
        found += stats.ttest_rel(base, after).pvalue < 0.05
    assert 68 <= found <= 93


def test_holm_is_what_the_definition_says():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.9]) == [1.0, 1.0] and holm([]) == []


def test_risk_coverage_and_calibration():
    coverage, risk, area = risk_coverage([0.9, 0.1, 0.5], [True, False, True])
    assert coverage.tolist() == pytest.approx([1 / 3, 2 / 3, 1]) and risk[-1] == pytest.approx(
        1 / 3
    )
    assert area == pytest.approx(1 / 9)
    bins, error = calibration([0.9, 0.9, 0.1, 0.1], [True, True, False, True])
    assert [count for _, _, count in bins] == [2, 2] and error == pytest.approx(0.25)


# -- comparing and gating --------------------------------------------------------------------------


def test_a_comparison_lists_what_moved_and_what_cannot_be_told():
    found = compare_runs(report("a", [1, 0, 0.5, None, 1]), report("b", [1, 1, 0.0, 1, 1, 0]))
    (row,) = found.rows
    assert (row.difference.n, row.undetermined, found.only_b) == (4, 1, 1) and row.better is None
    assert [m.id for m in found.better] == ["q1"] and [m.id for m in found.worse] == ["q2"]
    told = found.markdown()
    assert "(+1 undetermined)" in told and "cannot" not in told
    assert "No difference that this many questions can tell from chance." in told
    assert "q2 facts 0.50 → 0.00: Question 2?" in told
    with pytest.raises(ConfigError, match="no question in common"):
        compare_runs(report("a", []), report("b", [1]))


@pytest.mark.slow
def test_noise_passes_the_gate_and_a_planted_regression_does_not(monkeypatch):
    # A thousand shuffles tell 0.05 / 6, the strictest level here, as well as ten thousand.
    monkeypatch.setattr(statistics, "SHUFFLES", 999)
    monkeypatch.setattr(statistics, "RESAMPLES", 500)
    draw = np.random.default_rng(4)
    failed = 0
    for trial in range(200):
        truth = draw.uniform(0.3, 0.9, 100)
        runs = []
        for name in ("a", "b"):
            right = draw.binomial(1, truth, (len(GATED), 100)).T.astype(float).tolist()
            records = [
                Record(f"q{n}", "fact", "?", scores=dict(zip(GATED, row, strict=True)))
                for n, row in enumerate(right)
            ]
            runs.append(Report(name, records))
        failed += bool(gate(*runs, seed=trial).reasons)
    assert failed <= 10, failed
    worse = report("b", [0.0] * 30 + [1.0] * 70)
    verdict = gate(report("a", [1.0] * 100), worse)
    assert verdict.reasons and "facts 1.000 → 0.700" in verdict.reasons[0]
    assert verdict.markdown().startswith("### Gate failed: facts")
    assert not gate(worse, report("b", [1.0] * 100)).reasons, "getting better is no regression"


@pytest.mark.slow
def test_a_small_loss_within_the_threshold_passes():
    before = report("a", [1.0] * 1000)
    after = report("b", [0.99] * 1000)
    assert not gate(before, after).reasons
    assert gate(before, after, {"facts": 0.005}).reasons


def test_a_must_pass_question_fails_the_gate_alone():
    before = report("a", [1.0] * 50, must_pass=True)
    after = report("b", [1.0] * 49 + [0.5])
    assert gate(before, after).reasons == ("must-pass q49: facts 1.00 → 0.50",)
    undetermined = report("b", [1.0] * 49 + [None])
    assert gate(before, undetermined).reasons == ("must-pass q49: facts 1.00 → undetermined",)


def test_what_fails_or_is_left_out_is_not_passed():
    before = report("a", [1.0] * 5)
    broken = report("b", [1.0] * 4)
    assert "1 questions of the baseline were not asked" in gate(before, broken).reasons
    broken.records.append(Record("q4", "fact", "?", error="timeout: …"))
    assert "1 questions failed, such as q4" in gate(before, broken).reasons


def test_a_baseline_is_a_file_with_several_runs(tmp_path):
    path = tmp_path / "baseline.json"
    save_baseline(report("a", [1.0, None, 0.25], must_pass=True), path)
    save_baseline(report("b", [0.5]), path)
    found = load_baseline(path, "a")
    assert list(found.values("facts").values()) == [1.0, None, 0.25]
    assert found.records[0].must_pass and not gate(found, report("a", [1.0, None, 0.25])).reasons
    assert load_baseline(path, "b").values("facts") == {"q0": 0.5}
    with pytest.raises(ConfigError, match=r"no baseline 'c' \(it has: a, b\); rag-eval keep"):
        load_baseline(path, "c")
    path.write_text("{")
    with pytest.raises(ConfigError, match="not a baseline"):
        load_baseline(path, "a")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_baseline(tmp_path / "none", "a")


def test_a_share_has_an_interval_though_it_is_none_or_all():
    none, some, every = (wilson(count, 50) for count in (0, 10, 50))
    assert (none.value, none.low, none.n) == (0.0, 0.0, 50) and 0.05 < none.high < 0.1
    assert some.value == 0.2 and some.low == pytest.approx(0.112, abs=0.001)
    assert every.high == pytest.approx(1.0) and every.low == pytest.approx(1 - none.high)
    assert math.isnan(wilson(0, 0).value)
