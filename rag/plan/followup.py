"""Follow-up questions made to stand alone: by rule, at no cost.

"And how much memory does it save?" names nothing that could be searched for. What it is about was
said before: by the user's last question that stood alone, and by the names in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.plan.subjects import resolved, spoken
from rag.text import STOP_WORDS, capitalised, distinctive, is_common, words
from rag.types import Turn

if TYPE_CHECKING:
    from rag.llm import LanguageModel

# "that" points back beside a verb or at the end; elsewhere it opens a clause.
_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|he|she|both|former|latter)\b"
    r"|(?:\b(?:is|are|was|does|do|did|can|why|how|than|of|with|for|like|about)|n't) that\b"
    r"|\bthat(?:'s| is| was| one| method| model| paper| approach)\b|\bthat\W*$"
    r"|\b(?:the|which|that|other|another)(?: \S+)? ones?\b|\binstead\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"^\s*(?:and|but|so|or|then|also|what about|how about|compared|versus|vs|tell me more|more|"
    r"go on|anything else|ok(?:ay)?|why\W*$|why not)\b",
    re.IGNORECASE,
)
# The same question of another subject: "What about DoRA?", "And for LoRA-XS?"
_OTHER = re.compile(
    r"^\W*(?:and|but|so|or|ok(?:ay)?)?\W*(?:(?:what|how) about|compared (?:to|with)|versus|vs\.?"
    r"|(?<=and )(?:for|with|in|of|on|at|by|from|under))\b",
    re.IGNORECASE,
)
# Short, yet whole: "What is pruning?", "papers on merging"; but not "what are the limits?"
_OPENS = re.compile(
    r"^\W*(?:so\W+)?(?:what (?:is|are)|what's|define|explain|describe|tell me about"
    r"|(?:(?:list|find|show|give)\b.*\b)?(?:papers?|work|studies|anything) (?:on|about))\s+"
    r"(?!(?:the|more|further|again|why|how|what|new|different|better|best|worse|next|left|missing"
    r"|your|there)\b)\w",
    re.IGNORECASE,
)
# "Different question: …" begins anew.
_TURN = re.compile(
    r"^\W*(?:(?:ok(?:ay)?|now|well|so)\W+)*(?:(?:and |but )?now (?:for )?something (?:completely )?"
    r"(?:else|different)|(?:a )?(?:different|another|new|other|unrelated) (?:question|topic|thing)|"
    r"changing (?:the )?(?:topic|subject)|on another note|by the way)\s*[:.,;!-]*\s*",
    re.IGNORECASE,
)
_FORM_WORDS = re.compile(
    r"\b(?:too|long|longer|short(?:er)?|brief(?:ly|er)?|please|pls|again|repeat|rephrase|summari[sz]e|"
    r"put|give|make|show|it|that|this|me|in|as|a|an|one|two|three|sentences?|words?|table|list|"
    r"bullets?|bullet points?|more|less|details?|simpler|simply|plain|english|version|answer|ok|"
    r"but|and|the|now|say|same|thing|detail)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(r"\b(?:what|which|who|whose|when|where|why|how)\b", re.IGNORECASE)
HISTORY_TOKENS = 1500
"""How much of a conversation a model is shown to rewrite its last question."""
TOLD = 50
"""Words of the last answer that are searched with a follow-up."""
_SHORT = 8
"""Content words up to which a question that continues or points back is taken to be incomplete."""
_LONG = 12
"""Content words beyond which "it" points at something in the question itself."""
_BARE = 3
"""Content words up to which a question without a name says nothing by itself."""


def leans(question: str, history: Sequence[Turn]) -> bool:
    """Whether the question can only be understood from what was said before."""
    return bool(history) and (depends(question) or continues(question))


def latest(history: Sequence[Turn], model: LanguageModel) -> list[Turn]:
    """The last turns that a model is shown, one at least."""
    latest: list[Turn] = []
    left = min(HISTORY_TOKENS, model.prompt_budget // 2)
    for turn in reversed(history):
        left -= model.count_tokens(turn.content)
        if left < 0 and latest:
            break
        latest.insert(0, turn)
    return latest


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question with its subject put in, or as it is when it stands alone."""
    own = _TURN.sub("", question)
    if not history or (own == question and not leans(question, history)):
        return question
    if own != question and not depends(own):
        return own
    named = resolved(own, history)
    if named is not None:
        return named
    asked = [turn.content for turn in history if turn.role == "user"]
    answered = [turn.content for turn in history if turn.role == "assistant"]
    before = _last_complete(asked)
    if only_form(own):
        return f"{before} {own}".strip()
    known = spoken(history)
    if continues(own):
        return _instead(before, known.current, own)
    many = re.search(r"\b(?:those|them|these|they)\b", own, re.IGNORECASE) and known.listed
    if known.current and _content_words(own) > 1 and not many:
        # What was asked of it before would only lead the search astray.
        return f"{', '.join(known.current)}: {own}"
    return _after(before, answered, own)


