"""Fitting the small models: right on what is known, and written where they are read."""

import datetime
import json
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.cases import Case
from eval.fit import answer_models, refit, refusal_curve
from eval.fit.regression import fit_logistic, fit_signed
from rag import Assistant
from rag.answer import decision
from rag.linear_model import LinearModel
from tests.builders import QUESTION, real_embedder


def drawn(count: int = 4000):
    rng = np.random.default_rng(0)
    features = rng.normal(size=(count, 2)) * [1.0, 10.0] + [0.0, 5.0]
    odds = 1 + 2 * features[:, 0] - 0.1 * features[:, 1]
    labels = (rng.random(count) < 1 / (1 + np.exp(-odds))).astype(float)
    return [dict(zip("ab", row, strict=True)) for row in features.tolist()], labels


def test_logistic_regression_recovers_the_direction_and_is_calibrated():
    rows, labels = drawn()
    model = fit_logistic(rows, labels, penalty=0.1)
    assert list(model.weights.values()) == pytest.approx([2, -0.1], abs=0.2)
    probabilities = [model.probability(row) for row in rows]
    assert np.mean(probabilities) == pytest.approx(labels.mean(), abs=1e-3)


def test_a_row_that_counts_twice_is_as_good_as_two():
    rows, labels = drawn(200)
    counts = np.ones(200) + (np.arange(200) < 50)
    twice = fit_logistic([*rows, *rows[:50]], np.concatenate([labels, labels[:50]]))
    counted = fit_logistic(rows, labels, counts=counts)
    # Standardised over rows, not over counts, so the penalty is not quite the same.
    assert list(counted.weights.values()) == pytest.approx(list(twice.weights.values()), rel=0.05)


def test_a_weight_of_the_wrong_sign_is_zero_and_the_others_are_free():
    rows, labels = drawn()
    free = fit_signed(rows, labels, {"a": 1, "b": -1})
    assert free.weights == pytest.approx(fit_logistic(rows, labels, penalty=2.0).weights, abs=1e-4)
    held = fit_signed(rows, labels, {"a": 1, "b": 1})
    assert held.weights["b"] == 0.0 and held.weights["a"] > 1


def refitted(**changes) -> refit.Refit:
    model = LinearModel.load("decision")
    given = dict(
        task="decision", parts={"": model._replace(intercept=1.23456)}, digits=3,
        data={"layers": refit.WEIGHTS}, rows={"train": 2, "held out": 1},
        auc={"train": 0.9, "held out": 0.8}, auc_in_use={"train": 0.7, "held out": 0.6},
        rival="a coin", rival_auc={"train": 0.5, "held out": 0.5},
    )  # fmt: skip
    return refit.Refit(**(given | changes))


def test_a_refit_is_written_with_where_it_comes_from_and_leaves_thresholds(tmp_path):
    path = tmp_path / "weights.json"
    shutil.copy(refit.WEIGHTS, path)
    before = json.loads(path.read_text())
    refit.write(refitted(), path, today=datetime.date(2020, 2, 3))
    after = json.loads(path.read_text())
    assert after["decision"]["intercept"] == 1.235
    assert after["decision"]["weights"] == before["decision"]["weights"]
    assert after["decision"]["thresholds"] == before["decision"]["thresholds"]
    provenance = after["decision"]["provenance"]
    assert provenance["date"] == "2020-02-03" and len(provenance["data"]["layers"]) == 64
    assert provenance["rival"] == {"name": "a coin", "auc": {"train": 0.5, "held out": 0.5}}
    assert {k: v for k, v in after.items() if k != "decision"} == {
        k: v for k, v in before.items() if k != "decision"
    }


def test_a_part_of_a_model_is_written_beside_the_others(tmp_path):
    path = tmp_path / "weights.json"
    shutil.copy(refit.WEIGHTS, path)
    agrees = LinearModel.load("support.agrees")
    refit.write(refitted(task="support", parts={"agrees": agrees._replace(intercept=9)}), path)
    support = json.loads(path.read_text())["support"]
    assert support["agrees"]["intercept"] == 9 and support["about"]["intercept"] == -4.13


def test_a_refit_is_shown_beside_what_is_in_use():
    table = refitted().markdown()
    assert "| intercept | -0.490 | 1.235 |" in table
    assert "| train | 2 | 0.700 | 0.900 | 0.500 |" in table


CASES = [
    Case("one", QUESTION, frozenset({f"{0:016x}"}), "train", facts=(("30%",),)),
    Case("two", "How far do Llama models shrink with ZipNN?", frozenset({f"{1:016x}"}), "train",
         facts=(("33%",),)),
    Case("three", QUESTION, frozenset({f"{0:016x}"}), facts=(("30%",),)),
    Case("none", "What is the capital of Mongolia?", split="train"),
    Case("nothing", "Who won the cup?"),
]  # fmt: skip


def test_both_models_are_fitted_on_the_training_part(home, tmp_path):
    with Assistant(home=home, embedding=real_embedder(), cache=tmp_path, k=3) as assistant:
        whether = answer_models.refit_decision(assistant, CASES)
        which = answer_models.refit_extraction(assistant, CASES)
        judged = refusal_curve.Judged(0.9, True), refusal_curve.Judged(0.2, False)
    assert whether.rows == {"train": 3, "held out": 2}
    assert whether.auc == {"train": 1.0, "held out": 1.0} and len(whether.notes) == 8
    assert list(whether.parts[""].weights) == list(decision.FEATURES)
    assert which.auc["train"] > 0.5 and which.auc_in_use["train"] > 0.5
    assert "| ours | 1 / 1 | 1.000 | 1.000 |" in refusal_curve.table({"ours": judged})
    assert refusal_curve.plot({"ours": judged}).startswith("<svg ")


def test_the_threshold_is_the_one_with_most_recall_at_the_precision():
    probability = np.array([0.1, 0.2, 0.3, 0.4])
    labels = np.array([False, False, True, False])
    assert answer_models.threshold(probability, labels, 0.9) == pytest.approx((0.2, 2 / 3))
    assert answer_models.threshold(probability, labels, 0.7) == pytest.approx((0.4, 1.0))


def test_the_support_model_is_fitted_on_claims(tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    told = CliRunner().invoke(app, ["fit", "support", "--bench", str(tmp_path)])
    assert "holds no support/scifact_train.jsonl" in str(told.exception)
    path = tmp_path / "support" / "scifact_train.jsonl"
    path.parent.mkdir()
    kinds = [
        ("Alpha saves 3{n}% of memory", "SUPPORT"),
        ("Alpha never saves 3{n}% of memory", "CONTRADICT"),
        ("Zebras in group {n} like grass", "NOT_ENOUGH_INFO"),
    ]
    path.write_text("".join(
        json.dumps({"claim": claim.format(n=n), "title": "Alpha", "label": label,
                    "reference": f"Caches grow. Alpha saves 3{n}% of memory."}) + "\n"
        for n in range(8) for claim, label in kinds
    ))  # fmt: skip
    from eval.fit.support_model import refit_support

    found = refit_support(tmp_path, lambda claim, texts: [0.5] * len(texts))
    assert set(found.parts) == {"about", "about_by_similarity", "agrees"}
    assert found.auc["train, support against the rest"] > 0.9
    assert all(weight >= 0 for name, weight in found.parts["about"].weights.items()
               if name.startswith("cover"))  # fmt: skip
    assert "areas are those of both models' product" in found.markdown()
