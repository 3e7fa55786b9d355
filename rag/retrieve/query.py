"""A question made into a `Query`: what it asks for, read off its wording, and what is searched."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.plan import make_plan
from rag.retrieve.spelling import guesses
from rag.text import STOP_WORDS, distinctive, is_plain_compound, proper, titled, tokens, words
from rag.types import Filters, Plan, Query, Vocabulary


def _any_of(*alternatives: str) -> re.Pattern[str]:
    return re.compile("|".join(alternatives), re.IGNORECASE)


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
    plan: Plan | None = None,
) -> Query:
    """All that later steps need to know of a question, over a library with this vocabulary.

    `standalone` is the question's standalone form, when it is a follow-up or was translated: that
    is compared, and tells the names; what is asked for is said by the question itself. `plan` is
    how it is understood, where that is known already.
    """
    plan = plan or make_plan(question, standalone=standalone)
    text = standalone or question
    wanted = plan.queries[0] if plan.queries else text
    guessed = guesses(wanted, vocabulary)
    search = " ".join([wanted, *(guess for _, guess in guessed)])
    # A compound of ordinary words need not stand in an abstract as it is written.
    names = tuple(name for name in distinctive(text) if not is_plain_compound(name))
    others = (word for word in proper(text) if word not in names)
    english = _is_english(text, words(text))
    return Query(
        plan=plan,
        question=question,
        text=text,
        wanted=wanted,
        search=search,
        tokens=tuple(tokens(search)),
        weights={token: vocabulary.idf(token) for token in set(tokens(text))},
        link=bool(_LINK.search(question)),
        bibliographic=bool(_BIBLIOGRAPHIC.search(question)),
        detail=bool(_EXPERIMENTAL_DETAIL.search(question)),
        names=names,
        search_names=tuple(titled(wanted)),
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
