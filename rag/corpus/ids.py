"""Identifiers of papers: DOIs, arXiv ids, and the id that the library files a paper under."""

from __future__ import annotations

import hashlib
import re
import unicodedata

_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/\S+)", re.IGNORECASE)
_ARXIV = re.compile(
    r"(?:https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*)?"
    r"(\d{4}\.\d{4,5}|[a-z-]+(?:\.[a-z]{2})?/\d{7})(?:v\d+)?(?:\.pdf)?",
    re.IGNORECASE,
)


def normal_doi(text: str) -> str | None:
    """The DOI in lower case without resolver or scheme; None if the text is no DOI."""
    match = _DOI.fullmatch(text.strip())
    return match[1].lower() if match else None


def normal_arxiv_id(text: str) -> str | None:
    """The arXiv id without "arXiv:", address and version; None if the text is none."""
    match = _ARXIV.fullmatch(text.strip())
    return match[1] if match else None


def paper_id(*, doi: str | None, arxiv_id: str | None, title: str) -> str:
    """12 hexadecimal digits that are the same wherever the paper comes from.

    They are the head of the SHA-256 of the DOI if there is one, else of the arXiv id without its
    version, else of the title's letters and digits (NFKD, lower case).
    """
    if doi:
        key = "doi:" + (normal_doi(doi) or doi.strip().lower())
    elif arxiv_id:
        key = "arxiv:" + (normal_arxiv_id(arxiv_id) or arxiv_id.strip())
    else:
        folded = unicodedata.normalize("NFKD", title).lower()
        # A title of nothing but signs still needs an id of its own.
        key = "title:" + ("".join(filter(str.isalnum, folded)) or title.strip())
    return hashlib.sha256(key.encode()).hexdigest()[:12]
