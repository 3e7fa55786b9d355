"""Language models and embedders that another package registers."""

import json
import subprocess
import sys

import numpy as np
import pytest

from rag.embed.load import embedder_for, load_embedder
from rag.errors import ConfigError
from rag.llm.backends import backend_for
from rag.llm.background import Stop
from rag.llm.model import LanguageModel, probe
from rag.llm.roles import models
from rag.llm.usage import UsageMeter
from rag.settings import Settings
from rag.types import Message

CODE = """
from llama_index.core import MockEmbedding
from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

import numpy as np


class Echo(CustomLLM):
    model: str

    @property
    def metadata(self):
        return LLMMetadata(context_window=3000, model_name=self.model)

    def complete(self, prompt, formatted=False, **kwargs):
        return CompletionResponse(text=f"{self.model}: {len(prompt)}")

    def stream_complete(self, prompt, formatted=False, **kwargs):
        yield from (CompletionResponse(text="a b"[:n], delta="a b"[n - 1]) for n in (1, 2, 3))


def language_model(model, settings):
    if model == "broken":
        raise ValueError(f"no {settings.llm_api_key.get_secret_value()}\\nTraceback")
    return Echo(model=model)


class Ones:
    name, dimension, max_tokens = "ones", 4, 100

    def count_tokens(self, text):
        return 1

    def embed(self, texts):
        return np.full((len(texts), 4), 0.5, dtype=np.float32)


def embedder(model, settings):
    return Ones() if model == "ones" else MockEmbedding(embed_dim=int(model))
"""
ENTRIES = """
[paper_rag.providers]
acme = acme_rag:language_model
broken = acme_rag_missing:language_model
[paper_rag.embedders]
acme = acme_rag:embedder
broken = acme_rag:no_such_name
"""


@pytest.fixture(autouse=True)
def acme(tmp_path, monkeypatch):
    """A package that registers a provider and an embedder, and some that cannot be imported."""
    folder = tmp_path / "site"
    about = folder / "acme_rag-1.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-rag\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(ENTRIES)
    (folder / "acme_rag.py").write_text(CODE)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    sys.modules.pop("acme_rag", None)


def settings(llm: str = "acme/one", **given) -> Settings:
    return Settings.load(llm=llm, cache="cache", **given)


def asked(model: LanguageModel) -> tuple[str, list[str], UsageMeter]:
    meter = UsageMeter()
    messages = [Message("user", "Why?")]
    whole = model.complete(messages, meter, Stop())
    return whole, list(model.stream(messages, meter, Stop())), meter


def test_a_provider_of_another_package_answers():
    model = models(settings())["answer"]
    whole, pieces, meter = asked(model)
    assert model.name == "acme/one" and whole.startswith("one: ") and pieces == ["a", " ", "b"]
    assert meter.calls == 2 and meter.tokens_in > 0 and meter.cost is None
    assert model.prompt_budget == 3000 - 1024 - 64
    assert models(settings(context=5000))["answer"].prompt_budget == 5000 - 1024 - 64
    assert probe(settings(), "answer") == ""


def test_its_replies_are_kept_like_any_others():
    asked(models(settings())["answer"])
    _, _, meter = asked(models(settings())["answer"])
    assert (meter.calls, meter.cached) == (0, 2)


def test_an_unknown_provider_is_told_what_there_is():
    with pytest.raises(ConfigError, match="openai-like, .*mistral, acme, broken"):
        backend_for(settings("abacus/x"))
    with pytest.raises(ConfigError, match="There is no model 'acme'"):
        backend_for(settings("acme"))


@pytest.mark.parametrize(
    ("llm", "message"),
    [
        ("broken/x", "The plug-in broken .acme_rag_missing:language_model. cannot be imported: "
         "ModuleNotFoundError"),
        ("acme/broken", "The plug-in acme cannot make acme/broken: ValueError: no …"),
    ],
)  # fmt: skip
def test_a_plug_in_that_fails_is_one_sentence(llm, message):
    with pytest.raises(ConfigError, match=message) as error:
        models(settings(llm, llm_api_key="planted"))
    assert "\n" not in str(error.value) and "planted" not in str(error.value)
    assert probe(settings(llm, llm_api_key="planted"), "answer") == str(error.value)


def test_an_embedder_of_another_package_by_our_protocol_is_taken_as_it_is():
    embedder = embedder_for(settings(embedding="acme/ones"))
    assert embedder.name == "ones" and embedder.embed(["a", "b"]).shape == (2, 4)


def test_an_embedder_of_llama_index_gives_unit_vectors():
    embedder = embedder_for(settings(embedding="acme/3"))
    vectors = embedder.embed(["a", "b"])
    assert (embedder.name, embedder.dimension, vectors.dtype) == ("acme/3", 3, np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_an_unknown_embedder_is_told_what_there_is(tmp_path):
    with pytest.raises(ConfigError, match="ollama/MODEL, acme/MODEL or broken/MODEL"):
        embedder_for(settings(embedding="abacus/x"))
    with pytest.raises(ConfigError, match="There is no embedder called 'acme'"):
        load_embedder("acme", cache_dir=tmp_path)


def test_an_embedder_that_cannot_be_imported_is_one_sentence():
    with pytest.raises(ConfigError, match="The plug-in broken .* cannot be imported: Attribute"):
        embedder_for(settings(embedding="broken/x"))


def test_what_is_built_in_asks_for_no_plug_in(monkeypatch):
    def looked_up(**_):
        raise AssertionError("entry points were read")

    monkeypatch.setattr("rag.plugins.entry_points", looked_up)
    assert backend_for(settings("openai/x", openai_api_key="k")).name == "openai/x"
    assert embedder_for(settings(embedding="openai/x", openai_api_key="k")).name == "openai/x"


@pytest.mark.slow
def test_the_command_line_takes_one_too(acme):
    done = subprocess.run(
        [sys.executable, "-c", "import json; from rag.llm import models; from rag.settings import"
         " Settings; print(json.dumps(models(Settings.load())['answer'].name))"],
        env={"PYTHONPATH": f"{acme}:{':'.join(sys.path)}", "RAG_LLM": "acme/two"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert json.loads(done.stdout or "0") == "acme/two", done.stderr
