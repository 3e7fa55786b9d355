"""The fitted models as data: what is stored, and one scorer for it."""

import json
import math

import pytest

from rag.linear_model import LinearModel
from tests import ROOT

NAMES = (
    "answerable",
    "decision",
    "extraction",
    "lists",
    "members",
    "support.read",
    "support.words",
)


def test_the_score_is_the_intercept_and_the_weighted_features():
    model = LinearModel(-1.0, {"a": 2.0, "b": -0.5}, {})
    assert model.score({"a": 1.0, "b": 2.0, "of another model": 9.0}) == 0.0
    assert model.probability({"a": 1.0, "b": 2.0}) == 0.5
    assert model.probability({"a": 2.0, "b": 2.0}) == pytest.approx(1 / (1 + math.exp(-2)))


def test_a_missing_feature_is_no_zero():
    with pytest.raises(KeyError):
        LinearModel(0.0, {"a": 1.0}, {}).score({"b": 1.0})


@pytest.mark.parametrize("name", NAMES)
def test_every_model_is_read(name):
    model = LinearModel.load(name)
    assert model.weights and all(math.isfinite(w) for w in model.weights.values())


def test_a_model_that_is_not_there_is_an_error():
    with pytest.raises(KeyError):
        LinearModel.load("nothing")


def test_what_is_loaded_cannot_be_changed():
    with pytest.raises(TypeError):
        LinearModel.load("decision").weights["cosine"] = 0.0


def test_parts_of_a_model_share_its_thresholds():
    assert LinearModel.load("support.words").thresholds == {"read": 0.7, "words": 0.71}


def test_every_model_says_where_it_comes_from():
    entries = json.loads((ROOT / "rag" / "weights.json").read_text("utf-8"))
    assert set(entries) == {name.partition(".")[0] for name in NAMES}
    for entry in entries.values():
        assert set(entry["provenance"]) - {"note"} == {
            "command", "date", "data", "rows", "auc", "rival"
        }  # fmt: skip
