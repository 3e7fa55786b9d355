"""Manuscripts and other tools' answers: every cited sentence read against the papers it cites."""

from rag.manuscript.check import check_manuscript
from rag.manuscript.judging import KeptVerdicts
from rag.manuscript.read import FORMATS, read_manuscript
from rag.manuscript.report import CheckReport
from rag.manuscript.results import FAIL_ON

__all__ = [
    "CheckReport",
    "FAIL_ON",
    "FORMATS",
    "KeptVerdicts",
    "check_manuscript",
    "read_manuscript",
]
