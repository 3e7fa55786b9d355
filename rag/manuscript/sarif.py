"""A check as SARIF 2.1.0 (OASIS, "Static Analysis Results Interchange Format", 2020)."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rag.manuscript.document import Place
from rag.manuscript.results import CheckedSentence, Missing, Results
from rag.manuscript.told import details
from rag.manuscript.told import missing as missing_in_words
from rag.text import squash, visible
from rag.types import wording

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_RULES = {
    "contradicted": ("error", "A cited paper says otherwise."),
    "partial": ("warning", "The cited papers say only a part of this."),
    "unverified": ("note", "The check cannot tell whether the cited papers say this."),
    "uncited": ("error", "The cited papers do not say this."),
    "missing": ("note", "The cited paper is not in the library, so nothing was checked."),
}
_FINGERPRINT = "citedSentence/v1"


def as_sarif(report: Results, *, all: bool = False) -> str:
    """The findings; with `all` what is not verified and what the library lacks, as notes."""
    results = _results(report.shown(all=all))
    if all:
        results += [_missing(one) for one in report.missing]
    rules = [
        {
            "id": name,
            "shortDescription": {"text": text},
            "defaultConfiguration": {"level": level},
        }
        for name, (level, text) in _RULES.items()
    ]
    run = {
        "tool": {"driver": {"name": "Paper RAG", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, ensure_ascii=False, indent=2)


def _results(sentences: Sequence[CheckedSentence]) -> list[dict[str, Any]]:
    seen: Counter[str] = Counter()
    results = []
    for one in sentences:
        told = [f"{label}: {text}" for label, text in details(one)]
        message = ". ".join([f"“{visible(one.text)}” {wording.SUPPORT[one.support]}", *told])
        digest = _digest(one.support, one.text, *one.keys)
        seen[digest] += 1
        results.append(_result(one.support, message, one.place, f"{digest}:{seen[digest]}"))
    return results


def _missing(one: Missing) -> dict[str, Any]:
    digest = _digest("missing", one.work.reference.key)
    message = f"Not in the library: {missing_in_words(one)}"
    return _result("missing", message, one.places[0], f"{digest}:1")


def _result(rule: str, message: str, place: Place, fingerprint: str) -> dict[str, Any]:
    region = {
        "startLine": place.line, "startColumn": place.column,
        "endLine": place.end_line, "endColumn": place.end_column,
    }  # fmt: skip
    location = {"artifactLocation": {"uri": _uri(place.file)}, "region": region}
    return {
        "ruleId": rule,
        "ruleIndex": list(_RULES).index(rule),
        "level": _RULES[rule][0],
        "message": {"text": message},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {_FINGERPRINT: fingerprint},
    }


def _digest(*parts: str) -> str:
    """The same wherever in the manuscript a sentence stands, and however it is wrapped."""
    return hashlib.sha256("\0".join(map(squash, parts)).encode()).hexdigest()[:32]


def _uri(name: str) -> str:
    """The file relative to where the command runs, which code hosts take for the repository."""
    path = Path(name)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
