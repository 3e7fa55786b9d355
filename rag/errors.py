"""What can go wrong, as a few names. Front ends catch `RagError` and show its one sentence.

RagError            anything this package reports to its user
  ConfigError       a setting is missing or wrong, or an optional package is not installed
    UsageError      so is an argument
  CorpusError       a file or record cannot be read as papers
  StoreError        the library is missing, locked, damaged, or built with another model
  ModelError        a language or embedding model did not answer
"""

from typing import Literal

Failure = Literal[
    "key", "model", "quota", "rate", "context", "parameter", "server", "timeout", "connection",
    "dropped", "malformed", "empty", "uncited", "endless", "stopped", "rejected",
]  # fmt: skip
"""How a language model failed; docs/models.md says what a user sees of each."""


class RagError(Exception):
    """Base of every error that the user can act on; `str(error)` says how."""


class ConfigError(RagError):
    """A setting is missing or wrong, or an extra is not installed."""


class UsageError(ConfigError):
    """An argument is missing or wrong."""


class CorpusError(RagError):
    """A file or record cannot be read as papers."""


class StoreError(RagError):
    """The library is missing, locked, damaged, or built with another model."""


class ModelError(RagError):
    """A language or embedding model did not answer."""

    def __init__(
        self,
        message: str,
        kind: Failure = "rejected",
        *,
        retry_after: float | None = None,
        parameter: str = "",
    ) -> None:
        super().__init__(message)
        self.kind: Failure = kind
        self.retry_after = retry_after
        """Seconds that the server asks to wait for."""
        self.parameter = parameter
        """The request's parameter that the model does not take."""


def missing_extra(what: str, extra: str) -> ConfigError:
    """The error of something whose packages come with an extra."""
    return ConfigError(
        f"{what} needs a package that is not installed: run `pip install 'paper-rag[{extra}]'`."
    )
