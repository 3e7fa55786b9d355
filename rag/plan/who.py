"""Conditions on authors: "papers by Lee", "what has J. Müller written?", "Lee 2019"."""

from __future__ import annotations

import re
from functools import partial

from rag.plan.names import PARTICLES, People
from rag.plan.scan import CARRIER, PUBLISH, TAKEN, Scan
from rag.types import Filters

# A surname in a question may also be a word, a method, a place.
WORDS = frozenset(
    """adam young rose west north south east long short stone wood woods field fields hill brook
    park best good bush baker cook king price power powers rich sharp small snow strong wise wolf
    fox frost gray green brown black white read day may june april august summer winter early
    love child church cross gates hall hunt lake law little low marsh mason mercy moon page pool
    reed river rivers sands shore singer speed spring star swift tree van wall walls waters weeks
    word wright he she you we us so an in on do go no to see song sun lu li ma he han bo min hub
    bach newton gauss bayes markov laplace fisher fourier kalman gibbs monte carlo gamma beta
    marsden ward bell field stern gold silver mark will art bill grant drew dale may faith hope
    joy grace dawn amber iris basil penny robin jay heath cliff glen ray""".split()
)
_FUNCTION = frozenset(
    """about on in of from for with and or at since before after between until is are was were do
    does did have has had that which who there by to the a an per over during regarding dealing
    deal write written wrote publish published papers paper articles publications seit von über zu
    depuis sur sobre desde entre et und y i in together here so please what when where only still
    work worked not but find found say said show et colleagues together al
    en aux mit dans avec con im hat haben ist sind est""".split()
)
_N = r"(?:[^\W\d_](?:[\w'’.-]*[\w.])?)"
_RUN = rf"(?P<n>{_N}(?:,? (?:and |& |und |et |y |or )?{_N}){{0,11}})"
_FLAGS = re.IGNORECASE
_WROTE = (
    r"(?:written?|wrote|write|writes|publish(?:ed|es)?|author(?:ed)?|co-?author(?:ed|s)?"
    r"|work(?:ed)?"
    r"|contribute[ds]?|say|find|found|done|have|appear|geschrieben|veröffentlicht|publiziert"
    r"|écrit|publié|escrito|publicado)"
)
# How sure a form is: an unknown name is plainly asked for; only a known one counts; only one
# written out counts.
_PLAIN, _KNOWN, _WHOLE = "plain", "known", "whole"
_FORMS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, flags), sure)
    for pattern, flags, sure in (
        (rf"(?:\b{CARRIER}|\b(?:written|authored|published|work|anything) ?|{TAKEN})\s+"
         rf"(?:co-?)?(?:written |authored |published )?(?:by|von|par|por)\s+(?:the )?"
         rf"(?:authors? |named |called )*{_RUN}", _FLAGS, _PLAIN),
        (rf"(?:\b(?:written|authored|co-?authored|geschrieben|écrits?|escritos?) (?:by|von|par"
         rf"|por))"
         rf"\s+{_RUN}", _FLAGS, _PLAIN),
        (rf"\bauthors? (?:is |are |named |called |name |= ?|: ?)+{_RUN}", _FLAGS, _PLAIN),
        (rf"\b(?:publicó|escribió|publicaron|escribieron)\s+{_RUN}", _FLAGS, "verb"),
        (rf"\b(?:did|has|have|had|does|hat|haben|ha)\s+{_RUN}", _FLAGS, "verb"),
        (rf"\b{_RUN}\s*(?:and colleagues|and co-?workers|et al\.?|and others)", 0, _KNOWN),
        (rf"\b{_RUN}['’]s?\s+(?:\w+ ){{0,2}}{CARRIER}\b", 0, _KNOWN),
        (rf"\b(?:{CARRIER}|authors?|by|number|count|worked with|with|paper|latest)(?: (?:of|from|by"
         rf"|de|von|von der|du))*\s+(?:authors? )?{_RUN}", _FLAGS, _KNOWN),
        (rf"\b{CARRIER} (?:of|from|de|von|du) {_RUN}", _FLAGS, "small"),
        (rf"\bby\s+{_RUN}", _FLAGS, _KNOWN),
        (rf"^(?:is|are|any|count|give me|list|find|show me|show)?\s*{_RUN}(?=\s*(?:$|[?:.]|{TAKEN}"
         rf"|in (?:the|this|your) library|{CARRIER}\b|(?:19|20)\d\d\b|number of|papers?\b|wrote"
         rf"|writes|published))",
         _FLAGS, "bare"),
        (rf"\b{_RUN}", 0, _WHOLE),
    )
)  # fmt: skip
_CJK_NAME = re.compile(
    r"(?P<n>[A-Za-zÀ-ž][A-Za-zÀ-ž'’. -]*[A-Za-zÀ-ž])"
    r"\s*(?:的|在|自|从|发表|写|和)?(?=[\u4e00-\u9fff\ue000])"
)
# What may follow a name and belongs to it.
_OTHERS = re.compile(
    r"^['’]?s?(?:,? (?:et al\.?|and (?:colleagues|co-?workers|co-?authors|others|(?:his|her|their)"
    r" (?:colleagues|co-?workers|group|team))))?", _FLAGS,
)  # fmt: skip
_NOT_NAMES = re.compile(
    r"(?:years?|authors?|venues?|journals?|conferences?|decades?|keywords?|sources?|files?|topics?"
    r"|countr(?:y|ies)|month|default|far|hand|the|each|every|all|any|which|whom|what|title|doi"
    r"|means|using|date|subject|category|name|number|others|somebody|someone|this|these|you"
    r"|your)\b",
    _FLAGS,
)