def searched(question: str, history: Sequence[Turn]) -> str:
    """What is searched for a follow-up: its standalone form, and what was asked before it.

    Where a subject has a common name, what was asked and told of it tells which paper is meant.
    """
    alone = standalone(question, history)
    anew = alone == _TURN.sub("", question)
    if not history or anew or resolved(question, history) is not None:
        return alone
    before = _last_complete([turn.content for turn in history if turn.role == "user"])
    answered = [turn.content for turn in history if turn.role == "assistant"]
    if before in alone:
        before = ""
    if answered:
        told = " ".join(answered[-1].split()[:TOLD])
        before = " ".join([before, told, *names(answered[-1], known=f"{before} {told} {alone}")])
    return f"{before} {alone}".strip()


def _after(before: str, answered: Sequence[str], question: str) -> str:
    named = " ".join(names(answered[-1], known=before)) if answered else ""
    return " ".join(part for part in (before, named, question) if part)


def _instead(before: str, current: Sequence[str], question: str) -> str:
    """The question before, of what is named now: "What about DoRA?" after "How big is LoRA?"."""
    named = _own_names(question)
    if len(named) == 1 and len(current) == 1 and current[0] in before:
        return before.replace(current[0], named[0])
    return f"{before} {question}".strip()


def only_form(question: str) -> bool:
    """Whether a message asks for the same in another length or form."""
    rest = _FORM_WORDS.sub(" ", question)
    return rest != question and not _ASKS.search(rest) and _content_words(rest) == 0


def depends(question: str) -> bool:
    """Whether the question leans on what was said before."""
    content = _content_words(question)
    first_name = min((question.find(name) for name in _own_names(question)), default=-1)
    pointer = _POINTS_BACK.search(question)
    if pointer:
        # "TART, what is it trained on?" says itself what "it" is.
        if first_name < 0 or _CONTINUES.search(question):
            return content <= _LONG
        return pointer.start() < first_name and content <= _SHORT
    if first_name >= 0 or _OPENS.search(question):
        return False
    return content <= (_SHORT if _CONTINUES.search(question) else _BARE)


def continues(question: str) -> bool:
    """Whether the question asks the same of another subject, which no rule here can put in.

    "What about DoRA?" can be searched for as it is; a model can put in what was asked before.
    """
    return bool(_OTHER.search(question)) and _content_words(question) <= _BARE


def _content_words(question: str) -> int:
    return sum(word not in STOP_WORDS for word in words(question))


def _own_names(question: str) -> list[str]:
    """Names that the question brings itself; its first word is capitalised in any case."""
    ordinary = [name for name in names(question, limit=99) if not question.startswith(name)]
    words = (name for name in ordinary if not name[0].isdigit())
    return list(dict.fromkeys([*distinctive(question), *words]))


def names(text: str, *, known: str = "", limit: int = 4) -> list[str]:
    """Proper names and terms with digits in a text that `known` does not hold, in order."""
    told = known.lower()
    unknown = [n for n in capitalised(text) if n.lower() not in told and not is_common(n)]
    return unknown[:limit]


def _last_complete(questions: Sequence[str]) -> str:
    """The last question that stood alone; failing that, the first."""
    for question in reversed(questions):
        if not depends(question):
            return question
    return questions[0] if questions else ""
