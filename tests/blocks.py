"""The code blocks of the documents, so that tests can run them.

What a block's language says: `python` is run, with `await` allowed; `sh` holds commands that must
succeed; `console` holds commands after `$ ` and what they print, where `…` stands for anything and
line breaks and seconds do not count; `json`, `toml` and `yaml` must be that. A block that cannot
run here has a comment on the line before it: `<!-- not run: why -->`. One without a language is a
drawing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from tests import ROOT

DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LANGUAGES = ("python", "sh", "console", "json", "toml", "yaml", "")
_BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<reason>.+?) -->\n+)?```(?P<language>\S*)\n(?P<code>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A fenced block of a document."""

    path: Path
    line: int
    """Of its first line of code, from 1."""
    language: str
    code: str
    not_run: str
    """Why it is not run; "" when it is."""

    @property
    def name(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def steps(self) -> list[tuple[str, str]]:
        """The commands of a `console` block, each with what it prints, or of a `sh` block."""
        if self.language == "sh":
            return [(line, "") for line in self.code.splitlines() if line.strip()]
        parts = re.split(r"^\$ (.*)\n?", self.code, flags=re.MULTILINE)
        return list(zip(parts[1::2], parts[2::2], strict=True))


def blocks() -> list[Block]:
    """All blocks of the documents, in order."""
    return [
        Block(
            path, text.count("\n", 0, match.start("code")) + 1, match["language"], match["code"],
            match["reason"] or "",
        )
        for path in DOCUMENTS
        for text in [path.read_text(encoding="utf-8")]
        for match in _BLOCK.finditer(text)
    ]  # fmt: skip


def as_shown(text: str) -> str:
    """Text without what does not count: line breaks, and how many seconds something took."""
    return " ".join(re.sub(r"\b\d+\.\d+ s\b", "… s", text).split())


def matches(shown: str, printed: str) -> bool:
    """Whether a command printed what a document shows."""
    parts = [re.escape(part.strip()) for part in as_shown(shown).split("…")]
    return re.fullmatch(r"\s*.*?\s*".join(parts), as_shown(printed)) is not None
