"""`rag check`: a manuscript read against the papers that it cites."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from rag.atomic import replace_text
from rag.cli import console
from rag.errors import UsageError
from rag.manuscript import FAIL_ON, CheckReport

if TYPE_CHECKING:
    from rag.settings import Settings

FORMS = ("text", "json", "html", "md", "sarif")


def check(
    settings: Settings,
    file: str,
    bibliographies: Sequence[str],
    *,
    format: str,
    out: Path | None,
    fail_on: str,
    all: bool,
    fresh: bool,
) -> bool:
    """Print the report, or write it; whether nothing fails the check."""
    from rag.assistant import Assistant

    if format not in FORMS:
        raise UsageError(f"--format is one of: {', '.join(FORMS)}.")
    if fail_on not in FAIL_ON:
        raise UsageError(f"--fail-on is one of: {', '.join(FAIL_ON)}.")
    with Assistant(settings).open() as assistant, console.progress(quiet=True) as progress:
        report = assistant.check(
            file if file == "-" else Path(file), bibliography=bibliographies, fresh=fresh,
            progress=progress,
        )  # fmt: skip
    text = _told(report, format, all).rstrip("\n") + "\n"
    if out is None:
        print(text, end="")
    else:
        replace_text(out, text)
        console.talk(f"{report.summary} Written to {out}.")
    return not report.of(fail_on)


def _told(report: CheckReport, format: str, all: bool) -> str:
    if format == "json":
        return console.as_json(report.to_dict(), indent=2)
    if format == "html":
        return report.to_html()
    told = {"text": report.to_text, "md": report.to_markdown, "sarif": report.to_sarif}
    return told[format](all=all)
