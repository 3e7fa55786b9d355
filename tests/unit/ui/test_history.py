import pytest

from rag import StoreError
from rag.types import Answer, Usage
from ui.history import Conversations, turns


def answer(question: str, text: str = "So it is.") -> Answer:
    return Answer(
        question, question, text, "answered", None, 0.9, (), (), (), Usage("m", seconds={"a": 1.0})
    )


@pytest.fixture
def kept(tmp_path):
    return Conversations(tmp_path)


def titles(kept, owner, containing=""):
    return [entry.title for entry in kept.entries(owner, containing)]


def test_answers_are_kept_in_order_and_outlive_a_restart(kept, tmp_path):
    first = kept.add("ann", None, answer("What is A?"))
    assert kept.add("ann", first, answer("And B?")) == first
    kept.close()
    again = Conversations(tmp_path)
    assert [a.question for a in again.answers("ann", first)] == ["What is A?", "And B?"]
    assert again.answers("ann", first)[0] == answer("What is A?")
    assert titles(again, "ann") == ["What is A?"]


def test_nobody_sees_or_changes_what_is_anothers(kept):
    hers = kept.add("ann", None, answer("What is A?"))
    assert kept.entries("bob") == [] and kept.answers("bob", hers) == []
    kept.rename("bob", hers, "Mine")
    kept.delete("bob", hers)
    kept.cut("bob", hers, 0)
    kept.rate("bob", hers, 0, liked=False, comment="bad")
    his = kept.add("bob", hers, answer("And B?"))
    assert his != hers and titles(kept, "bob") == ["And B?"]
    assert titles(kept, "ann") == ["What is A?"] and len(kept.answers("ann", hers)) == 1
    assert kept.ratings("ann", hers) == [(None, "")] and kept.ratings("bob", hers) == []


def test_the_latest_comes_first_and_words_find(kept):
    a = kept.add("ann", None, answer("What is A?"))
    kept.add("ann", None, answer("What is B?", "It saves memory."))
    kept.add("ann", a, answer("And then?"))
    assert titles(kept, "ann") == ["What is A?", "What is B?"]
    assert titles(kept, "ann", "saves memory") == ["What is B?"]
    assert titles(kept, "ann", "nothing like it") == []


def test_a_conversation_is_renamed_cut_and_deleted(kept):
    key = kept.add("ann", None, answer("What is A? " + "word " * 40))
    assert len(titles(kept, "ann")[0]) <= 72
    kept.rename("ann", key, "  Caches \n ")
    assert titles(kept, "ann") == ["Caches"]
    for question in ("B?", "C?"):
        kept.add("ann", key, answer(question))
    kept.cut("ann", key, 1)
    assert len(kept.answers("ann", key)) == 1
    kept.add("ann", key, answer("D?"))
    assert [a.question for a in kept.answers("ann", key)][1:] == ["D?"]
    kept.delete("ann", key)
    assert kept.entries("ann") == [] and kept.answers("ann", key) == []


def test_ratings_are_kept_with_their_comments(kept):
    key = kept.add("ann", None, answer("A?"))
    kept.add("ann", key, answer("B?"))
    kept.rate("ann", key, 1, liked=False, comment="wrong paper")
    assert kept.ratings("ann", key) == [(None, ""), (False, "wrong paper")]


def test_a_conversation_is_history_for_the_assistant():
    (question, reply) = turns([answer("A?")])
    assert (question.role, question.content) == ("user", "A?")
    assert (reply.role, reply.content) == ("assistant", "So it is.")


def test_a_file_that_is_no_database_is_one_clear_line(tmp_path):
    (tmp_path / "conversations.db").write_bytes(b"garbage" * 1000)
    with pytest.raises(StoreError, match="cannot be used"):
        Conversations(tmp_path)
