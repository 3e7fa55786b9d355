"""Language models of any provider behind one small interface: prompts, calls, failures, prices."""

from rag.llm.backends import ROLES, Backend, Role, backend_for, require_key, without_secrets
from rag.llm.background import Stop
from rag.llm.cache import ReplyCache
from rag.llm.failures import Endpoint
from rag.llm.model import LanguageModel, as_language_model, ask_helper, probe
from rag.llm.pricing import dollars
from rag.llm.prompts import GAP, KEY, fenced, plain
from rag.llm.roles import check_models, models
from rag.llm.thinking import Thinking
from rag.llm.usage import RunContext, UsageMeter

__all__ = [
    "Backend",
    "Endpoint",
    "GAP",
    "KEY",
    "LanguageModel",
    "ROLES",
    "ReplyCache",
    "Role",
    "RunContext",
    "Stop",
    "Thinking",
    "UsageMeter",
    "as_language_model",
    "ask_helper",
    "backend_for",
    "check_models",
    "dollars",
    "fenced",
    "models",
    "plain",
    "probe",
    "require_key",
    "without_secrets",
]
