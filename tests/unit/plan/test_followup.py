import json

import pytest

from eval.cases import QUESTIONS
from rag.plan.followup import continues, depends, names, searched, standalone
from rag.types import Turn

TOLD = "Q-Filters is a training-free KV cache compression method [1]."
HISTORY = [Turn("user", "What is Q-Filters?"), Turn("assistant", TOLD)]


@pytest.mark.parametrize(
    "question",
    ["and how much memory does it save?", "why?", "On which datasets?", "What about speed?",
     "tell me more", "in one sentence, please"],
)  # fmt: skip
def test_what_leans_on_the_history_gets_its_subject(question):
    query = standalone(question, HISTORY)
    assert "Q-Filters" in query and query.endswith(" " + question)


@pytest.mark.parametrize(
    ("question", "alone"),
    [
        ("and how much memory does it save?", "Q-Filters: and how much memory does it save?"),
        ("why?", "What is Q-Filters? why?"),
        ("in one sentence, please", "What is Q-Filters? in one sentence, please"),
        ("What about DoRA-2?", "What is DoRA-2?"),
        ("A different question: what is pruning?", "what is pruning?"),
        ("Now for something completely different. Does it rain?",
         "What is Q-Filters? Does it rain?"),
    ],
)  # fmt: skip
def test_the_subject_stands_in_front_or_in_its_place(question, alone):
    assert standalone(question, HISTORY) == alone


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("and how much memory does it save?",
         f"What is Q-Filters? {TOLD} Q-Filters: and how much memory does it save?"),
        ("why?", f"{TOLD} What is Q-Filters? why?"),  # what was asked before is in it already
        ("in one sentence, please", f"{TOLD} What is Q-Filters? in one sentence, please"),
        ("A different question: what is pruning?", "what is pruning?"),
        ("What is pruning?", "What is pruning?"),
    ],
)  # fmt: skip
def test_a_follow_up_is_searched_with_what_was_asked_before_it(question, wanted):
    assert searched(question, HISTORY) == wanted


def test_without_a_history_the_question_is_searched():
    assert searched("and how much?", []) == "and how much?"


def test_those_of_a_list_are_all_meant():
    listed = Turn("assistant", "2 papers fit:\n- ZipNN: Codecs for Nets: “It saves 33%.” [1]\n"
                  "- DFloat11: Short Codes: “It saves 30%.” [2]")  # fmt: skip
    query = standalone("Are those codes lossless?", [Turn("user", "papers on codes"), listed])
    assert query == "papers on codes ZipNN Codecs Nets 33 Are those codes lossless?"


@pytest.mark.parametrize(
    "question",
    ["What does LoRA-SB change about LoRA-XS?", "Which papers study model merging for speech?",
     "Explain the lottery ticket hypothesis for pruned convolutional networks"],
)  # fmt: skip
def test_what_stands_alone_stays_as_it_is(question):
    assert standalone(question, HISTORY) == question


@pytest.mark.parametrize(
    "question",
    ["Is it any good?", "How does it compare with GPT-4?", "who wrote it", "what else",
     "more details please", "What are the limitations?", "Limitations?", "Is there code?",
     "Does the second one use distillation?", "Which papers use this technique?", "Compare the two",
     "What is that called?", "Doesn't that make serving more expensive?", "How about the 13B one?",
     "explain more", "What is better?", "the former, then?", "ok, and then?", "Why not?",
     "Can the same be done to the values?", "Are there other papers about it?", "and in practice?"],
)  # fmt: skip
def test_follow_ups(question):
    assert depends(question)


@pytest.mark.parametrize(
    "question",
    ["What about LoRA-XS?", "And what is LoRA?", "Does BERT do that?", "What is pruning?",
     "So what is knowledge distillation?", "What are adapters?", "papers on model merging",
     "List papers about pruning", "TART, what is it trained on?", "Tell me about distillation",
     "Same question for Llama-3", "What is the capital of France?",
     "Which methods shrink the key-value cache during long-context inference?",
     "Bloggers plant random passphrases in their posts so that they can later ask a chatbot "
     "whether it was trained on them: how many repetitions does a simple check take?"],
)  # fmt: skip
def test_no_follow_ups(question):
    assert not depends(question)


