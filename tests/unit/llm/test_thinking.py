"""Thinking is taken out of a reply, in every wrapping and however the reply is cut."""

import pytest

from rag.llm.thinking import Thinking, without_thinking

SAID = "It halves memory [src-x7k2]. It is < 3 & R&D <b>bold</b>."
THOUGHT = "The user asks 1 < 2, see [src-bbbb]."
WRAPPED = {
    "think": f"<think>{THOUGHT}</think>\n\n{SAID}",
    "only closed": f"{THOUGHT}\n</think>\n\n{SAID}",
    "opened twice": f"<think><think>{THOUGHT}</think>{SAID}",
    "one in another": f"<think>a<think>{THOUGHT}</think>{THOUGHT}</think>{SAID}",
    "thinking": f"<thinking>{THOUGHT}</thinking>{SAID}",
    "reasoning": f"<reasoning>\n{THOUGHT}\n</reasoning>\n{SAID}",
    "thought": f"<thought>{THOUGHT}</thought>{SAID}",
    "upper case": f"<THINK>{THOUGHT}</Think>{SAID}",
    "spaced": f"< think >{THOUGHT}</ think >{SAID}",
    "closed otherwise": f"<think>{THOUGHT}</thinking>{SAID}",
    "with an attribute": f'<think budget="12">{THOUGHT}</think>{SAID}',
    "escaped": f"&lt;think&gt;{THOUGHT}&lt;/think&gt;{SAID}",
    "Kimi": f"◁think▷{THOUGHT}◁/think▷{SAID}",
    "Seed": f"<seed:think>{THOUGHT}</seed:think>{SAID}",
    "Magistral": f"[THINK]{THOUGHT}[/THINK]{SAID}",
    "Command": f"<|START_THINKING|>{THOUGHT}<|END_THINKING|><|START_RESPONSE|>{SAID}"
    "<|END_RESPONSE|>",
    "Sky": f"<|begin_of_thought|>{THOUGHT}<|end_of_thought|>{SAID}",
    "Hunyuan": f"<think>{THOUGHT}</think>\n<answer>\n{SAID}\n</answer>",
    "answer alone": f"{THOUGHT}<answer>{SAID}</answer>",
    "Granite": f"Here is my thought process: {THOUGHT} Here is my response: {SAID}",
    "Gemma": f"<|channel>thought\n{THOUGHT}<channel|>{SAID}",
    "MedGemma": f"<unused94>thought\n{THOUGHT}<unused95>{SAID}",
    "harmony": f"<|channel|>analysis<|message|>{THOUGHT}<|end|><|start|>assistant"
    f"<|channel|>final<|message|>{SAID}<|return|>",
    "harmony, opened before": f"{THOUGHT}<|end|><|start|>assistant<|channel|>final<|message|>"
    f"{SAID}",
    "harmony, a call": f"<|channel|>commentary<|message|>{THOUGHT}<|end|><|start|>assistant"
    f"<|message|>{SAID}",
    "harmony without tokens": f"analysisThe user asks. {THOUGHT}assistantfinal{SAID}",
    "a server's": f'<details type="reasoning" done="true">\n{THOUGHT}</details>\n{SAID}',
    "quoted within": f"<think>It ends with `</think>`, {THOUGHT}</think>{SAID}",
    "not at all": SAID,
    "token at the end": f"{SAID}<|im_end|>",
}
ELSE = {
    "in the middle": (f"One.<think>{THOUGHT}</think> Two.", "One. Two."),
    "twice": (f"<think>a</think>One.\n<think>{THOUGHT}</think>\nTwo.", "One.\n\nTwo."),
    "never closed": (f"<think>{THOUGHT}", ""),
    "never closed in the middle": (f"One.<think>{THOUGHT}", "One."),
    "closed at the end": (f"{THOUGHT}</think>", ""),
    "no final channel": (f"<|channel|>analysis<|message|>{THOUGHT}", ""),
    "told of": ("It ends with `</think>` or “<think>”.", "It ends with `</think>` or “<think>”."),
    "a quotation of it": ('"<think>a</think>" b', '"" b'),
    "half a tag": ("So it is <thi", "So it is <thi"),
    "nothing": ("", ""),
}


def read(pieces) -> str:
    thinking, said = Thinking(), ""
    for piece, final in [*((piece, False) for piece in pieces), ("", True)]:
        mistaken, more = thinking.feed(piece, final=final)
        said = more if mistaken else said + more
    return said.strip()


def cuts(text: str):
    """The text letter by letter, in every two pieces, and in pieces of every length."""
    yield list(text)
    yield from ([text[:at], text[at:]] for at in range(len(text) + 1))
    for size in range(2, 40):
        yield [text[at : at + size] for at in range(0, len(text), size)]


@pytest.mark.parametrize("name", WRAPPED)
def test_only_what_is_said_is_left(name):
    assert without_thinking(WRAPPED[name]) == SAID


@pytest.mark.parametrize("name", ELSE)
def test_what_is_not_closed_or_only_told_of(name):
    text, said = ELSE[name]
    assert without_thinking(text) == said


@pytest.mark.parametrize("name", [*WRAPPED, *ELSE])
def test_however_it_is_cut_the_same_is_left(name):
    text = WRAPPED.get(name) or ELSE[name][0]
    for pieces in cuts(text):
        assert read(pieces) == without_thinking(text), pieces


@pytest.mark.parametrize("name", [n for n, text in WRAPPED.items() if not text.startswith("The")])
def test_thinking_that_is_opened_is_never_said_before_it_is_closed(name):
    thinking = Thinking()
    for letter in WRAPPED[name]:
        mistaken, said = thinking.feed(letter)
        assert not ("user" in said or "asks" in said)


def test_a_long_thought_is_not_kept():
    thinking = Thinking()
    thinking.feed("<think>")
    for _ in range(1000):
        thinking.feed("So I think on. ")
    assert len(thinking._held) < 200
