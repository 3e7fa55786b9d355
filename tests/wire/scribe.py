"""What the scripted model writes: a fixed rule instead of a language model, for tests and demos.

It copies sentences from the passages that it is given and cites them, so its replies look like a
model's and depend on the request. Nothing that it writes is, or is presented as, a model's output.
"""

from __future__ import annotations

import json
import re
from typing import Any

from rag.llm import prompts

Messages = list[dict[str, Any]]


def reply(model: str, messages: Messages) -> str:
    """The text of a reply; the model's name says how it misbehaves, if at all."""
    system = text_of(messages[0]) if messages[0]["role"] == "system" else ""
    asked = text_of(messages[-1])
    if system.startswith("You prepare questions for a search"):
        return _plan(model, asked)
    if system == prompts.CHECK:
        return _check(model, asked)
    tasks = {
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
        "scribe-reword": [f"As it is put: {line}" for line in lines],
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
    best = max(_sentences(abstract), key=lambda sentence: len(wanted & _words(sentence)))
    return f"{best.rstrip('.')} [{key}]."


def _sentences(abstract: str) -> list[str]:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", abstract)


def _words(text: str) -> set[str]:
    return {word[:5] for word in re.findall(r"\w{4,}", text.lower())}


def _plan(model: str, asked: str) -> str:
    """What is asked for, as a JSON object, or what comes instead of one."""
    plan = _understood(asked)
    whole = json.dumps(plan, ensure_ascii=False)
    kinds = {
        "scribe-plan-prose": f"Here is the plan:\n```json\n{whole}\n```\nAsk me for more.",
        "scribe-plan-none": "The message asks about papers.",
        "scribe-plan-broken": whole[: len(whole) // 2] + "}",
        "scribe-plan-array": json.dumps([plan["question"], plan["kind"]]),
        "scribe-plan-deep": '{"question": ' + "[" * 4000 + "}",
        "scribe-plan-refuse": "I'm sorry, but I can't help with that.",
        "scribe-plan-wrong": json.dumps({
            "question": [plan["question"]], "kind": {"a": 1}, "facets": "all", "queries": 7,
            "words": "many", "form": ["list"],
        }),
        "scribe-plan-odd": json.dumps({
            **plan, "kind": "poem", "facets": [1, None, "1  facet", "y" * 400],
            "queries": {"a": "b"}, "words": 100_000, "form": "sonnet",
        }),
        "scribe-plan-bytes": json.dumps({**plan, "question": plan["question"] + " \ud800\0"}),
        "scribe-empty": "",
    }  # fmt: skip
    return kinds.get(model, whole)


_TRANSLATED = {
    "Um wie viel verkleinert KVSharer den Speicher des Caches?": (
        "By how much does KVSharer reduce the memory of the cache?"
    ),
}


def _understood(asked: str) -> dict[str, Any]:
    """The plan of a question, by its first words: names of the conversation stand for "it"."""
    first = re.search(r"^user: (.*)$", asked, re.MULTILINE)
    names = re.findall(r"\b[A-Z][\w-]*[A-Z][\w-]*", first[1] if first else "")
    question = asked.rpartition("Question: ")[2]
    text = _TRANSLATED.get(question) or re.sub(
        r"\b(?:it|its|they|that)\b", " and ".join(names) or "it", question
    )
    opening = text.split()[0].lower()
    kinds = {"which": "list", "compare": "comparison", "does": "yes_no", "by": "number"}
    kind = kinds.get(opening, "fact")
    rest = re.sub(r"^(?:which papers|compare) |[?.]$", "", text, flags=re.IGNORECASE)
    facets = re.split(r" and ", rest) if kind in ("list", "comparison") else []
    return {
        "question": text, "kind": kind, "facets": facets, "queries": [f"{rest} in abstracts"],
        "words": 200 if facets else 25, "form": "list" if kind == "list" else "text",
    }  # fmt: skip


def _check(model: str, asked: str) -> str:
    """A verdict on each sentence: supported where one of an abstract it names has all its words."""
    passages, _, listed = asked.rpartition("</passages>")
    abstracts = dict(
        re.findall(r'<passage key="(A\d+)">\n.*?\nAbstract: (.*?)\n</passage>', passages, re.DOTALL)
    )
    items = []
    for number, named, text in re.findall(r"^(\d+)\. \(abstracts: (.*?)\) (.*)$", listed, re.M):
        lines = [line for key in named.split(", ") for line in _sentences(abstracts[key])]
        quote = next((line for line in lines if _words(text) <= _words(line)), "")
        items.append({
            "n": int(number), "verdict": "supported" if quote else "not_stated", "quote": quote,
            "why": "" if quote else "no sentence has these words",
        })  # fmt: skip
    whole = json.dumps({"verdicts": items}, ensure_ascii=False)
    unquoted = [
        {**item, "verdict": "supported", "quote": "These words are mine."} for item in items
    ]
    kinds = {
        "scribe-check-unquoted": json.dumps({"verdicts": unquoted}),
        "scribe-check-cut": whole[: whole.rindex('"quote"')],
        "scribe-check-garbage": "The sentences look fine to me.",
        "scribe-check-refuse": "I'm sorry, but I can't help with that.",
    }
    return kinds.get(model, whole)


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
