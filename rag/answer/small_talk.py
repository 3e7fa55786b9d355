"""What is said to greetings, thanks and commands: nothing is searched for them."""

from __future__ import annotations

import re
from dataclasses import replace

from rag.types import Answer

_THANKS = re.compile(
    r"\b(?:thanks?|thank you|thx|cheers|great|perfect|nice|good (?:job|work)|awesome|cool|"
    r"ok(?:ay)?|"
    r"got it|helpful|danke|merci|gracias)\b|谢谢|ありがとう|спасибо",
    re.IGNORECASE,
)
_BYE = re.compile(r"\b(?:bye|goodbye|see you|tschüss|au revoir|adiós)\b|再见", re.IGNORECASE)
_HELP = re.compile(
    r"help|\bwhat can\b|\bcan you\b|\bhow (?:do|does|can|should)\b|\bwho are\b|\bwhat are you\b|"
    r"\bare you\b|\bcommands?\b|\bexamples?\b|\bwhere do\b|\?",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^\W*(?:hi|hello|hey|good (?:morning|evening|afternoon|day)|hallo|bonjour|hola|salut|yo)\b|"
    r"你好|"
    r"こんにちは|привет",
    re.IGNORECASE,
)
_ABILITIES = (
    "I answer questions from the titles and abstracts of the {papers} papers in this library, and "
    "cite each sentence. Ask what something is, how it works, why, or for a number; for a list of "
    "papers that meet conditions; to compare two methods; or for what is stored: counts, authors, "
    "years, venues. When the abstracts do not answer, I say so."
)


def chat_answer(answer: Answer, papers: int) -> Answer:
    """The reply to a message that asks nothing of papers; `papers` is how many there are."""
    text = reply(answer.question).format(papers=f"{papers:,}")
    return replace(answer, text=text, status="answered", confidence=1.0, hits=())


def reply(message: str) -> str:
    """What is said; `{papers}` stands for their number."""
    if _BYE.search(message):
        return "Goodbye."
    if _THANKS.search(message) and not message.endswith("?"):
        return "You are welcome. Ask on whenever you like."
    if _GREETING.search(message):
        return "Hello. " + _ABILITIES
    if message.startswith("/") or _HELP.search(message):
        return _ABILITIES
    return "All right. " + _ABILITIES
