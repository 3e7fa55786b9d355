"""What a model thinks aloud, taken out of its reply while that arrives.

A server that does not know how a model of open weights marks its thinking hands the marks on. The
forms are those that the reasoning parsers of vLLM know (docs.vllm.ai, "Reasoning Outputs"), in any
case, and the tags that models make up.
"""

from __future__ import annotations

import re

_QUOTES = "`\"'“”‘’"
_NAME = (
    r"(?:\w{1,12}:)?(?:think|thinking|thoughts?|antthinking|reasoning|reflection|analysis"
    r"|scratchpad|chain_of_thought|cot)"
)
_LEFT, _RIGHT = r"(?:<|＜|&lt;) ?\|? ?", r" ?\|? ?(?:>|＞|&gt;)"
_OPENED = (
    rf"{_LEFT}{_NAME}(?: [^<>＜＞▷\]\n]{{1,40}})?{_RIGHT}|◁think▷|\[THINK(?:ING)?\]"
    r"|<details type=\"reasoning\"[^<>＜＞▷\]\n]{0,40}>"
    r"|<\|(?:begin_of_thought|start_thinking)\|>|<unused94>"
)
_CLOSED = (
    rf"{_LEFT}[/\\] ?{_NAME}{_RIGHT}|◁/think▷|\[/THINK(?:ING)?\]|</details>"
    r"|<\|(?:end_of_thought|end_thinking)\|>|<unused95>|<answer>"
)
_MARKS = re.compile(
    # gpt-oss says "<|channel|>analysis<|message|>…<|channel|>final<|message|>", Gemma "<|channel>"
    rf"(?P<opened>{_OPENED})|(?P<channel><\|(?:channel\|?|start\|)>)|(?P<closed>{_CLOSED})"
    r"|(?P<token><\|\w{1,30}\|>|</?(?:response|final|final_answer|output|solution)>|</answer>|</s>)",
    re.IGNORECASE,
)
_AT_FIRST = re.compile(r"(?P<channel>analysis)(?=[A-Z])|Here(?:['’]s| is) my thought process:")
"""Ways to begin to think in words: gpt-oss without its special tokens, and Granite."""
_FIRST_WORDS = ("analysis", *(f"Here{be} my thought process:" for be in (" is", "'s", "’s")))
_END_OF_TAG = re.compile(_CLOSED, re.IGNORECASE)
_END_OF_CHANNEL = re.compile(
    r"(?P<answer>\b(?:final|assistant) ?(?:<\|constrain\|>\w{0,10})?<\|message\|>|assistantfinal)"
    r"|<channel\|>"
)
_END_OF_PROCESS = re.compile(r"Here(?:['’]s| is) my response:")
_ENDS = {"opened": _END_OF_TAG, "channel": _END_OF_CHANNEL}
"""What ends a thought, by how it was begun."""
_MAY_BE_MARK = re.compile(rf"[{_QUOTES}]?(?:[<＜◁\[&][^<>＜＞▷\]\n]{{0,110}}[>＞▷\]]?)?\Z")
_LONGEST = 120
"""Characters that a mark, with what is before and after it, has at most."""


class Thinking:
    """Tells what is said from what is thought, however the reply is cut into pieces."""

    def __init__(self) -> None:
        self._held = ""
        self._begun = False
        self._end: re.Pattern[str] | None = None
        """What ends the thought that the reply is in."""

    def feed(self, piece: str, *, final: bool = False) -> tuple[bool, str]:
        """Whether all that was said before was thinking, too, and what is said for certain now.

        A template may open the thought in the prompt, so that the reply only closes it.
        """
        self._held += piece
        if not self._begun and not self._begin(final=final):
            return False, ""
        said, mistaken = "", False
        while mark := self._next_mark(final=final):
            before, self._held = self._held[: mark.start()], self._held[mark.end() :]
            if self._end is None:
                said += before
                self._end = _ENDS.get(mark.lastgroup or "")
                reveals = mark.lastgroup == "closed"
            else:
                self._end = None
                reveals = mark.lastgroup == "answer"
            if reveals:
                said, mistaken = "", True
        return mistaken, said + self._certain(final=final)

    def _begin(self, *, final: bool) -> bool:
        """Whether enough is known to tell how the reply begins."""
        text = self._held.lstrip()
        if not final and any(words.startswith(text) for words in _FIRST_WORDS):
            return False
        self._begun = True
        if found := _AT_FIRST.match(text):
            self._end = _END_OF_CHANNEL if found["channel"] else _END_OF_PROCESS
            self._held = text[found.end() :]
        return True

    def _next_mark(self, *, final: bool) -> re.Match[str] | None:
        """The next mark that is none in quotation marks, of which an answer tells."""
        for mark in (self._end or _MARKS).finditer(self._held):
            before = self._held[max(mark.start() - 1, 0) : mark.start()]
            after = self._held[mark.end() : mark.end() + 1]
            if before and before in _QUOTES:
                if not after and not final:
                    return None
                if after and after in _QUOTES:
                    continue
            return mark
        return None

    def _certain(self, *, final: bool) -> str:
        """What is held and cannot become a mark any more."""
        if self._end is not None:
            self._held = self._held[-_LONGEST:]
            return ""
        held = None if final else _MAY_BE_MARK.search(self._held)
        until = held.start() if held else len(self._held)
        certain, self._held = self._held[:until], self._held[until:]
        return certain


def without_thinking(reply: str) -> str:
    """A whole reply without its thinking; "" where it is all thinking."""
    _, said = Thinking().feed(reply, final=True)
    return said.strip()
