"""Names in questions (of methods, models, data sets, places), and whether a text has them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from rag.text.display import readable
from rag.text.english import is_english
from rag.text.tokens import STOP_WORDS, fold, pieces, squash

# A capital inside, several capitals, or letters with digits: LoRA-SB, BERT, GPT-4, W4A8, P$^2$.
_DISTINCTIVE = re.compile(
    r"(?<![\w$^-])"
    r"(?=[\w.^$+-]*(?:[A-Z][\w.^$+-]*[A-Z]|[A-Z][\w.^$+-]*\d|\d[\w.^$+-]*[A-Z]|[a-zμ][\w.^$+-]*[A-Z]))"
    r"[\w$^][\w.^$+-]*[\w$+]"
)
_PROPER = re.compile(r"(?<=[a-z,;:(] )[A-Z][a-z]{2,}[\w-]*|^[A-Z][a-z]{3,}(?=:)")
# A word with a capital or a digit inside, or one that begins with a capital.
_CAPITALISED = re.compile(r"\b(?:[A-Za-z]*[A-Z0-9][\w.^+-]*[A-Z0-9][\w.^+-]*|[A-Z][\w-]+)")
# Chinese, Japanese and Korean, written without a space before or after a name.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_MIXED = re.compile(r"[A-Za-z]\d|[a-z][A-Z]|[A-Z]{2}")
_NUMBERED = re.compile(r"[A-Z][\w.]*[-^]\d")
# Capitalised words in a row, small words between them: Chain of Thought, Reversal Curse; or one.
_TITLED = re.compile(
    r"(?<![\w-])[A-Z][\w-]*(?:(?:[ -](?:of|the|for|in|to|and|with|on|is|are))*[ -][A-Z][\w-]*)*"
)
# A size, a count or a dimension is no name: 770M, 3-7B, 2,048, 3D.
_MEASURE = re.compile(r"^[\d.,^x*-]+\s?[A-Za-z]{0,2}$")
GENERAL = frozenset(
    """2d 3d ai api cnn cpu dl dnn gpu id kv llm lm ml nlp nn ood plm rag slm sota uk us
    vlm""".split()
)
"""Abbreviations that anyone may use of any paper: a claim is not wrong for them."""
COMMON = GENERAL | frozenset(
    """co2 cv db dbms flop ir megaflop mllm mlm mlp ocr qa ram rl rlhf rnn sft svm tpu vit
    vram""".split()
)
"""These too say nothing about which paper is meant, though a claim may be wrong for them."""


def distinctive(text: str) -> list[str]:
    """Names that can only be names, as written, in order."""
    text = _UNSPACED.sub(" ", text)
    matches = (match.group().rstrip(".-") for match in _DISTINCTIVE.finditer(text))
    names = (_unsuffixed(name) for name in matches if name.isascii() or "μ" in name)
    return list(dict.fromkeys(n for n in names if not (_is_among(COMMON, n) or _MEASURE.match(n))))


def titled(text: str) -> list[str]:
    """Names that a paper may be titled with, in order: distinctive ones, several capitalised words
    in a row ("Mixture of Depths", "Reversal Curse"), and one that is no word of English (Mamba-2).
    """
    names = distinctive(text)
    for match in _TITLED.finditer(text):
        run = match.group().split()
        if match.start() == 0 and is_english(run[0].lower()):
            run = run[1:]  # It has its capital for opening the text.
        while run and (run[0].lower() in STOP_WORDS or _is_among(COMMON, run[0])):
            run = run[1:]
        if len(run) > 1 or run and len(run[0]) > 2 and not is_english(run[0].lower()):
            names.append(" ".join(run))
    return list(dict.fromkeys(names))


def is_plain_compound(name: str) -> bool:
    """Whether a name with hyphens is made of ordinary English words only: French-to-Dutch."""
    parts = name.split("-")
    return len(parts) > 1 and all(
        part.isalpha()
        and part[1:] == part[1:].lower()
        and (part.lower() in STOP_WORDS or is_english(part.lower()))
        for part in parts
    )


def is_name(word: str) -> bool:
    """Whether a word by itself can only be a name: FooNet, GPT-4, not Adam, LLMs or 4k.

    Not for names that a question asks for, as `distinctive` is: a word with capitals on both sides
    of a hyphen (Co-Training) is none here, and RLHF is one, since an abstract has it or has not.
    """
    if _is_among(GENERAL, word) or not any(map(str.isupper, word)):
        return False
    return bool(_NUMBERED.match(word)) or any(_MIXED.search(piece) for piece in pieces(word))


def is_common(name: str) -> bool:
    """Whether a name is an abbreviation that says nothing about which paper is meant."""
    return _is_among(COMMON, name)


def _is_among(abbreviations: frozenset[str], name: str) -> bool:
    """Whether a name is one of some abbreviations, in any case, or its plural or genitive."""
    return re.sub(r"s?(?:['’]s?)?$", "", name).lower() in abbreviations


def capitalised(text: str) -> list[str]:
    """Words with a capital or a digit, in order, without ordinary ones that open a sentence."""
    names: dict[str, None] = {}
    for match in _CAPITALISED.finditer(text):
        name = match.group().rstrip(".-")
        opens = match.start() == 0 or text[: match.start()].rstrip()[-1:] in ".!?]✓“‘„«"
        if len(name) > 1 and not (opens and name[1:].islower()):
            names.setdefault(name)
    return list(names)


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

    Another number is another name: GPT-4 is no slip of GPT-5; nor is Wanda one of PANDA, as hardly
    anybody slips on a first letter.
    """
    from rapidfuzz.distance import OSA

    sought = squash(name)
    allowed = 0 if len(sought) < 5 else 1 if len(sought) < 8 else 2
    words = {squash(word) for text in texts for word in readable(text).split()}
    return any(
        OSA.distance(sought, word, score_cutoff=allowed) <= allowed
        and _digits(word) == _digits(sought)
        and word[:1] == sought[:1]
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


def leading_name(title: str) -> str:
    """The name of a method that a title begins with ("ZipNN: …"), or ""."""
    head, colon, _ = readable(title).partition(":")
    return head if colon and " " not in head and head in distinctive(head) else ""


def short_title(title: str) -> str:
    """A title's few words before its colon ("ZipNN: …"); else the whole title, as it reads."""
    title = readable(title)
    head = title.partition(":")[0]
    return head if len(head.split()) <= 3 else title
