"""One answer being written: what fits, what goes round, what refuses, what is empty."""

from types import SimpleNamespace

import pytest

from rag.answer.citations import Checks
from rag.answer.generate import GeneratedAnswer
from rag.answer.written import WrittenAnswerer
from rag.errors import ModelError
from rag.llm import RunContext, prompts
from rag.settings import Settings
from rag.testing import ScriptedModel
from rag.types import Hit, Paper, Passage
from rag.verify import OfflineChecker
from tests.builders import real_embedder

PAPERS = [
    Paper(name, f"{name} saves memory", f"{name} saves {n}0% of the memory. " + "It is so. " * 20)
    for n, name in enumerate(["Alpha", "Beta", "Gamma", "Delta"], start=1)
]


class Watched(ScriptedModel):
    """A script that notes how much of it was read."""

    asked_for = 0

    def stream(self, messages, meter, stop, *, fresh=False):
        for piece in super().stream(messages, meter, stop, fresh=fresh):
            self.asked_for += 1
            yield piece


def hit(paper: Paper) -> Hit:
    return Hit(paper, Passage("p", paper.id, paper.abstract[:10], 0, 10), 1.0)


def written(reply, budget: int = 100_000, **given) -> GeneratedAnswer:
    model = Watched(reply, prompt_budget=budget)
    answer = GeneratedAnswer(
        model, "How much memory?", [hit(paper) for paper in PAPERS], RunContext("fake"),
        prompts.AnswerStyle(50), **given,
    )  # fmt: skip
    answer.steps = list(answer.pieces())
    return answer


def test_what_does_not_fit_into_the_window_is_told():
    answer = written("So [{1}].", budget=400)
    assert answer._context.notices == [
        "It read the first 2 of 4 papers found: no more fit into the window of fake/script, which "
        "RAG_CONTEXT sets."
    ]
    assert written("So [{1}].")._context.notices == []


def test_summaries_take_the_room_that_they_need():
    short = {paper.id: "It saves memory." for paper in PAPERS}
    answer = written("So [{1}].", budget=400, summaries=short)
    assert answer._context.notices == [] and "It is so." not in answer._model.requests[0][1].content


def test_papers_that_their_summaries_leave_out_are_told():
    context = RunContext("fake")
    helper = ScriptedModel("It saves memory.\n8", "NOT APPLICABLE")
    answerer = WrittenAnswerer(
        helper, helper, Settings.load(summaries=True), Checks(OfflineChecker()),
        real_embedder(), context,
    )  # fmt: skip
    found = SimpleNamespace(query=SimpleNamespace(text="memory?"), hits=list(map(hit, PAPERS[:2])))
    assert answerer._summarised(found) == {"Alpha": "It saves memory."}
    assert context.notices == [
        "It read 1 of 2 papers found: the summaries of the others say nothing about the question."
    ]


LOOP = "It saves 10% of the memory [{1}]. "


def test_a_loop_is_cut_and_the_stream_stopped_and_it_is_told():
    answer = written("Alpha does [{1}]. " + 50 * LOOP + "Beta does [{2}].")
    assert answer.parser.shown == "Alpha does [1]. It saves 10% of the memory [1]."
    assert list(answer.papers) == [1] and answer.failure is None
    assert answer._context.notices == [
        "fake/script repeated itself; its answer was cut after the first time."
    ]
    assert answer._model.asked_for < 250 and answer.steps[-1] == answer.parser.shown


def test_a_loop_without_citations_is_stopped_too():
    answer = written(50 * "It saves much of the memory. ")
    assert answer._model.asked_for < 250 and answer.failure.kind == "uncited"


def test_numbers_halves_of_keys_and_titles_cite():
    assert list(written("So [2]. And [4].").papers.values()) == [PAPERS[1], PAPERS[3]]
    assert list(written("So [Beta saves memory].").papers.values()) == [PAPERS[1]]


@pytest.mark.parametrize(
    "reply",
    ["NOT ANSWERED", "NOT ANSWERED: the year.\nThe passages are about memory.",
     "The passages do not state this.", "The abstract does not give the year [{1}].",
     "We look.</think>NOT ANSWERED"],
)  # fmt: skip
def test_a_reply_that_answers_nothing_refuses(reply):
    answer = written(reply)
    assert answer.refused and answer.failure is None


@pytest.mark.parametrize(
    "reply", ["It does not need labels [{1}].", "NOT ANSWERED: the year.\nIt saves 10% [{1}]."]
)
def test_an_answer_is_no_refusal(reply):
    answer = written(reply)
    assert not answer.refused and answer.failure is None


@pytest.mark.parametrize("reply", ["<think>It is so.", "It is so.</think>", "Nobody knows."])
def test_a_reply_that_says_or_cites_nothing_is_a_failure(reply):
    assert written(reply).failure.kind == "uncited"


def test_thinking_is_in_no_step():
    answer = written("We look at [{1}]. So.</think>It saves 10% [{2}].")
    assert not any("look" in step for step in answer.steps)
    assert answer.parser.shown == "It saves 10% [1]." and answer.papers == {1: PAPERS[1]}


def test_a_reply_that_is_mended_is_read_the_same_way():
    answer = written("So [{1}].")
    answer._model = Watched(3 * LOOP, ModelError("down", "server"))
    mended = answer.repair([])
    assert mended.parser.shown == "It saves 10% of the memory [1]." and answer.repair([]) is None
