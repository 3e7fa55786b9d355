"""Questions of several parts."""

import pytest

from rag.plan import split_question


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How large is NORA, and what was it trained on?",
         ("How large is NORA", "what was it trained on?")),
        ("What is ZipNN? How much does it save?", ("What is ZipNN?", "How much does it save?")),
        ("Explain what TAID is and how it handles the gap",
         ("Explain what TAID is", "how it handles the gap")),
        ("which data was used and on what hardware did it run",
         ("which data was used", "on what hardware did it run")),
    ],
)  # fmt: skip
def test_parts_are_asked_one_by_one(question, found):
    assert split_question(question) == found


@pytest.mark.parametrize(
    "question",
    [
        "What are the strengths and limits of ZipNN?",
        "Does it work for text and images?",
        "ZipNN and what else",
        "What is a, and how is b, and why is c, and where is d?",
    ],
)
def test_what_is_one_question_is_left_alone(question):
    assert split_question(question) == (question,)
