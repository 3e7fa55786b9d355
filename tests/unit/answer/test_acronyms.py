"""What abbreviations stand for, where a text says so (after Schwartz and Hearst)."""

import pytest

from rag.answer.acronyms import abbreviation, expansion


@pytest.mark.parametrize(
    ("short", "text", "long"),
    [
        ("GRPO", "We use Group Relative Policy Optimization (GRPO) here.",
         "Group Relative Policy Optimization"),
        ("LLMs", "Large language models (LLMs) grow.", "Large language models"),
        ("LLM", "Large language models (LLMs) grow.", "Large language models"),
        ("KV", "The key-value cache [KV cache] and key and value (KV) pairs.", "key and value"),
        ("GRPO", "GRPO (Group Relative Policy Optimization) is new.",
         "Group Relative Policy Optimization"),
        ("GRPO", "It is GRPO, short for Group Relative Policy Optimization.",
         "Group Relative Policy Optimization"),
        ("MoD", "Mixture of Depths (MoD) saves time.", "Mixture of Depths"),
    ],
)  # fmt: skip
def test_the_long_form_is_found_where_it_stands(short, text, long):
    found = expansion(short, text)
    assert found is not None and found.long == long
    assert text[found.start : found.end] == long


@pytest.mark.parametrize(
    ("short", "text"),
    [
        ("GRPO", "We use GRPO here."),
        ("GRPO", "We use another method (GRPO) here."),  # letters are missing
        ("RL", "The world is real (RL)."),  # its first letter opens no word
        ("GRPO", "Group tests. Relative Policy Optimization (GRPO)."),  # across a full stop
        ("AB", "about one or two or three tubes (AB)."),
        ("K", "A kernel (K)."),
    ],
)
def test_what_is_no_long_form_is_none(short, text):
    assert expansion(short, text) is None


@pytest.mark.parametrize(
    ("question", "names", "short"),
    [
        ("What does GRPO stand for?", ["GRPO"], "GRPO"),
        ("What does the SFT of it stand for?", [], "SFT"),
        ("What does Medusa's KV mean?", ["Medusa"], "KV"),
        ("what does it stand for?", [], ""),
    ],
)
def test_the_abbreviation_that_a_question_asks_about(question, names, short):
    assert abbreviation(question, names) == short