class Authors:
    """Authors as they are read; a paper must be by each of them."""

    def __init__(self, people: People) -> None:
        self._people = people
        self.filters = Filters()
        self.missing: list[str] = []
        self.said: list[str] = []
        """The names as they were typed."""

    def read(self, scan: Scan) -> None:
        """The authors that the question asks for, taken out of it."""
        for pattern, sure in _FORMS:
            scan.take(pattern, partial(self._run, sure=sure))
        if re.search(r"[\u4e00-\u9fff]", scan.text):
            scan.take(_CJK_NAME, partial(self._run, sure=_KNOWN))
            scan.take(_cjk_names(self._people), self._written_out)

    def _run(self, match: re.Match[str], *, sure: str) -> str | None:
        """Names at the beginning of a run of words, and what is left of the match."""
        start = match.start("n") - match.start()
        words = match["n"].split(" ")
        if sure == _WHOLE:
            return self._anywhere(match[0], words)
        if _NOT_NAMES.match(match["n"]):
            return None
        used, read = 0, False
        while used < len(words):
            joined = words[used].lower() in ("and", "&", "und", "et", "y", "or")
            at = used + joined if read else used
            size, names = self._longest(words[at:], sure, match.string[match.end() :])
            if not size:
                break
            either = read and words[used].lower() == "or"
            self._keep(" ".join(words[at : at + size]), names, either=either)
            read, used = True, at + size
        if not read:
            return None
        rest = match[0][start + len(" ".join(words[:used])) :]
        rest = _OTHERS.sub("", rest)
        return f"{match[0][:start]}{TAKEN} {rest}"

    def _longest(self, words: list[str], sure: str, after: str) -> tuple[int, tuple[str, ...]]:
        """How many words are a name, and of whom; nobody when it is unknown but plainly a name."""
        most = min(len(words), 5)
        for size in range(most, 0, -1):
            text = " ".join(words[:size]).strip(",.’'")
            text = re.sub(r"['’]s$", "", text)
            followed = words[size] if size < len(words) else after.strip()[:1]
            names = self._people.exact(text, whole=size > 1 and sure == "bare")
            if names and self._is_name(words[:size], followed, sure):
                return size, names
        for size in range(most, 0, -1):
            text = " ".join(words[:size]).strip(",.’'")
            followed = words[size] if size < len(words) else after.strip()[:1]
            if self._could_be(words[:size], sure) and _ends(followed):
                if names := self._people.near(text):
                    return size, names
        return self._unknown(words, after) if sure == _PLAIN else (0, ())

    def _is_name(self, words: list[str], followed: str, sure: str) -> bool:
        """Whether a known name is meant as one, and not as the word that it also is."""
        if len(words) > 1:
            return words[-1].lower() not in _FUNCTION
        word = re.sub(r"['’]s$", "", words[0])
        capital = word[0].isupper() or not word.isascii()
        if word.lower() in _FUNCTION:
            return False
        # "by Taylor expansion" is of no Taylor.
        if not _ends(followed):
            return False
        if word.lower() in WORDS:
            return capital and sure in (_PLAIN, "verb")
        return capital or sure in (_PLAIN, "verb", "bare", "small")

    def _could_be(self, words: list[str], sure: str) -> bool:
        told = [word for word in words if word.lower() not in PARTICLES]
        if not told or any(word.lower() in _FUNCTION | WORDS for word in told):
            return False
        capitals = all(word[0].isupper() for word in told)
        # "Speedups of" begins a question with a capital, and is no slip of a name.
        return sure == _PLAIN or (capitals and (sure != "bare" or len(told) > 1))

    def _unknown(self, words: list[str], after: str) -> tuple[int, tuple[str, ...]]:
        """A name that no paper carries, where the form leaves no doubt that it is one."""
        size = 0
        while size < min(len(words), 4) and words[size][0].isupper():
            size += 1
        small = size < len(words) and words[size].lower() not in _FUNCTION
        if not size or small or words[0].lower() in _FUNCTION:
            return 0, ()
        if any(len(re.findall("[A-Z]", w)) > 1 and w.isalnum() for w in words[:size]):
            return 0, ()  # LoRA, BERT: a method's name
        return size, ()

    def _anywhere(self, text: str, words: list[str]) -> str | None:
        """Names written out with capitals, wherever they stand."""
        for at in range(len(words) - 1):
            for size in range(min(5, len(words) - at), 1, -1):
                some = words[at : at + size]
                name = re.sub(r"['’]s$", "", " ".join(some).strip(",.’'"))
                whole = len(some[0].strip(".")) > 1 and some[0][0].isupper()
                names = self._people.exact(name, whole=True) if whole else ()
                if names and some[-1][0].isupper():
                    self._keep(name, names)
                    return " ".join([*words[:at], TAKEN, *words[at + size :]])
        return None

    def _written_out(self, match: re.Match[str]) -> str:
        self._keep(match[0], self._people.exact(match[0]))
        return f" {TAKEN} "

    def _keep(self, text: str, names: tuple[str, ...], *, either: bool = False) -> None:
        text = re.sub(r"['’]s?$", "", text.strip(",.’' "))
        if not names:
            self.missing.append(f"an author named {text}")
            self.filters = self.filters.also(Filters(author=text))
        elif either and not self.filters.beside:
            both = dict.fromkeys((*self.filters.authors, *names))
            self.filters = Filters(authors=tuple(both))
        else:
            self.filters = self.filters.also(Filters(authors=names))
        self.said.append(text)


def _ends(followed: str) -> bool:
    """Whether a name may end before this word: no other word of a name or of a noun follows."""
    ahead = followed.lower().strip(".,?:;")
    if not ahead[:1].isalpha() or "\u4e00" <= ahead[0] <= "\u9fff" or ahead in _FUNCTION:
        return True
    return bool(re.fullmatch(rf"{CARRIER}|{PUBLISH}", ahead, _FLAGS))


def _cjk_names(people: People) -> re.Pattern[str]:
    names = [name for name in people.names if re.search(r"[\u4e00-\u9fff]", name)]
    return re.compile("|".join(map(re.escape, names)) or r"(?!)")
