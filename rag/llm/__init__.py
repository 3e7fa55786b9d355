"""Language models of any provider behind one small interface: prompts, calls, failures, prices."""

from rag.llm.background import Stop
from rag.llm.failures import Endpoint
from rag.llm.model import LanguageModel
from rag.llm.pricing import listed
from rag.llm.prompts import GAP, KEY, Message, fenced, plain
from rag.llm.providers import ROLES, Backend, Role, backend, require_key, without_secrets
from rag.llm.roles import check_models, models, probe
from rag.llm.usage import RunContext, UsageMeter

__all__ = [
    "Backend",
    "Endpoint",
    "GAP",
    "KEY",
    "LanguageModel",
    "Message",
    "ROLES",
    "Role",
    "RunContext",
    "Stop",
    "UsageMeter",
    "backend",
    "check_models",
    "fenced",
    "listed",
    "models",
    "plain",
    "probe",
    "require_key",
    "without_secrets",
]
