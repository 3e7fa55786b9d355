"""Tests of a program that uses Paper RAG: no network, no key, no model to load.

Run it with pytest: `python -m pytest docs/examples/testing.py`.
"""

import pytest

from rag import Assistant, ModelError
from rag.testing import FakeEmbedder, ScriptedModel

QUESTION = "How much do owls hear?"


@pytest.fixture
def home(tmp_path):
    """A library of one paper, with vectors of a fake embedder."""
    with Assistant(home=tmp_path, embedding=FakeEmbedder()) as assistant:
        assistant.add([{"title": "On owls", "abstract": "Owls hear 30% more than larks."}])
    return tmp_path


def test_the_answer_cites_what_the_model_cites(home):
    model = ScriptedModel("Owls hear 30% more [{1}].")  # {1}: the key of the first abstract shown
    with Assistant(home=home, llm=model, embedding=FakeEmbedder()) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.text == "Owls hear 30% more [1]."
    assert QUESTION in model.requests[0][-1].content


def test_a_model_that_is_down_is_made_up_for(home):
    model = ScriptedModel(ModelError("It is down.", "server"))
    with Assistant(home=home, llm=model, embedding=FakeEmbedder()) as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.fallback and answer.notice.startswith("It is down.")
