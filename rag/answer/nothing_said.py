"""Sentences that only say that the abstracts do not say something: nothing is there to check.

Read narrowly, for what is taken for one is not checked: "The abstract does not state the batch
size" is one, "The paper does not use labels" is a claim, and so is whatever follows a "but".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_SOURCE = (
    r"(?:abstracts?|passages?|sources|excerpts?|snippets?|summar(?:y|ies)|material"
    r"|(?:provided|given|retrieved|available|cited|supplied) (?:\w+ )?"
    r"(?:text|context|information|documents?|papers?))"
)
"""What was read; of it nothing else is said than what it says."""
_WORK = (
    r"(?:sources?|texts?|context|documents?|papers?|articles?|stud(?:y|ies)|authors?"
    r"|information)"
)
"""What may be read, or told of."""
_ANY = rf"(?:{_SOURCE}|{_WORK})"
_NOT = (
    r"(?:(?:do(?:es)?|did)(?: not|n['’]t)|cannot|can['’]t|never|fails? to|seems? not to)"
    r"(?! (?:only|just|merely|simply|solely))(?: \w+){0,2}?"
)
_STATE = (
    r"(?:state|mention|report|say|specify|disclose|reveal|indicate|tell|discuss|answer|describe"
    r"|explain|detail|note|clarify|elaborate|quantify|address|speak)"
)
_GIVE = (
    r"(?:give|provide|contain|include|offer|cover|present|compare|list|name|define|identify"
    r"|allow|have|examine|make|touch|settle|go into|shed)"
)
_SAYS = rf"(?:{_STATE}|{_GIVE})(?:s|es)?\b"
_STATED = r"(?:stated|specified|mentioned|reported|disclosed|indicated|quantified|elaborated)"
_GIVEN = (
    r"(?:given|provided|available|covered|included|found|listed|defined|clear|known|described"
    r"|discussed|detailed|explained|addressed|answered|contained|present)"
)
_NEWS = (
    r"(?:information|mention|details?|answer|statement|indication|discussion|figures?|numbers?"
    r"|values?|data|specifics|comparison|reference|explanation|evidence)"
)
_NEAR, _FAR = r"[^.;]{0,20}?\b", r"[^.;]{0,40}?\b"
_FROM = rf"(?:in|by|from|with|within|based on|on the basis of|using) {_FAR}{_ANY}"
_IS_NOT = r"\b(?:is|are|was|were|been|be)(?: not|n['’]t) (?:\w+ly )?"
_ABOUT_IT = r"(?:about|on|regarding|concerning|as to|here|whether|how|that (?:would|could))"
_PATTERNS = (
    # "The abstract does not say", "Nothing in the passages tells", "The texts lack details"
    rf"\b{_SOURCE}\b{_FAR}{_NOT} (?:{_STATE}|{_GIVE})\b",
    rf"\b(?:{_WORK}|they|it)\b{_FAR}{_NOT} {_STATE}\b",
    rf"\b{_WORK}\b{_FAR}{_NOT} {_GIVE}\b{_FAR}{_NEWS}\b",
    rf"\b(?:no|none|neither|nothing)\b(?: \w+){{0,4}} {_ANY}\b{_FAR}{_SAYS}",
    rf"\b(?:none|neither|nothing) (?:of (?:them|these|those|this)|there|here) {_SAYS}",
    rf"\b{_ANY}\b{_NEAR}(?:lacks?|(?:{_STATE}|{_GIVE}|is|has)e?s? (?:no|nothing))\b"
    rf"(?:{_FAR}{_NEWS}| (?:about|on|of)\b|\W*$)",
    rf"\b{_ANY}\b{_NEAR}(?:is|are) (?:silent|unclear|inconclusive|insufficient"
    r"|not (?:clear|enough|sufficient|explicit))\b",
    # "There is no mention of it", "I see nothing in the sources", "no information about it"
    rf"(?:\b(?:is|was|are|were|found|find|see|have)|there['’]s) (?:no|nothing)\b"
    rf"{_FAR}(?:in|from) {_NEAR}{_ANY}",
    r"\bno mention of\b",
    r"\bno (?:\w+ )?(?:information|details?|answer|indication|specifics)"
    rf"(?= {_ABOUT_IT}\b| (?:is|was|are|were) (?:given|provided|available|offered)\W*$|\W*$)",
    rf"\b(?:absent|missing) {_FROM}",
    rf"\bno (?:\w+ )?{_NEWS}\b{_NEAR}(?:found|given|provided|available) {_FROM}",
    r"\b(?:not enough|not sufficient|insufficient|too little) (?:information|context|details?)\b",
    # "It is not reported", but not "by earlier work"; "it is not given in the abstract"
    rf"{_IS_NOT}{_STATED}\b(?! (?:in|by) (?!{_NEAR}{_ANY}))",
    rf"{_IS_NOT}(?:to be )?{_GIVEN} {_FROM}",
    r"\b(?:is|are|was|were|remains?|goes|left) (?:left open\b"
    r"|un(?:specified|stated|mentioned|reported)\b)",
    rf"\bnot (?:{_STATED}|answered|available|provided|given)\W*$",
    rf"^\W*not (?:{_STATED}|answered|applicable|available|found)\b",
    # "I cannot find it", "this cannot be told from the passages", "beyond what the texts cover"
    r"\bI(?:['’]m| am)(?: very| so)? (?:sorry|afraid|unable|not able)\b|^\W*sorry\b",
    r"\b(?:I|we) (?:cannot|could not|do not|did not|was unable to|(?:can|couldn|don|didn)['’]t) "
    r"(?:answer|find|know|have|say|determine|see|tell|help|locate|provide|infer)\b",
    r"\b(?:cannot|could not|(?:can|couldn)['’]t) be (?:answered"
    rf"|(?:determined|found|inferred|established|derived|told) (?:{_FROM}|(?=\W*$)))",
    r"(?:^|\bI am |\bbeing )\W*unable to (?:answer|find|determine|locate|say)\b",
    rf"\b(?:unclear|unknown|(?:impossible|not possible|hard) to (?:say|tell|determine)) {_FROM}",
    rf"\b(?:outside|beyond) (?:the scope|what)\b{_FAR}{_ANY}",
)
_NOTHING = re.compile("|".join(_PATTERNS), re.IGNORECASE)
_CONSEQUENCE = re.compile(
    r"\b(?:is|are|remains?|stays?) (?:\w+ )?(?:unknown|unclear|open|not known|unanswered)\W*$"
    r"|\b(?:cannot|can['’]t|could not) (?:answer|be (?:answered|determined)|say|tell)\b"
    r"|\b(?:not possible|impossible) to (?:say|tell|determine|answer)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    rf"\b(?:{_ANY}|they|it|these|those|all|most|both|some|instead|rather|only)\b[^.;]{{0,40}}"
    r"\b(?:discuss|focus|describe|cover|concern|address|deal|talk|mention|present|relate|pertain|examine"
    r"|explore|treat|cent(?:er|re)|about|on)\w*"
    r"|^\W*(?:discuss|focus|describe|cover|concern|deal)\w*",
    re.IGNORECASE,
)
"""What the abstracts tell of instead."""
_OFFER = re.compile(
    r"^\W*(?:please|if you|you (?:may|might|could|would|should|can)|let me know|consult|further"
    r"|more (?:information|details|context)|additional|it would be"
    r"|i (?:recommend|suggest|would need)|would you|unfortunately\W*$)",
    re.IGNORECASE,
)
_CLAUSES = re.compile(
    r"\s*[;:—]\s+|,?\s+(?:but|however|although|though|whereas|while|yet|nor)\s+"
    r"|,\s+(?:and|so|which|who|where|with|only|as|since|because)\s+"
    r"|\s+and (?=(?:it|they|then|instead|therefore|so)\b"
    r"|\w+(?:s|ed) (?:the|an?|on|with|by|in|to|\d))",
    re.IGNORECASE,
)
_CONCEDES = re.compile(r"\W*(?:although|though|while|whereas)\b", re.IGNORECASE)
LONGEST = 800
"""Characters of a refusal, at most."""


def says_nothing(sentence: str) -> bool:
    """Whether a sentence only says that the abstracts do not say something."""
    clauses = _clauses(sentence)
    found = [bool(_NOTHING.search(clause)) for clause in clauses]
    return any(found) and all(
        none or _CONSEQUENCE.search(clause) for clause, none in zip(clauses, found, strict=True)
    )


def refuses(sentences: Sequence[tuple[str, bool]]) -> bool:
    """Whether a reply's sentences, each with whether it cites, only say that nothing is said: one
    of the first two does, and the others tell what the abstracts are about or what to do."""
    said = [any(map(_NOTHING.search, _clauses(text))) for text, _ in sentences]
    return any(said[:2]) and all(
        (none or not cites) and all(map(_is_empty, _clauses(text)))
        for (text, cites), none in zip(sentences, said, strict=True)
    )


def _clauses(sentence: str) -> list[str]:
    """Its clauses, without those too short to say anything."""
    if _CONCEDES.match(sentence):
        sentence = sentence.replace(", ", "; ", 1)
    clauses = [each for each in _CLAUSES.split(sentence) if each]
    return [e for e in clauses if len(e.split()) > 2 or any(map(str.isdigit, e))] or clauses


def _is_empty(clause: str) -> bool:
    if any(pattern.search(clause) for pattern in (_NOTHING, _CONSEQUENCE, _OFFER)):
        return True
    told = any(map(str.isdigit, clause)) or " that " in clause
    return bool(_ABOUT.search(clause)) and not told
