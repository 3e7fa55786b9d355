"""An NLI model behind the same check; the model itself is a stand-in."""

import sys
from types import SimpleNamespace

import numpy as np
import pytest

from rag.embed.cross_encoder import load_cross_encoder
from rag.errors import ConfigError
from rag.verify import Source, check
from rag.verify.nli import load_entailment

PAPER = Source("On pruning", "We prune half of the weights. Accuracy falls by 3%. Cats sleep.")


@pytest.fixture(autouse=True)
def model(monkeypatch):
    """Labels in the order of the published models; "fall" contradicts "rise", "cut" is "prune"."""

    class CrossEncoder:
        def __init__(self, name: str) -> None:
            if name == "missing":
                raise OSError("no such model")
            labels = ["contradiction", "entailment", "neutral"]
            if name == "reranker":
                labels = ["LABEL_0"]
            self.config = SimpleNamespace(id2label=dict(enumerate(labels)))

        def predict(self, pairs, apply_softmax):
            assert apply_softmax
            rows = []
            for premise, claim in pairs:
                if "rises" in claim and "falls" in premise:
                    rows.append([0.9, 0.05, 0.05])
                elif "cut away" in claim and "prune" in premise:
                    rows.append([0.05, 0.9, 0.05])
                else:
                    rows.append([0.1, 0.1, 0.8])
            return np.array(rows)

    load_cross_encoder.cache_clear()
    monkeypatch.setitem(
        sys.modules, "sentence_transformers", SimpleNamespace(CrossEncoder=CrossEncoder)
    )
    yield
    load_cross_encoder.cache_clear()


@pytest.mark.parametrize(
    ("claim", "support", "contradicted"),
    [
        ("Half of all parameters can be cut away.", "supported", False),
        ("Performance rises.", "unsupported", True),
        ("Dogs bark at night.", "unsupported", False),
        # What the rules forbid stays forbidden, whatever the model says.
        ("Weights are cut away, and accuracy falls by 7%.", "unsupported", True),
    ],
)
def test_the_model_judges_and_the_rules_stay(claim, support, contradicted):
    verdict = check(claim, [PAPER], entailment=load_entailment("a-model"))
    assert (verdict.support, verdict.contradicted) == (support, contradicted)
    assert bool(verdict.why) == (support != "supported")


def test_the_first_claim_needs_the_model():
    claim = "Half of all parameters can be cut away."
    assert check(claim, [PAPER]).support != "supported"


@pytest.mark.parametrize(
    ("name", "said"), [("missing", "could not be loaded"), ("reranker", "is no NLI model")]
)
def test_a_model_that_is_none_is_named(name, said):
    with pytest.raises(ConfigError, match=said):
        load_entailment(name)


def test_without_its_package_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigError, match=r"paper-rag\[cross-encoder\]"):
        load_entailment("a-model")
