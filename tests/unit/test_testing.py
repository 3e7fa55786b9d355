"""The stand-ins that users' own tests get."""

import doctest
import inspect
import subprocess
import sys

import numpy as np
import pytest

import rag.testing
from rag import Assistant
from rag.errors import ModelError
from rag.llm import LanguageModel, Stop, UsageMeter
from rag.testing import FakeEmbedder, ScriptedModel
from rag.types import Message
from tests.builders import PAPERS, QUESTION, library, papers_of

REQUEST = [Message("system", "Answer."), Message("user", '<passage key="src-x7k2">A</passage>')]


def test_the_examples_of_the_module_hold():
    assert doctest.testmod(rag.testing).attempted >= 6
    assert doctest.testmod(rag.testing).failed == 0


def test_a_fake_embedder_gives_unit_vectors_by_shared_words_on_every_machine():
    embedder = FakeEmbedder()
    vectors = embedder.embed(["two words", "words two", "", "another"])
    assert vectors.dtype == np.float32 and vectors.shape == (4, embedder.dimension)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([1, 1, 1, 1])
    assert vectors[0] @ vectors[1] == pytest.approx(1)
    assert np.flatnonzero(vectors[3] > 0.5).tolist() == [23]  # by SHA-256, not by hash()
    assert embedder.embedded == ["two words", "words two", "", "another"]


def test_a_library_can_be_asked_with_a_fake_embedder(tmp_path):
    home = library(tmp_path, papers_of(PAPERS), FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
        assert assistant.search(QUESTION)[0].paper.title.startswith("KVSharer")


def test_an_assistant_takes_a_scripted_model_and_a_fake_embedder(tmp_path):
    home = library(tmp_path, papers_of(PAPERS), FakeEmbedder())
    model = ScriptedModel("It reduces the memory by 30% [{1}].")
    with Assistant(home=home, llm=model, embedding=FakeEmbedder(), check="offline") as assistant:
        answer = assistant.ask(QUESTION)
    assert answer.text == "It reduces the memory by 30% [1]."
    assert "KVSharer" in model.requests[0][-1].content


def test_a_scripted_model_replies_in_order_and_keeps_what_it_was_asked():
    model, meter = ScriptedModel("One [{1}].", "Two.", "Three."), UsageMeter()
    assert model.complete(REQUEST, meter, Stop()) == "One [src-x7k2]."
    assert "".join(model.stream(REQUEST, meter, Stop())) == "Two."
    assert model.complete_all([REQUEST], meter, Stop()) == ["Three."]
    assert model.requests == [REQUEST] * 3 and not model.replies
    assert (meter.calls, meter.tokens_in, meter.tokens_out, meter.cost) == (3, 30, 15, None)


def test_a_scripted_model_fails_as_told_and_when_its_replies_are_used_up():
    model = ScriptedModel(ModelError("It is down.", "server"))
    with pytest.raises(ModelError, match="It is down"):
        model.complete(REQUEST, UsageMeter(), Stop())
    with pytest.raises(AssertionError, match="request 2 has no reply"):
        model.complete(REQUEST, UsageMeter(), Stop())


@pytest.mark.parametrize("name", ["count_tokens", "complete", "stream", "complete_all"])
def test_a_scripted_model_is_called_as_a_real_one(name):
    scripted, real = (getattr(owner, name) for owner in (ScriptedModel, LanguageModel))
    assert inspect.signature(scripted) == inspect.signature(real)


def test_importing_it_loads_neither_pytest_nor_an_engine():
    heavy = "{'pytest', 'numpy', 'llama_index', 'chromadb', 'tantivy', 'onnxruntime', 'openai'}"
    code = f"import sys, rag.testing; sys.exit(', '.join({heavy} & set(sys.modules)) or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)
