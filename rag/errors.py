"""What can go wrong, as five names. Front ends catch `RagError` and show its one sentence.

RagError            anything this package reports to its user
  ConfigError       a setting is missing or wrong, or an optional package is not installed
  CorpusError       a file or record cannot be read as papers
  StoreError        the library is missing, locked, damaged, or built with another model
  ModelError        a language or embedding model did not answer
"""


class RagError(Exception):
    """Base of every error that the user can act on; `str(error)` says how."""


class ConfigError(RagError):
    """A setting is missing or wrong, or an extra is not installed."""


class CorpusError(RagError):
    """A file or record cannot be read as papers."""


class StoreError(RagError):
    """The library is missing, locked, damaged, or built with another model."""


class ModelError(RagError):
    """A language or embedding model did not answer."""
