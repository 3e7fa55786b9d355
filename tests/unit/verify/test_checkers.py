"""Which check the settings name."""

import pytest

from rag import Assistant
from rag.embed import CachedEmbedder
from rag.errors import ConfigError
from rag.llm import RunContext
from rag.settings import Settings
from rag.testing import FakeEmbedder, ScriptedModel
from rag.verify import Claim, ModelChecker, OfflineChecker, Source, check_settings, checker_for
from rag.verify.nli import EntailmentChecker
from tests.unit.verify.test_nli import write_nli

MODEL = ScriptedModel()
CLAIMS = [Claim("Zip saves 40%.", (Source("Zip", "Zip saves 30%."),)), Claim("Zip flies.", ())]


def made(check: str, model=MODEL):
    settings = Settings.load(check=check)
    return checker_for(settings, CachedEmbedder(FakeEmbedder()), model, RunContext("m"))


@pytest.mark.parametrize(
    ("check", "model", "kind"),
    [
        ("auto", MODEL, ModelChecker),
        ("auto", None, OfflineChecker),
        ("offline", MODEL, OfflineChecker),
        ("model", MODEL, ModelChecker),
    ],
)
def test_a_model_checks_where_there_is_one_and_nothing_else_is_named(check, model, kind):
    assert type(made(check, model)) is kind


def test_an_onnx_model_is_named_by_its_place(tmp_path):
    name = write_nli(tmp_path)
    checker = made(name)
    assert isinstance(checker, EntailmentChecker) and checker.name == name
    assert [v.support for v in checker.check(CLAIMS)] == ["contradicted", "uncited"]


def test_with_none_nothing_is_judged():
    checker = made("none")
    verdicts = checker.check(CLAIMS)
    assert [(v.support, v.why) for v in verdicts] == [
        ("unverified", "not checked"), ("uncited", "cites nothing")
    ]  # fmt: skip
    assert checker.name == "none" and not MODEL.requests


def test_the_offline_check_is_named_by_its_embedder():
    assert made("offline").name.endswith(" fake")
    assert made("auto", None).check(CLAIMS)[0].support == "contradicted"


@pytest.mark.parametrize("check", ["", "onnx", "Offline", "nli", "cross-encoder/nli-x"])
def test_a_check_that_there_is_not_is_told_with_those_that_there_are(check, tmp_path):
    with pytest.raises(ConfigError, match=f"RAG_CHECK={check} is no check: use auto, offline, "):
        check_settings(Settings.load(check=check), None)
    with pytest.raises(ConfigError, match="onnx/REPOSITORY-OR-FOLDER"):
        Assistant(home=tmp_path, check=check)


def test_a_check_by_a_model_needs_one():
    with pytest.raises(ConfigError, match="set RAG_LLM or RAG_LLM_CHECK"):
        check_settings(Settings.load(check="model"), None)
    check_settings(Settings.load(check="model"), MODEL)
    check_settings(Settings.load(check="model", llm="openai/gpt-4o-mini"), None)
    check_settings(Settings.load(check="model", llm_check="openai/gpt-4o-mini"), None)
    for name in ("auto", "offline", "none", "onnx/some/where"):
        check_settings(Settings.load(check=name), None)


def test_a_model_for_checking_alone_needs_its_key(tmp_path):
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        Assistant(home=tmp_path, llm_check="openai/gpt-4o-mini")


def test_a_check_by_onnx_that_is_not_there_says_so(tmp_path):
    with pytest.raises(ConfigError, match="RAG_CHECK"):
        made(f"onnx/{tmp_path}/nowhere")
