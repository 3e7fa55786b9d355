"""Plain text: paragraphs between empty lines, and a list of references at the end."""

from __future__ import annotations

import re

from rag.manuscript.document import BlockBuilder, Parsed, SourceText
from rag.manuscript.references import reference_list

_PARAGRAPH = re.compile(r"(?:[^\n]*\S[^\n]*(?:\n|\Z))+")


def read_plain(source: SourceText) -> Parsed:
    """A plain text, or what another tool answered with its sources below; the citations are still
    to be found in its blocks."""
    parsed = Parsed([source])
    listed = reference_list(source.text)
    parsed.references.update(listed.references)
    builder = BlockBuilder(source)
    at = 0
    for start, end in [*listed.regions, (len(source.text), len(source.text))]:
        for match in _PARAGRAPH.finditer(source.text, at, start):
            builder.add(match[0], match.start())
            if block := builder.take():
                parsed.blocks.append(block)
        at = end
    return parsed
