import json

import pytest

from eval.cases import QUESTIONS
from rag.followup import depends, names, standalone
from rag.types import Turn

HISTORY = [
    Turn("user", "What is Q-Filters?"),
    Turn("assistant", "Q-Filters is a training-free KV cache compression method [1]."),
]


@pytest.mark.parametrize(
    "question",
    ["and how much memory does it save?", "why?", "On which datasets?", "What about speed?",
     "Which of them is faster?", "tell me more"],
)  # fmt: skip
def test_what_leans_on_the_history_gets_its_subject(question):
    query = standalone(question, HISTORY)
    assert "Q-Filters" in query and query.endswith(question)


@pytest.mark.parametrize(
    "question",
    ["What does LoRA-SB change about LoRA-XS?", "Which papers study model merging for speech?",
     "Explain the lottery ticket hypothesis for pruned convolutional networks"],
)  # fmt: skip
def test_what_stands_alone_stays_as_it_is(question):
    assert standalone(question, HISTORY) == question


def test_without_a_history_nothing_is_added():
    assert standalone("and how much?", []) == "and how much?"


def test_the_subject_is_the_last_question_that_stood_alone():
    history = [*HISTORY, Turn("user", "and how fast is it?"), Turn("assistant", "Twice as fast.")]
    assert standalone("why is that?", history).startswith("What is Q-Filters?")


def test_names_in_a_text():
    assert names("Recently. FNet beats BERT on GLUE.", known="bert") == ["FNet", "GLUE"]
    assert names("An ordinary sentence. Another one.") == []


def test_most_follow_ups_of_our_questions_are_recognised():
    rows = [json.loads(line) for line in QUESTIONS.read_text().splitlines()]
    turns = [row for row in rows if row["kind"] == "followup"]
    assert sum(depends(row["question"]) for row in turns) >= 0.8 * len(turns)
    alone = [row for row in rows if row["kind"] == "name"]
    assert sum(depends(row["question"]) for row in alone) <= 0.15 * len(alone)
