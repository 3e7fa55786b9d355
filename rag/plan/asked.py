"""Which stored fields a question asks for, by what it counts, and in which order."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple, cast

from rag.plan.scan import CARRIER, TAKEN, Scan
from rag.types import StoredField

Order = Literal["newest", "oldest", "most"]


class Asked(NamedTuple):
    """What is asked of the papers."""

    fields: tuple[StoredField, ...] = ()
    by: StoredField | None = None
    order: Order | None = None
    unheld: tuple[str, ...] = ()
    """What is asked for that no library holds, as a noun."""


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_OUT = (
    r"(?:publish(?:ed)?|appear(?:ed)?|come out|came out|written|released|presented|printed|proposed"
    r"|introduced|accepted|first \w+)"
)
_BE = r"(?:was|were|is|are|did|has|have|had|been)"
_FIELDS: tuple[tuple[StoredField, re.Pattern[str]], ...] = (
    ("author", _any_of(
        r"\bwho(?:['’]?s| is| are| was| were)?(?: the)?(?: first| last| senior| corresponding)?"
        r" authors?\b(?: of)?",
        r"\bwho (?:all )?(?:wrote|worte|published|proposed|introduced|invented|developed|created"
        r"|came up with|authored|conducted|did|ran|carried out|is behind|made|writes?|worked"
        r"|works)\b",
        r"\bwho (?:has|have) (?:written|published|proposed)\b",
        r"\bby whom\b(?: was| were)?", r"\bwhose (?:paper|work|study|article)\b",
        r"\bwith whom\b", r"\bco-?authors?\b", r"\bwho (?:has|have|did)\b[^?]*\bwork(?:ed)? with\b",
        r"\b(?:number of |how many |which |what |list (?:all )?|name |all |the |give me )*"
        r"(?:different |distinct |first |last )*(?:the )?authors?\b(?: names?"
        r"| list)?(?: are there)?(?: of)?",
        r"\bhow many (?:people|researchers|scientists) (?:wrote|published|worked)\b",
        r"\bwer (?:hat|schrieb|sind die autoren)\b(?=.*(?:geschrieben|veröffentlicht|autor"
        r"|schrieb))"
        r"|\bgeschrieben\b(?=\?|$)", r"\bautor(?:en|in|es|a|as)?\b", r"\bauteurs?\b(?: de)?",
        r"\bqui (?:a|ont) (?:écrit|publié|rédigé)\b", r"\bqui[eé]n(?:es)? (?:escribi[óo]|es"
                                                      r"|public[óo])\w*",
        r"谁写了?|作者(?:是谁)?|谁发表",
    )),
    ("year", _any_of(
        rf"\bw[eh]{{1,2}}n {_BE}\b(?=.*\b{_OUT}\b)", r"(?<=and )\bwhen\b", r"^when {_BE}\b",
        r"\b(?:in )?(?:what|which) years?\b(?: (?:is|was|were|did|does|do|are|has|have))?",
        r"\b(?:the )?(?:publication (?:year|date)|year of publication"
        r"|date of publication)\b(?: of)?",
        r"\bhow (?:old|recent) (?:is|are)\b", r"\bhow many years\b|\byears (?:are )?covered\b",
        r"\bin welchem jahr\b|\bwann (?:wurde|ist|erschien)\b", r"\ben quelle année\b|\bquand\b",
        r"\b(?:en )?qué año\b|\bcu[aá]ndo\b", r"(?:是)?(?:哪|那)一?年|什么时候|何时",
    )),
    ("venue", _any_of(
        rf"\bwhere {_BE}\b(?=.*\b{_OUT}\b)", r"(?<=and )\bwhere\b",
        r"\b(?:in |at )?(?:what|which)(?: different)? (?:journals?|conferences?|venues?|proceedings"
        r"|symposi(?:um|a)|workshops?|magazines?)\b(?: (?:is|was|were|did|are|does|has|have"
        r"|there))*",
        r"\b(?:number of |how many |list (?:all )?|all (?:the )?)(?:different |distinct )*(?:the )?"
        r"(?:journals|conferences|venues)\b",
        r"\bvenues? of\b|\bjournal of publication\b|\bthe (?:journal|venue)(?= of|\?|$)",
        r"\b(?:in )?welche[rmns]? (?:zeitschrift(?:en)?|konferenz)\b|\bwo (?:wurde|ist|erschien)\b",
        r"\b(?:dans )?quelles? (?:revues?|conférences?)\b|\boù\b",
        r"\b(?:en )?qué revistas?\b|\bdónde\b",
        r"(?:发表)?在?(?:哪个|什么)?(?:期刊|会议|杂志)|发表在哪里?",
    )),
    ("doi", _any_of(r"\b(?:the )?dois?\b(?: of| for)?")),
    ("url", _any_of(
        r"\b(?:the )?(?:link|url|web ?(?:site|page)|(?:web )?address(?= of| to)|"
        r"arxiv (?:id|link|number))\b(?: to| of| for)?",
        r"\bwhere can (?:i|we|one) (?:find|read|download|get)\b",
    )),
    ("keyword", _any_of(
        r"\b(?:which |what |the |list (?:all )?|all |how many |number of )*(?:key ?words|tags)\b"
        r"(?: (?:are|does|do|of|there))*",
    )),
    ("source", _any_of(
        r"\b(?:which|what) (?:source )?(?:files?|sources?)\b(?: (?:is|are|was|were))?",
    )),
    ("paper", _any_of(
        r"\b(?:the )?(?:bibtex|bibtx)(?: entry)?\b(?: (?:of|for))?",
        r"\b(?:how (?:do|should|can|to) (?:i )?)?cite\b", r"\b(?:export )?the citation (?:for"
                                                          r"|of)\b",
        r"\bpaper citation$", r"\b(?:the )?abstract of\b", r"\b(?:what(?:['’]s"
                                                           r"| is) the )?title of the\b",
    )),
)  # fmt: skip
_NAMES: dict[str, StoredField] = {
    "year": "year", "annum": "year", "jahr": "year", "an": "year", "année": "year", "año": "year",
    "journal": "venue", "venue": "venue", "conference": "venue", "zeitschrift": "venue",
    "revue": "venue", "revista": "venue", "author": "author", "person": "author",
    "researcher": "author", "autor": "author", "auteur": "author", "keyword": "keyword",
    "tag": "keyword", "source": "source", "file": "source", "scientist": "author",
}  # fmt: skip
_N = "|".join(sorted(_NAMES, key=len, reverse=True))
_BY = _any_of(
    rf"(?:\b(?:broken down|grouped|split|counted|sorted|distribution|listed))?\s*\b(?:per|by"
    rf"|for each"
    rf"|for every|in each|in every|from each|over the|pro|par|por|je)"
    rf" (?:(?:publication|single|individual) )?(?P<by>{_N})s?\b(?! \d)",
    r"(?P<year>每年)",
)
_CARRIES = _any_of(
    r"\b(?:have|has|with|without|lack(?:s|ing)?|carr(?:y|ies|ying)|no)(?: (?:an?|any|no|known))*"
    r" (?P<f>year|author|venue|journal|doi|url|keyword)s?\b(?= and\b|\s*$)"
)
_MOST = _any_of(
    rf"\b(?:(?:which|what) )?(?P<a>{_N})s?\b[^?]*?\b(?:(?:the )?most(?: often"
    rf"| frequently)?(?: {CARRIER})?)\b",
    rf"\b(?:the )?(?:most|busiest|top)(?: \d+)?(?: (?:common|frequent|prolific|productive|active"
    rf"|popular|used"
    rf"|published|represented))? (?:\w+ )?(?P<b>{_N})s?\b",
    rf"\b(?P<who>who)\b[^?]*?\b(?:the )?most(?: often)?(?: {CARRIER})?(?=\s*$| (?:about|on|in"
    rf"|of)\b|.?{TAKEN})",
)
_NOUN = (
    r"(?:paper|papers|article|articles|study|studies|work|works|publication|publications|one|ones)"
)
_ORDERS: tuple[tuple[Order, re.Pattern[str]], ...] = (
    ("newest", _any_of(
        r"\b(?:the )?(?:newest|most recent(?:ly published)?)\b",
        rf"\b(?:the )?(?:latest|last)\b(?=(?: \w+){{0,2}} {_NOUN}\b)", r"\b(?:is|are|which is"
                                                                       r"|show) the latest\b",
        r"\b(?:neueste[nrs]?|jüngste[nrs]?)\b", r"\b(?:le |la |les )?plus récente?s?\b",
        r"\b(?:el |la |los )?más recientes?\b", r"最新的?",
    )),
    ("oldest", _any_of(
        r"\b(?:the )?oldest\b", rf"\b(?:the )?(?:earliest|first)\b(?=(?: \w+){{0,1}} {_NOUN}\b)",
        r"\b(?:älteste[nrs]?)\b", r"\b(?:le |la |les )?plus anciens?\b|\bplus anciennes?\b",
        r"\b(?:el |la )?más antigu[oa]s?\b", r"最早的?",
    )),
)  # fmt: skip
_UNHELD: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("citation counts", _any_of(
        r"\b(?:how many|number of) (?:times|citations)\b(?=.*\bcit|[^?]*\bcitations|\s*$|[^?]*$)",
        r"\b(?:how many|number of) citations\b(?: (?:does|do|has|have|did))?",
        r"\bhow often (?:is|was|has|have|are|were)\b(?=.*\bcited\b)",
        r"\bcitation counts?\b(?: of)?",
        r"\b(?:the )?(?:most|highly|best|top)[- ]cited\b",
    )),
    ("h-indices", _any_of(r"\bh-?ind(?:ex|ices)\b(?: of)?", r"\bi10\b")),
    ("impact factors", _any_of(r"\bimpact factors?\b(?: of)?")),
    ("affiliations", _any_of(
        r"\b(?:the )?affiliations?\b(?: of)?", r"\baffiliated (?:with|to)\b",
        r"\b(?:which|what) (?:universit\w+|institut\w+|lab(?:orator\w+)?|hospital|department"
        r"|company"
        r"|employer)\b(?=.*\b(?:authors?|from|work|works|belong|at|of)\b)",
        r"\bwhere do(?:es)? .{0,60}\bwork\b(?=\?|$)",
    )),
    ("e-mail addresses", _any_of(r"\be-?mail(?: address(?:es)?)?\b(?: of)?")),
    ("page numbers", _any_of(
        r"\b(?:page numbers?|which pages?|what pages?|how many pages|number of pages)\b",
    )),
    ("volumes and issues", _any_of(r"\b(?:which|what) (?:volume|issue)\b|\bvolume and issue\b")),
    ("publishers", _any_of(r"\b(?:the|which|what) publisher\b")),
    ("reviewers", _any_of(r"\bwho (?:reviewed|edited)\b|\bacceptance rate\b")),
)  # fmt: skip


def read_asked(scan: Scan) -> Asked:
    """What the question asks for, taken out of it."""
    unheld = tuple(name for name, pattern in _UNHELD if _taken(scan, pattern))
    carried: StoredField | None = None
    if match := _taken(scan, _CARRIES):
        carried = _NAMES.get(match["f"].lower(), cast(StoredField, match["f"].lower()))
    order, by = _most(scan)
    grouped = None if by else _taken(scan, _BY)
    if grouped:
        by = _NAMES[grouped["by"].lower()] if grouped["by"] else "year"
    for name, pattern in _ORDERS:
        if order is None and _taken(scan, pattern):
            order = name
    found: dict[int, StoredField] = {}
    whole = scan.text
    for field, pattern in _FIELDS:
        if match := pattern.search(whole):
            found.setdefault(match.start(), field)
    for _, pattern in _FIELDS:
        _taken(scan, pattern)
    fields = tuple(found[at] for at in sorted(found) if found[at] != by)
    if carried is not None and carried not in fields:
        fields += (carried,)
    return Asked(fields, by, order, unheld)


def _most(scan: Scan) -> tuple[Order | None, StoredField | None]:
    match = _MOST.search(scan.text)
    if match is None:
        return None, None
    name = match["a"] or match["b"]
    field = _NAMES[name.lower()] if name else "author"
    # What stands between is the topic: "which authors write most about soils" has none there.
    scan.take(_MOST, lambda found: re.sub(
        rf"\b(?:who|which|what|most|often|{_N}|top|busiest|the|prolific|common|frequent)s?\b", " ",
        found[0], flags=re.IGNORECASE,
    ))  # fmt: skip
    return "most", field


def _taken(scan: Scan, pattern: re.Pattern[str]) -> re.Match[str] | None:
    """The first match of a pattern, every one of them taken out."""
    match = pattern.search(scan.text)
    if match is not None:
        scan.take(pattern, lambda _: f" {TAKEN} ")
    return match
