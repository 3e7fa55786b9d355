"""What the scripted model writes: a fixed rule instead of a language model, for tests and demos.

It copies sentences from the passages that it is given and cites them, so its replies look like a
model's and depend on the request. Nothing that it writes is, or is presented as, a model's output.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rag.llm import prompts
from rag.types import KINDS

Messages = list[dict[str, Any]]


def reply(model: str, messages: Messages) -> str:
    """The text of a reply; the model's name says how it misbehaves, if at all."""
    system = text_of(messages[0]) if messages[0]["role"] == "system" else ""
    asked = text_of(messages[-1])
    tasks = {
        prompts.PLAN.format(kinds=", ".join(KINDS)): _plan,
        prompts.RERANK: _rerank,
        prompts.REPAIR: _repair,
        prompts.SUMMARISE: _summarise,
    }
    for prompt, write in tasks.items():
        if system == prompt:
            return write(asked)
    if system.startswith("Write "):
        return "1. " + asked.rstrip("?") + " benchmark\n2. " + asked.rstrip("?") + " method"
    if not system:
        return "ready"
    return _answer(model, asked)


def text_of(message: dict[str, Any]) -> str:
    """What a message says; some clients send it in parts."""
    content = message["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def _answer(model: str, asked: str) -> str:
    count = 6 if model == "scribe-long" else 2
    lines = [_cited(key, abstract, asked) for key, abstract in _passages(asked)[:count]]
    key = _keys(asked)[0]
    kinds = {
        "scribe-partial": [lines[0], f"{prompts.GAP}: what it costs."],
        "scribe-refuse": [prompts.GAP],
        "scribe-sorry": ["I cannot answer this from the passages."],
        "scribe-uncited": ["It is well known that this works.", "Everybody does it."],
        "scribe-unknown": [lines[0], "And more besides [src-zzzz].", "See also [7]."],
        "scribe-false": [lines[0], f"It needs 4711 GPUs on Mars [{key}]."],
        "scribe-think": ["<think>The user asks.\nI look at [src-2222].</think>", *lines],
        "scribe-empty": [],
        "scribe-endless": lines * 2,
        "scribe-loop": lines * 2000,
    }
    return "\n".join(kinds.get(model, lines))


def _cited(key: str, abstract: str, asked: str) -> str:
    """The sentence of an abstract that shares most words with the question, with its key."""
    wanted = _words(asked.rpartition("Question:")[2])
    sentences = re.split(r"(?<=[.!?])\s+(?=[A-Z])", abstract)
    best = max(sentences, key=lambda sentence: len(wanted & _words(sentence)))
    return f"{best.rstrip('.')} [{key}]."


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}


def _plan(asked: str) -> str:
    """The question with the names of the conversation put in; its kind is left to the rules."""
    first = re.search(r"^user: (.*)$", asked, re.MULTILINE)
    names = re.findall(r"\b[A-Z][\w-]*[A-Z][\w-]*", first[1] if first else "")
    question = asked.rpartition("Question: ")[2]
    alone = re.sub(r"\b(?:it|its|they|that)\b", " and ".join(names) or "it", question)
    return json.dumps({"question": alone})


def _rerank(asked: str) -> str:
    wanted = _words(asked.rpartition("Question:")[2])
    ranked = sorted(_passages(asked), key=lambda passage: -len(wanted & _words(passage[1])))
    return " ".join(key for key, _ in ranked)


def _repair(asked: str) -> str:
    draft = re.search(r"<answer>\n(.*?)\n</answer>", asked, re.DOTALL)
    faults = re.findall(r"^- (.*)$", asked.rpartition("Not supported:")[2], re.MULTILINE)
    kept = [
        line
        for line in (draft[1] if draft else "").split("\n")
        if re.sub(r"\s*\[[^]]*\]", "", line) not in faults
    ]
    return "\n".join(kept)


def _summarise(asked: str) -> str:
    (_, abstract), *_ = _passages(asked)
    shared = _words(asked.rpartition("Question:")[2]) & _words(abstract)
    return f"{abstract.split('. ')[0]}.\n{min(10, len(shared))}" if shared else "NOT APPLICABLE"


def _passages(asked: str) -> list[tuple[str, str]]:
    """Key and abstract of every passage."""
    found = []
    for key, inside in re.findall(
        rf'<passage key="({prompts.KEY})">\n(.*?)\n</passage>', asked, re.S
    ):
        *_, last = inside.split("\n")
        found.append((key, last.removeprefix("Abstract: ")))
    return found


def _keys(asked: str) -> list[str]:
    return re.findall(rf'<passage key="({prompts.KEY})">', asked)
