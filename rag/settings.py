"""Configuration: the only reader of the environment.

Keyword arguments win over environment variables, which win over `.env`, which wins over the
defaults here. What a setting does is said once, in the text below it: `make reference` writes
`docs/settings.md` and `.env.example` out of these texts and of the headings between them.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self, TypedDict, get_args

import platformdirs
from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from rag.errors import ConfigError
from rag.types import Server


class Options(TypedDict, total=False):
    """Settings as keywords of `Assistant`, for editors and type checkers; see `Settings`."""

    home: str | Path
    cache: str | Path
    llm_rewrite: str | None
    llm_judge: str | None
    llm_base_url: str | None
    llm_api_key: str | SecretStr
    azure_api_version: str
    temperature: float | None
    max_tokens: int
    context: int | None
    seed: int | None
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None
    llm_timeout: float
    llm_deadline: float
    llm_retries: int
    fallback: bool
    repair: bool
    answer_cache: bool
    style: Literal["concise", "detailed", "plain", "bullets"]
    language: str
    price_in: float | None
    price_out: float | None
    prices: str | Path | None
    queries: int
    rerank: str
    check: str
    llm_check: str | None
    summaries: bool
    model_dir: str | Path | None
    base_url: str | None
    openai_api_key: str | SecretStr
    azure_openai_api_key: str | SecretStr
    anthropic_api_key: str | SecretStr
    gemini_api_key: str | SecretStr
    mistral_api_key: str | SecretStr
    chroma_url: str | None
    chroma_token: str | SecretStr
    k: int
    words: int
    threads: int | None
    log: Literal["", "debug", "info", "warning", "error"]


_PATHS = ("home", "cache", "model_dir", "prices")


def _key(variable: str) -> Any:
    """A key in the variable that its provider's own tools read, without our prefix."""
    return Field(default=SecretStr(""), validation_alias=variable)


