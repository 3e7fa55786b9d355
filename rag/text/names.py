"""Names in questions (of methods, models, data sets, places), and whether a text has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.text.display import readable
from rag.text.tokens import fold, squash

# A capital inside, several capitals, or letters with digits: LoRA-SB, BERT, GPT-4, W4A8, P$^2$.
_DISTINCTIVE = re.compile(
    r"(?<![\w$^-])"
    r"(?=[\w.^$+-]*(?:[A-Z][\w.^$+-]*[A-Z]|[A-Z][\w.^$+-]*\d|\d[\w.^$+-]*[A-Z]|[a-zμ][\w.^$+-]*[A-Z]))"
    r"[\w$^][\w.^$+-]*[\w$+]"
)
_PROPER = re.compile(r"(?<=[a-z,;:(] )[A-Z][a-z]{2,}[\w-]*|^[A-Z][a-z]{3,}(?=:)")
# A size, a count or a dimension is no name: 770M, 3-7B, 2,048, 3D.
_MEASURE = re.compile(r"^[\d.,^x*-]+\s?[A-Za-z]{0,2}$")
# Field-wide abbreviations say nothing about which paper is meant.
_COMMON = frozenset(
    """AI API CNN CNNs CPU CPUs CO2 CV DB DBMS DBMSs DNN DNNs FLOP FLOPs megaFLOPs
    GPU GPUs IR LLM LLMs LM LMs ML MLM MLP MLPs MLLM MLLMs NLP NN NNs OCR OOD PLM PLMs QA RAG RAM
    RL RLHF RNN RNNs SFT SOTA SVM TPU TPUs VLM VLMs VRAM ViT ViTs""".split()
)


def distinctive(text: str) -> list[str]:
    """Names that can only be names, as written, in order."""
    found = (match.group().rstrip(".-") for match in _DISTINCTIVE.finditer(text))
    names = (_unsuffixed(name) for name in found if name.isascii() or "μ" in name)
    return list(dict.fromkeys(n for n in names if n not in _COMMON and not _MEASURE.match(n)))


def proper(text: str) -> list[str]:
    """Capitalised words in mid-sentence: names of places and people, or of methods."""
    return list(dict.fromkeys(match.group() for match in _PROPER.finditer(text)))


def mentions(text: str, name: str) -> bool:
    """Whether a text holds the name as words of their own, whatever its hyphens, case and accents.

    A name of up to three letters must be written as it is: "AP" is not the end of "adapt".
    """
    if len(squash(name)) <= 3:
        pattern, text = re.compile(rf"(?<![^\W_]){re.escape(name)}s?(?![^\W_])"), readable(text)
    else:
        pattern, text = _spelling(squash(name)), fold(readable(text))
    return bool(pattern.search(text))


def misspelt(texts: Iterable[str], name: str) -> bool:
    """Whether a text has a word that the name may be a slip of: 1 letter off, or 2 of 8 or more.

    Another number is another name: GPT-4 is no slip of GPT-5.
    """
    from rapidfuzz.distance import OSA

    sought = squash(name)
    allowed = 0 if len(sought) < 5 else 1 if len(sought) < 8 else 2
    words = {squash(word) for text in texts for word in readable(text).split()}
    return any(
        OSA.distance(sought, word, score_cutoff=allowed) <= allowed
        and _digits(word) == _digits(sought)
        for word in words
    )


def _digits(name: str) -> str:
    return "".join(filter(str.isdigit, name))


@lru_cache(maxsize=256)
def _spelling(name: str) -> re.Pattern[str]:
    """The name's letters and digits with any punctuation or spaces between them."""
    return re.compile(r"(?<![^\W_])" + r"[\W_]?".join(map(re.escape, name)) + r"s?(?![^\W_])")


def mentioned(texts: Iterable[str], name: str) -> bool:
    return any(mentions(text, name) for text in texts)


def _unsuffixed(name: str) -> str:
    """RLHF-tuned is RLHF; an ordinary word behind the hyphen is no part of the name."""
    head, _, tail = name.rpartition("-")
    return head if head and tail.islower() and len(tail) > 3 else name