def test_the_answer_gives_the_names_that_the_question_lacks():
    history = [
        Turn("user", "Which model growth operator works best?"),
        Turn(
            "assistant", "A stacking operator, G_stack, beats bert2BERT and LiGO on 7B models [1]."
        ),
    ]
    query = searched("How many tokens does it need?", history)
    assert query.startswith("Which model growth operator works best? ")
    assert (
        "G_stack" in query and "LiGO" in query and query.endswith(" How many tokens does it need?")
    )


@pytest.mark.parametrize(
    ("history", "expected"),
    [
        ([Turn("user", "What is FNet?")], "What is FNet? Why?"),
        ([Turn("assistant", "FNet mixes tokens with GLUE.")], "FNet GLUE Why?"),
        ([Turn("assistant", "Welcome.")], "Why?"),
        ([Turn("user", "Why?"), Turn("assistant", "")], "Why? Why?"),
        (
            [Turn("user", "What is FNet?"), Turn("assistant", "A model."),
             Turn("user", "What is BERT?"), Turn("assistant", "Another model.")],
            "What is BERT? Why?",
        ),
    ],
)  # fmt: skip
def test_histories_of_all_kinds(history, expected):
    assert standalone("Why?", history) == expected


def test_without_a_history_nothing_is_added():
    assert standalone("and how much?", []) == "and how much?"


def test_the_subject_is_the_last_question_that_stood_alone():
    history = [*HISTORY, Turn("user", "and how fast is it?"), Turn("assistant", "Twice as fast.")]
    assert standalone("why is that?", history).startswith("What is Q-Filters?")


def test_names_in_a_text():
    assert names("Recently. FNet beats BERT on GLUE.", known="bert") == ["FNet", "GLUE"]
    assert names("An ordinary sentence. Another one.") == []


ROWS = [json.loads(line) for line in QUESTIONS.read_text().splitlines()]
# The word of the conversation without which the follow-up would find another paper.
SUBJECTS = dict(
    enumerate(
        "SLTrain MegaScale G_stack MUSCLE CLIP Llama Open-Platypus CulturaX HAR Attention PolyLM "
        "LayerSkip PowerInfer-2 ThinK TIES-Merging preference disclose entropy".split(),
        start=1,
    )
)


@pytest.mark.parametrize("number", SUBJECTS)
def test_the_follow_ups_of_our_questions_get_their_subject(number):
    (row,) = [row for row in ROWS if row["id"] == f"followup-{number:03}"]
    history = [Turn(role, said) for role, said in row["history"]]
    query = searched(row["question"], history)
    assert SUBJECTS[number] in query.removesuffix(row["question"])
    assert query.endswith(" " + row["question"])
    assert standalone(row["question"], history).endswith(" " + row["question"])


def test_every_follow_up_of_our_questions_has_a_subject_here():
    assert len(SUBJECTS) == sum(row["kind"] == "followup" for row in ROWS) == 18


def test_few_of_our_other_questions_are_taken_for_follow_ups():
    alone = [row for row in ROWS if row["kind"] != "followup"]
    assert not any(depends(row["question"]) for row in alone if row["kind"] == "name")
    assert sum(depends(row["question"]) for row in alone) <= 0.1 * len(alone)


def test_a_word_after_a_citation_begins_a_sentence():
    assert names("Q-Filters is fast [1]. It works. [1] Contrarily to many, FNet does.") == [
        "Q-Filters", "FNet",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "is_one"),
    [
        ("What about DFloat11?", True), ("And what about ZipNN?", True), ("And for ZipNN?", True),
        ("compared to LoRA-XS?", True), ("What is ZipNN?", False),
        ("What about the memory that ZipNN takes on small phones?", False),
    ],
)  # fmt: skip
def test_the_same_question_of_another_subject_is_for_a_model(question, is_one):
    assert continues(question) is is_one