class Settings(BaseSettings):
    """Everything that can be configured; frozen, so it can be shared."""

    model_config = SettingsConfigDict(
        env_file=".env", env_prefix="RAG_", extra="ignore", frozen=True, env_ignore_empty=True
    )

    # -- the library ---------------------------------------------------------------------------

    home: Path = Field(default_factory=lambda: Path(platformdirs.user_data_dir("paper-rag", False)))
    """Folder of the library; the platform's folder for data when not given."""
    cache: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("paper-rag", False))
    )
    """Folder of what can be made again, such as the converted embedding model and cached replies of
    models; the platform's folder for caches when not given."""
    chroma_url: str | None = Field(default=None, pattern=r"^https?://[^\s/@]+(/[^\s@]*)?$")
    """Chroma server that holds the vectors, shared by any number of processes; they are in `home`
    when not given. After changing it run "rag rebuild"; nothing is embedded again."""
    chroma_token: SecretStr = Field(default=SecretStr(""))
    """Token that the proxy before the Chroma server asks for, sent as a bearer token; docs/deploy
    has such a proxy."""

    # -- what writes answers -------------------------------------------------------------------

    llm: str = "extractive"
    """What writes answers: "extractive" needs no key and no network; else PROVIDER/MODEL, and with
    it every role changes. Providers are openai, azure (PROVIDER/DEPLOYMENT), ollama, openai-like
    (any server that speaks OpenAI's protocol: vLLM, llama.cpp, LM Studio, OpenRouter), with an
    extra anthropic, gemini and mistral, and what other packages bring."""
    llm_rewrite: str | None = None
    """The model that rewrites questions, reranks and summarises; `llm` when not given."""
    llm_judge: str | None = None
    """The model that judges answers in evaluations; `llm` when not given."""
    llm_check: str | None = None
    """The model that checks the sentences of answers; `llm` when not given."""
    llm_base_url: str | None = None
    """Address of the provider that `llm` names, sent only to it; azure and openai-like need one."""
    llm_api_key: SecretStr = Field(default=SecretStr(""))
    """Key for that provider, where it is not in the provider's own variable."""
    openai_api_key: SecretStr = _key("openai_api_key")
    """Key for openai/… models; the usual variable, without the prefix, as those that follow."""
    azure_openai_api_key: SecretStr = _key("azure_openai_api_key")
    """Key for azure/… models."""
    anthropic_api_key: SecretStr = _key("anthropic_api_key")
    """Key for anthropic/… models."""
    gemini_api_key: SecretStr = _key("gemini_api_key")
    """Key for gemini/… models."""
    mistral_api_key: SecretStr = _key("mistral_api_key")
    """Key for mistral/… models."""
    azure_api_version: str = "2024-10-21"
    """Version of the Azure OpenAI protocol."""

    # -- how they are written ------------------------------------------------------------------

    words: int = Field(default=400, ge=20, le=1000)
    """The most words an answer has, about; how many it needs is told by the question."""
    style: Literal["concise", "detailed", "plain", "bullets"] = "concise"
    """How a model writes answers; plain is for readers from another field."""
    language: str = Field(default="", max_length=40, pattern=r"^[\w ()-]*$")
    """Which language a model answers in; that of the question when not given."""
    repair: bool = False
    """Whether the model is asked once more to mend or drop what a model's check found wrong."""
    fallback: bool = True
    """Whether a failed model is made up for by the extractive answer, labelled as such."""
    answer_cache: bool = True
    """Whether replies of models are kept on disk and used again for the same request."""

    # -- how a model is called -----------------------------------------------------------------

    temperature: float | None = Field(default=0.0, ge=0, le=2)
    """Randomness of replies; not sent to reasoning models, which do not take it."""
    max_tokens: int = Field(default=1024, ge=16, le=100_000)
    """How long a reply may be, in tokens. A model known to think before it answers, or told to by
    RAG_REASONING_EFFORT, gets eight times as many on top, a quarter of its window at most."""
    context: int | None = Field(default=None, ge=1024)
    """How many tokens the model reads; known for listed models, else 8192."""
    seed: int | None = None
    """Asks for repeatable replies, of servers that can."""
    reasoning_effort: Literal["none", "minimal", "low", "medium", "high", "xhigh"] | None = None
    """How long a reasoning model thinks; "none" leaves it no room to."""
    llm_timeout: float = Field(default=60.0, gt=0)
    """Seconds of silence after which a model is given up."""
    llm_deadline: float = Field(default=300.0, gt=0)
    """Seconds after which a reply is cut, however much is still coming."""
    llm_retries: int = Field(default=3, ge=0, le=10)
    """How often a call is repeated that failed for a passing reason; it waits as the server asks,
    at most 30 seconds, with jitter."""
    price_in: float | None = Field(default=None, ge=0)
    """US dollars per million tokens that the model of `llm` reads, before any table."""
    price_out: float | None = Field(default=None, ge=0)
    """US dollars per million tokens that it writes."""
    prices: Path | None = None
    """JSON file of the form of rag/models.json, whose prices come first."""

    # -- retrieval and checks ------------------------------------------------------------------

    k: int = Field(default=8, ge=1, le=100)
    """How many papers are retrieved for an answer."""
    queries: int = Field(default=1, ge=1, le=5)
    """How many queries a question is searched with; from 2 on a model writes the others."""
    rerank: str = "none"
    """What reorders the papers found: "none", "llm" (the model, listwise), or a cross-encoder's
    ONNX file, onnx/REPOSITORY on the Hugging Face hub or onnx/FOLDER; docs/models.md names some."""
    check: str = "auto"
    """What judges whether sentences are supported: "auto" (the model of `llm_check` where a model
    is set, else offline), "offline" (rules and a small network), "model", "none", or
    onnx/REPOSITORY-OR-FOLDER of a published NLI model as an ONNX file, such as
    onnx/cross-encoder/nli-deberta-v3-small; with any of them a number or a name that the abstract
    has otherwise is found by rule."""
    summaries: bool = False
    """Whether the model first summarises each paper for the question, one call a paper (PaperQA2's
    contextual summaries)."""

    # -- embeddings ----------------------------------------------------------------------------

    embedding: str = "minilm"
    """What embeds passages and questions: minilm (offline), openvino/minilm (the same, quicker on
    CPUs with AMX; extra openvino), onnx/REPOSITORY or onnx/FOLDER (a published model's ONNX file),
    openai/MODEL, huggingface/MODEL, ollama/MODEL (extras), and what other packages bring. After
    changing it run "rag rebuild"."""
    model_dir: Path | None = None
    """Folder with model.safetensors and tokenizer.json of all-MiniLM-L6-v2, when it is neither
    installed as a package nor in the Hugging Face cache."""
    base_url: str | None = None
    """Address of an OpenAI-compatible or Ollama server for embeddings."""
    threads: int | None = Field(default=None, ge=1)
    """How many processor threads embed, rerank and judge; all cores when not given."""

    # -- looking for a fault -------------------------------------------------------------------

    log: Literal["", "debug", "info", "warning", "error"] = ""
    """From which level on commands and the page log to stderr; nothing is changed when empty. With
    debug, every call of a model with the beginning of prompt and reply, never a key."""

    @property
    def server(self) -> Server | None:
        """Where vectors are kept, when not in `home`."""
        if self.chroma_url is None:
            return None
        return Server(self.chroma_url.rstrip("/"), self.chroma_token.get_secret_value())

    @classmethod
    def load(cls, base: Settings | None = None, **given: Any) -> Self:
        """These keywords over `base`, or else over the environment and `.env`.

        None counts where a setting may be None; elsewhere it is as if not given. Raises
        `ConfigError` with one sentence for the first wrong or unknown setting.
        """
        unknown = set(given) - set(cls.model_fields)
        if unknown:
            raise ConfigError(
                f"There is no setting {sorted(unknown)[0]!r}; "
                f"the settings are {', '.join(sorted(cls.model_fields))}."
            )
        optional = {name for name in given if _may_be_none(cls.model_fields[name].annotation)}
        given = {name: v for name, v in given.items() if v is not None or name in optional}
        try:
            settings = cls(**(base.model_dump() if base is not None else {}) | given)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            name = ".".join(str(part) for part in first["loc"])
            raise ConfigError(f"The setting {name} is not valid: {first['msg']}.") from None
        except UnicodeDecodeError:
            raise ConfigError("The file .env is not UTF-8 text; save it as that.") from None
        paths = {name: getattr(settings, name) for name in _PATHS}
        return settings.model_copy(
            update={name: path and path.expanduser() for name, path in paths.items()}
        )


def _may_be_none(annotation: object) -> bool:
    return type(None) in get_args(annotation)
