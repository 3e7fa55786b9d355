"""Which model, where, with which key: read off the settings."""

import pytest
from pydantic import SecretStr

from rag import ConfigError
from rag.llm.backends import CONTEXT_WINDOW, backend_for, without_secrets
from rag.llm.model import LanguageModel, probe
from rag.llm.providers import build, parameters, reply_limit
from rag.llm.roles import models
from rag.settings import Settings

URL = "http://127.0.0.1:9/v1"


def settings(llm: str, **given) -> Settings:
    return Settings.load(llm=llm, **given)


@pytest.mark.parametrize(
    ("llm", "given", "variable"),
    [
        ("openai/gpt-4o", {"openai_api_key": "k"}, "OPENAI_API_KEY"),
        ("azure/mine", {"azure_openai_api_key": "k", "llm_base_url": URL}, "AZURE_OPENAI_API_KEY"),
        ("anthropic/claude-x", {"anthropic_api_key": "k"}, "ANTHROPIC_API_KEY"),
        ("gemini/gemini-x", {"gemini_api_key": "k"}, "GEMINI_API_KEY"),
        ("mistral/mistral-x", {"mistral_api_key": "k"}, "MISTRAL_API_KEY"),
        ("ollama/llama3:8b", {}, "RAG_LLM_API_KEY"),
        ("openai-like/org/model-7b", {"llm_base_url": URL}, "RAG_LLM_API_KEY"),
    ],
)
def test_every_provider_has_its_key_variable(llm, given, variable):
    one = backend_for(settings(llm, **given))
    assert one.name == llm and one.key_name == variable
    assert one.key.get_secret_value() == ("k" if "api_key" in str(given) else "")


def test_extractive_is_no_model():
    assert backend_for(settings("extractive")) is None
    assert set(models(settings("extractive")).values()) == {None}


@pytest.mark.parametrize("llm", ["abacus", "abacus/x", "openai", "openai/", ""])
def test_an_unknown_name_is_told_what_there_is(llm):
    with pytest.raises(ConfigError, match="openai-like"):
        backend_for(settings(llm or " "))


@pytest.mark.parametrize("llm", ["openai-like/x", "azure/x"])
def test_a_server_needs_an_address(llm):
    with pytest.raises(ConfigError, match="RAG_LLM_BASE_URL"):
        backend_for(settings(llm))
    with pytest.raises(ConfigError, match="http://"):
        backend_for(settings(llm, llm_base_url="host/v1"))


def test_roles_follow_the_one_setting_unless_overridden():
    given = settings(
        "openai-like/big", llm_rewrite="openai-like/small", llm_judge="openai/gpt-4o",
        llm_base_url=URL, llm_api_key="own", openai_api_key="theirs",
    )  # fmt: skip
    answer, rewrite, judge = (backend_for(given, role) for role in ("answer", "rewrite", "judge"))
    assert (answer.model, rewrite.model, judge.model) == ("big", "small", "gpt-4o")
    assert answer.url == rewrite.url == URL and judge.url is None
    assert answer.key.get_secret_value() == rewrite.key.get_secret_value() == "own"
    assert judge.key.get_secret_value() == "theirs"
    same = models(settings("openai-like/big", llm_base_url=URL, answer_cache=False))
    assert same["answer"] is same["rewrite"] is same["judge"] is not None


def test_a_missing_key_names_its_variable():
    with pytest.raises(ConfigError, match="set OPENAI_API_KEY"):
        build(backend_for(settings("openai/gpt-4o")), settings("openai/gpt-4o"))


@pytest.mark.parametrize("provider", ["anthropic", "gemini", "mistral"])
def test_a_missing_package_names_its_extra(provider, monkeypatch):
    name = {"gemini": "google_genai", "mistral": "mistralai"}.get(provider, provider)
    monkeypatch.setitem(__import__("sys").modules, f"llama_index.llms.{name}", None)
    given = settings(f"{provider}/x", llm_api_key="k")
    with pytest.raises(ConfigError, match=rf"paper-rag\[{provider}\]"):
        build(backend_for(given), given)
    assert f"paper-rag[{provider}]" in probe(given, "answer")


