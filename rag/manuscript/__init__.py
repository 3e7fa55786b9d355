"""Manuscripts and other tools' answers: every cited sentence read against the papers it cites."""

from rag.manuscript.check import Progress, check_manuscript
from rag.manuscript.judging import KeptVerdicts, OfflineChecker
from rag.manuscript.read import FORMATS, read_manuscript
from rag.manuscript.report import FAIL_ON, CheckReport

__all__ = [
    "CheckReport",
    "FAIL_ON",
    "FORMATS",
    "KeptVerdicts",
    "OfflineChecker",
    "Progress",
    "check_manuscript",
    "read_manuscript",
]
