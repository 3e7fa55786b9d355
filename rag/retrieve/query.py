"""A question made into a `Query`: what it asks for, read off its wording, and what is searched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.retrieve.spelling import guesses
from rag.text import STOP_WORDS, distinctive, is_plain_compound, proper, titled, tokens, words
from rag.types import Filters, Kind, Query, Vocabulary


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


_WORKS = (
    "(?:papers|works|methods|approaches|studies|models|techniques|systems|articles|abstracts|"
    "datasets|data sets|benchmarks|publications)"
)
_ONE_WORK = "(?:paper|method|model|study|work|technique|approach|system|dataset|data set|benchmark)"
_LIST = _any_of(
    r"^(?:list|name|enumerate|collect|gather)\b",
    r"^(?:give me (?:all|a list|the papers)|show me (?:all|the))\b",
    r"\b(?:which|what|any|all|other|find|show|list|are there|do you (?:have|know))"
    rf"(?: [\w/-]+){{0,3}} {_WORKS}\b",
    r"\b(?:papers|works|studies|everything|anything) (?:on|about|that|which|dealing|using)\b",
    r"^who (?:has|have)\b",
    r"\boverview of\b",
    r"\bwhat is there on\b",
    r"\bliterature on\b",
    r"\b(?:all|any|other) (?:the )?(?:work|studies|papers|models|methods)\b",
    r"\bwhich are there\b",
    r"\bhave (?:people|researchers|others) \w+",
    r"\balternatives\b",
    r"\bpapers\b",
    # Keywords, not a sentence: "vision models for aerial imagery"
    r"^[\w\s/-]*\b(?:models|methods|works?|approaches|techniques|systems)"
    r" (?:for|on|that|of)\b[^?]*$",
)
_ONE_PAPER = _any_of(
    r"\b(?:the|this|that) (?:paper|study|work|method|model)\b", rf"\b(?:which|what) {_ONE_WORK}\b"
)
_COMPARISON = _any_of(
    r"\b(?:vs\.?|versus|against|compared? (?:to|with)|compare|comparison|contrast)\b",
    r"\b(?:differ(?:s|ed|ence|ences|ent)?|as opposed to|in common)\b",
    r"\bor\b[^?]*\?\s*$",
    r"\bboth\b.*\band\b",
    r"\bhow (?:do|does) .*\band\b",
)
_BETWEEN = _any_of(r"\b(?:vs\.?|versus|differ\w*|compare[ds]?|contrast|in common)\b")
_NUMBER = _any_of(
    r"\bhow (?:many|much|often|large|big|long|fast|far|small|few|quick)",
    r"\b(?:what|which)(?: \w+){0,2} (?:percentage|share|fraction|proportion|number|score)\b",
    r"\b(?:what|which)(?: \w+){0,2} (?:accuracy|rate|speed\w*|size|factor)\b",
    r"\bby how|\bper ?cent|\bfigures?\b|\bnumbers?\b|\bfps\b",
    r"\b(?:quicker|faster|smaller|larger|cheaper)\b",
)
# "What error rate do the models get?" is after a number, whatever else is in it.
_MEASURED = _any_of(
    r"\b(?:what|which) (?:\w+ ){0,2}(?:percentage|share|fraction|number|score|accuracy|rate)\b",
    r"^how (?:many|much)\b",
)
_REASON = _any_of(r"\b(?:why|reasons?|causes?|explain\w*|what makes)\b")
_METHOD = _any_of(
    r"\bhow (?:do|does|did|is|are|was|can|could)\b",
    r"\b(?:method|technique|approach|way|trick|recipe|cure|remedy|fix|solve|mechanism)\b",
    r"\b(?:stages?|steps?|components?|consists?|parts?)\b",
)
_DEFINITION = _any_of(
    r"\bwhat(?:'s| is| are| does)\b",
    r"\bdefin\w+|\bcalled\b|\bname\b|\bmean(?:t|ing|s)?\b",
    r"\bwhich (?:paper|method|model|framework|work)\b",
    r"^(?:tell me about|describe|explain)\b",
)
_FINDING = _any_of(
    r"\b(?:does|do|did|is|are|was|were|better|best|worse|find|found|findings?|turn(?:ed|s)? out)\b",
    r"\b(?:conclu\w+|results?|effects?|outcome|happens?|beat|win|gain|improve\w*)\b",
)
_LINK = _any_of(r"\b(?:code|available|download|released?|link|url|github|repo\w*|weights)\b")
# What abstracts do not carry; the metadata of a user's own corpus may.
_BIBLIOGRAPHIC = _any_of(
    r"\bauthors?\b",
    r"\bwho (?:wrote|published|invented|proposed|developed|made|created|are the)\b",
    r"\b(?:affiliation|universit\w+|institution\w*|lab|venue|conference|journal|citations?)\b",
    r"\b(?:published|publication|publish|appear(?:ed)?|accepted|presented at|doi|page numbers?)\b",
    r"\b(?:what|which) year\b|\bwhen was\b",
    r"\bhow (?:often|many times) (?:has|have|was|is).{0,40}cited",
)
_EXPERIMENTAL_DETAIL = _any_of(
    r"\b(?:learning rate|batch size|hyper-?parameters?|epochs?|warm-?up)\b",
    r"\b(?:weight decay|optimi[sz]er)\b",
    r"\b(?:temperature|random seeds?|dropout|gpu hours?|gpus?|tpus?|hardware|machines?|carbon)\b",
    r"\b(?:training (?:cost|time)|wall-?clock|how long did|dollars?|cost|price|licen[cs]e)\b",
    r"\b(?:annotators?|tokenizer|vocabulary size|layers|attention heads)\b",
    r"\bhidden (?:size|dimension)\b",
    r"\b(?:standard deviation|confidence interval|p-value|appendix)\b",
    r"\b(?:figure|table|section) \d\b",
)


# TÜLU and μnit are names, and the question may be English all the same.
_FOREIGN_NAME = re.compile(r"[A-Za-z-]*[A-ZÀ-ÖØ-Þ]{2}[A-ZÀ-ÖØ-Þa-z0-9-]*|\$?[μµ]\$?\w+|[“”‘’–—…]")


def make_query(
    question: str,
    vocabulary: Vocabulary,
    *,
    standalone: str | None = None,
    filters: Filters | None = None,
) -> Query:
    """All that later steps need to know of a question, over a library with this vocabulary.

    `standalone` is the question's standalone form, when it is a follow-up: that is searched and
    compared, but what is asked for is said by the question itself.
    """
    text = standalone or question
    guessed = guesses(text, vocabulary)
    search = " ".join([text, *(guess for _, guess in guessed)])
    question_words = words(question)
    # A compound of ordinary words need not stand in an abstract as it is written.
    names = tuple(name for name in distinctive(question) if not is_plain_compound(name))
    others = (word for word in proper(question) if word not in names)
    english = _is_english(question, question_words)
    return Query(
        question=question,
        text=text,
        search=search,
        tokens=tuple(tokens(search)),
        weights={token: vocabulary.idf(token) for token in set(tokens(text))},
        kind=_kind(question, names),
        method=bool(_METHOD.search(question)),
        finding=bool(_FINDING.search(question)),
        link=bool(_LINK.search(question)),
        bibliographic=bool(_BIBLIOGRAPHIC.search(question)),
        detail=bool(_EXPERIMENTAL_DETAIL.search(question)),
        names=names,
        search_names=tuple(titled(text)),
        proper=tuple(word for word in others if not is_plain_compound(word)) if english else (),
        english=english,
        filters=filters,
        guesses=guessed,
    )


def _is_english(text: str, all_words: Sequence[str]) -> bool:
    """Plain letters with a usual share of English stop words; short questions get the benefit."""
    common = sum(word in STOP_WORDS for word in all_words)
    plain = _FOREIGN_NAME.sub("", text).isascii()
    return plain and (len(all_words) < 9 or common / len(all_words) > 0.15) or common > 3


def _kind(text: str, names: Sequence[str]) -> Kind:
    if _BETWEEN.search(text):
        return "comparison"
    if _LIST.search(text) and not _ONE_PAPER.search(text) and not _MEASURED.search(text):
        return "list"
    if _COMPARISON.search(text) and len(names) > 1:
        return "comparison"
    if _NUMBER.search(text):
        return "number"
    if _REASON.search(text):
        return "reason"
    if _DEFINITION.search(text):
        return "definition"
    return "fact"