def test_the_window_is_set_listed_or_assumed():
    def window(name, **given):
        return backend_for(
            settings(name, llm_base_url=URL, llm_api_key="k", **given)
        ).context_window

    assert window("openai/gpt-4o") == 128_000
    assert window("openai/gpt-4o", context=4000) == 4000
    assert window("openai-like/unheard-of") == CONTEXT_WINDOW


@pytest.mark.parametrize(
    ("llm", "given", "sent"),
    [
        ("openai/gpt-4o", {}, {"max_completion_tokens": 1024, "temperature": 0.0}),
        ("openai/gpt-5-mini", {"reasoning_effort": "low"},
         {"max_completion_tokens": 9216, "reasoning_effort": "low"}),
        ("openai-like/x", {"seed": 7, "temperature": 0.5, "max_tokens": 99},
         {"max_tokens": 99, "temperature": 0.5, "seed": 7}),
        ("ollama/x", {"seed": 7}, {}),
    ],
)  # fmt: skip
def test_parameters_are_what_the_model_takes(llm, given, sent):
    found = settings(llm, llm_base_url=URL, llm_api_key="k", **given)
    assert parameters(backend_for(found), found) == sent


@pytest.mark.parametrize(
    ("llm", "given", "tokens"),
    [
        ("openai/gpt-4o", {}, 1024),
        ("openai/gpt-4o", {"reasoning_effort": "low"}, 9 * 1024),
        ("openai/gpt-5-mini", {"reasoning_effort": "none"}, 1024),
        ("openai/gpt-5-mini", {"max_tokens": 100}, 900),
        ("openai/o3", {}, 9 * 1024),
        ("gemini/gemini-2.5-flash", {}, 9 * 1024),
        ("openai-like/deepseek-ai/DeepSeek-R1-Distill-Qwen-7B", {}, 1024 + 2048),
        ("ollama/qwen3:8b", {"context": 40_000}, 9 * 1024),
        ("openai-like/Qwen/Qwen3-4B-Instruct-2507", {}, 1024),
        ("openai-like/openai/gpt-oss-20b", {"context": 131_072}, 9 * 1024),
        ("openai-like/thinkpad", {}, 1024),
    ],
)
def test_a_model_that_thinks_gets_room_to_within_its_window(llm, given, tokens):
    found = settings(llm, llm_base_url=URL, llm_api_key="k", **given)
    assert reply_limit(backend_for(found), found) == tokens


def test_the_room_to_think_is_asked_for_and_kept_free_of_papers():
    given = settings("ollama/qwq", llm_base_url=URL)
    model = build(backend_for(given), given)
    assert model.additional_kwargs["num_predict"] == 1024 + 2048
    assert LanguageModel(backend_for(given), given).prompt_budget == 8192 - 1024 - 2048 - 64


def test_classes_of_llama_index_get_the_settings():
    given = {"llm_base_url": URL, "llm_api_key": "k", "llm_timeout": 7, "context": 5000}
    one = settings("openai-like/odd name", **given)
    like = build(backend_for(one), one)
    assert (like.model, like.timeout, like.max_retries, like.api_base) == ("odd name", 7, 0, URL)
    assert like.metadata.context_window == 5000 and like.metadata.is_chat_model
    one = settings("ollama/llama3", seed=3, reasoning_effort="none", **given)
    ollama = build(backend_for(one), one)
    assert (ollama.request_timeout, ollama.context_window, ollama.thinking) == (7, 5000, False)
    assert ollama.additional_kwargs == {"num_predict": 1024, "seed": 3}
    assert ollama.headers == {"Authorization": "Bearer k"}


def test_a_backend_never_shows_its_key():
    one = backend_for(settings("openai/gpt-4o", openai_api_key="planted"))
    assert one.key == SecretStr("planted") and "planted" not in f"{one!r} {one}"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://user:planted@host:8/v1/?key=planted", "https://host:8/v1"),
        ("http://host", "http://host"),
        (None, None),
    ],
)
def test_an_address_is_shown_without_what_is_secret_in_it(url, shown):
    assert without_secrets(url) == shown
