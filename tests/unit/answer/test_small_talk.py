"""What is said to messages that ask nothing of papers."""

import pytest

from rag.answer import chat_answer
from rag.answer.small_talk import reply
from rag.types import Answer, Usage


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("bye, thanks!", "Goodbye."),
        ("再见", "Goodbye."),
        ("Thanks a lot", "You are welcome."),
        ("谢谢", "You are welcome."),
        ("Can you help, thanks?", "I answer questions"),
        ("Hello", "Hello. I answer questions"),
        ("Guten Tag", "All right. I answer questions"),
        ("/commands", "I answer questions"),
        ("what can you do", "I answer questions"),
        ("hmm", "All right. I answer questions"),
    ],
)
def test_each_message_gets_its_reply(message, said):
    assert reply(message).startswith(said)


def test_the_answer_tells_how_many_papers_there_are_and_rests_on_none():
    start = Answer("Hello", "Hello", "", "refused", None, 0.0, (), (), (), Usage())
    answer = chat_answer(start, 1234)
    assert "abstracts of the 1,234 papers in this library" in answer.text
    assert (answer.status, answer.confidence) == ("answered", 1.0)
    assert answer.citations == answer.sentences == answer.hits == ()
