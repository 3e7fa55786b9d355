"""Markdown, also Pandoc's: markdown-it tells blocks, links and code apart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from rag.manuscript.document import (
    Block,
    BlockBuilder,
    Mark,
    Parsed,
    Reference,
    SourceText,
    shielded,
)
from rag.manuscript.prose import of_address
from rag.manuscript.references import of_records, reference_list

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT = re.compile(r"\A---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_NUMBER = re.compile(r"\[?\^?\d{1,3}\]?|source|link|doi|arxiv|pdf|https?://\S*", re.IGNORECASE)
"""What a link says that is no part of the sentence."""


def read_markdown(source: SourceText) -> Parsed:
    """A Markdown file; `references:` and `bibliography:` of its front matter are understood.

    Links to papers are citations already; others are still to be found in its blocks.
    """
    from markdown_it import MarkdownIt

    parsed = Parsed([source])
    text = source.text
    if front := _FRONT.match(text):
        _read_front_matter(front[1], parsed)
        text = re.sub(r"[^\n]", " ", front[0]) + text[front.end() :]
    listed = reference_list(text)
    parsed.references.update(listed.references)
    # "[1]: https://…" is an entry of a list of sources here, not a definition that vanishes; and
    # an escaped sign stays a token of its own, so that each token is found where it stands.
    reader = MarkdownIt("commonmark").enable("table").disable(["reference", "text_join"])
    for block in _blocks(source, reader.parse(text), parsed):
        if not any(start <= block.starts[0] < end for start, end in listed.regions):
            parsed.blocks.append(block)
    return parsed


def _read_front_matter(text: str, parsed: Parsed) -> None:
    import yaml

    try:
        front = yaml.safe_load(text)
    except yaml.YAMLError:
        parsed.notes.append("The front matter is no YAML; it was left out.")
        return
    if isinstance(front, dict):
        parsed.references.update(of_records(front.get("references")))
        named = front.get("bibliography")
        names = named if isinstance(named, list) else [named]
        parsed.bibliographies += [name for name in names if isinstance(name, str)]


def _blocks(source: SourceText, tokens: Sequence[Token], parsed: Parsed) -> Iterator[Block]:
    """What markdown-it holds for a line of text each: paragraphs, items, cells, headings."""
    starts = [0, *(n + 1 for n, char in enumerate(source.text) if char == "\n")]
    at = 0
    for token in tokens:
        if token.type == "inline" and token.map is not None:
            at = max(at, starts[token.map[0]])
            raw, places = _placed(source.text, token.content, at)
            builder = BlockBuilder(source)
            _Inline(builder, raw, places, parsed).read(token.children or [])
            at = places[-1] + 1 if places else at
            if block := builder.take():
                yield block


def _placed(text: str, content: str, at: int) -> tuple[str, list[int]]:
    """The content of a block, and where each character stands: lines lose "> " and indents."""
    places: list[int] = []
    for line in content.split("\n"):
        found = max(text.find(line, at), at)
        places += range(found, found + len(line) + 1)
        at = found + len(line)
    return content, [min(place, len(text) - 1) for place in places[: len(content)]]


class _Inline:
    """Goes through the tokens of a block, each found where it stands."""

    def __init__(self, builder: BlockBuilder, raw: str, places: list[int], parsed: Parsed) -> None:
        self._builder, self._raw, self._places, self._parsed = builder, raw, places, parsed
        self._at = 0

    def read(self, tokens: Sequence[Token]) -> None:
        link: tuple[str, int, list[Any]] | None = None
        for token in tokens:
            if token.type == "link_open":
                link = (str(token.attrs.get("href", "")), self._at, [])
                self._skip("<" if token.markup == "autolink" else "[")
            elif token.type == "link_close" and link is not None:
                self._link(*link, closing=">" if token.markup == "autolink" else "](")
                link = None
            elif link is not None:
                link[2].append(token)
            else:
                self._token(token)

    def _token(self, token: Token) -> None:
        if token.type == "text":
            self._text(token.content)
        elif token.type == "code_inline":
            self._skip(token.markup)
            self._text(token.content, reads=shielded(token.content))
            self._skip(token.markup)
        elif token.type == "text_special":
            self._text(token.markup, reads=shielded(token.content))
        elif token.type in ("softbreak", "hardbreak"):
            self._text("\n")
        elif token.type == "html_inline":
            raised = {"<sup>": "[", "</sup>": "]"}.get(token.content.lower(), "")
            self._text(token.content, reads=raised)
        elif token.type == "image":
            self._skip("](")
            self._skip(")")
        else:
            self._skip(token.markup)

    def _text(self, written: str, *, reads: str | None = None) -> None:
        """What stands in the source, as it stands or as `reads`."""
        found = self._raw.find(written, self._at)
        if found < 0 or not written:
            return
        self._at = found + len(written)
        if reads is None:
            for char, place in zip(written, self._places[found : self._at], strict=True):
                self._builder.add(char, place)
        else:
            self._builder.add(reads, self._places[found], self._places[self._at - 1] + 1)

    def _skip(self, written: str) -> None:
        found = self._raw.find(written, self._at) if written else -1
        self._at = found + len(written) if found >= 0 else self._at

    def _link(self, address: str, start: int, tokens: list[Any], *, closing: str) -> None:
        """A link to a paper is a citation, and what it says too unless that is only a number."""
        key = of_address(address, self._parsed.references)
        words = "".join(token.content for token in tokens)
        if key is None and words.strip("[]").isdigit():  # a source, wherever it is
            key = words.strip("[]")
            self._parsed.references.setdefault(key, Reference(key, address, url=address))
        if key is None or not _NUMBER.fullmatch(words.strip()):
            for token in tokens:
                self._token(token)
        self._skip(closing)
        if closing == "](":
            depth = 1
            while depth and self._at < len(self._raw):
                depth += {"(": 1, ")": -1}.get(self._raw[self._at], 0)
                self._at += 1
        if key is not None:
            end = self._places[min(self._at, len(self._places)) - 1] + 1
            self._builder.cite(Mark((key,)), self._places[start], end)
