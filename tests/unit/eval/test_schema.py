"""What a line of questions may hold, and what follows from it."""

import json

import pytest

from eval.cases import Case, facts_found, load, parse
from rag.errors import CorpusError
from rag.types import Paper

LINE = {"id": "q", "question": "Which one?"}


def parsed(path, **given) -> Case:
    path.write_text("\n" + json.dumps({**LINE, **given}) + "\n")
    (case,) = parse(path, str)
    return case


@pytest.fixture
def path(tmp_path):
    return tmp_path / "mine.jsonl"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"facts": ["640 billion"]}, "the field facts must be a list of lists"),
        ({"facts": "x"}, "the field facts must be"),
        ({"facts": [[]]}, "the field facts must be"),
        ({"facts": [[""]]}, "the field facts must be"),
        ({"facts": [[4]]}, "the field facts must be"),
        ({"relevent": ["A"]}, "there is no field relevent"),
        ({"relevant": "A"}, "the field relevant must be"),
        ({"relevant": {"A": "2"}}, "the field relevant must be"),
        ({"history": [["user"]]}, "the field history must be"),
        ({"history": [["me", "Hi."]]}, "the field history must be"),
        ({"must_pass": "yes"}, "the field must_pass must be true or false"),
        ({"words": "20"}, "the field words must be a number"),
        ({"words": True}, "the field words must be a number"),
        ({"why": "unknown"}, "the field why must be one of not_stated"),
        ({"twin": 4}, "the field twin must be a string"),
        ({"about": "A"}, "the field about must be"),
        ({"near": [1]}, "the field near must be"),
        ({"facets": "x"}, "the field facets must be"),
        ({"kind": None}, "the field kind must be a string"),
        ({"question": " "}, "the field question must be"),
        ({"id": ""}, "the field id must be"),
        ({"why": "not_stated", "relevant": ["A"]}, "relevant or facts give one"),
        ({"why": "false_premise"}, "nothing in relevant or facts"),
    ],
)
def test_a_line_that_is_no_question_is_refused_with_line_and_field(path, given, said):
    with pytest.raises(CorpusError, match=rf"mine\.jsonl:2: .*{said}"):
        parsed(path, **given)


def test_a_line_that_is_no_object_is_refused(path):
    path.write_text("[1]\n")
    with pytest.raises(CorpusError, match=":1: a question is an object"):
        parse(path, str)


def test_every_field_reaches_the_case(path):
    found = parsed(
        path, kind="list", why="false_premise", relevant={"a": 2, "b": 0}, facts=[["30%", "30 %"]],
        twin="p", about=["c"], near=["d"], facets=["small"], words=20, history=[["user", "Hi."]],
    )  # fmt: skip
    assert found.relevant == {"a", "b"} and found.gains == {"a": 2, "b": 0}
    assert (found.why, found.twin, found.about, found.near) == ("false_premise", "p", {"c"}, {"d"})
    assert (found.facets, found.words, found.source) == (("small",), 20, "mine")
    assert found.facts == (("30%", "30 %"),) and found.history[0].content == "Hi."


@pytest.mark.parametrize(
    ("given", "answerable", "ranked", "asks_papers"),
    [
        ({"relevant": ["a"]}, True, True, False),
        ({}, False, False, False),
        ({"why": "off_topic", "kind": "out_of_scope"}, False, False, False),
        ({"why": "false_premise", "relevant": ["a"], "facts": [["x"]]}, True, True, False),
        ({"kind": "chat"}, True, False, False),
        ({"kind": "count", "facts": [["60"]]}, True, False, False),
        ({"kind": "count"}, False, False, False),
        ({"kind": "lookup", "facts": [["2019"]], "relevant": ["a"]}, True, False, False),
        ({"kind": "lookup", "relevant": ["a"]}, True, False, True),
        ({"kind": "list", "relevant": ["a"]}, True, True, True),
    ],
)
def test_what_can_be_answered_and_how_it_is_measured(path, given, answerable, ranked, asks_papers):
    found = parsed(path, **given)
    assert (found.answerable, found.ranked, found.asks_papers) == (answerable, ranked, asks_papers)


class Shelf:
    def __init__(self, *papers):
        self._papers = list(papers)

    def paper_ids(self):
        return [paper.id for paper in self._papers]

    def papers(self, ids):
        return self._papers


def test_a_question_that_names_what_its_only_paper_brings_is_told(path):
    shelf = Shelf(
        Paper("a", "Platypus: Refining BERT", "We merge. Our variant is called FooNet-2."),
        Paper("b", "BERT in practice", "BERT is used."),
        Paper("c", "Pruning BERT", "BERT is pruned."),
    )
    asked = [
        ("How fast is Platypus?", ["a"], True),
        ("How fast is FooNet-2?", ["a"], True),
        ("How is BERT refined?", ["a"], False),
        ("Is Platypus like the others?", ["a", "b"], False),
        ("How are models merged?", ["a"], False),
    ]
    path.write_text("".join(
        json.dumps({"id": str(n), "question": q, "relevant": r}) + "\n"
        for n, (q, r, _) in enumerate(asked)
    ))  # fmt: skip
    assert [case.named for case in load(shelf, path)] == [named for *_, named in asked]


def test_sets_that_are_asked_together_share_no_id(path, tmp_path):
    other = tmp_path / "other.jsonl"
    path.write_text(json.dumps(LINE) + "\n")
    other.write_text(json.dumps({**LINE, "id": "p"}) + "\n")
    assert [case.source for case in load(Shelf(), path, other)] == ["mine", "other"]
    other.write_text(json.dumps(LINE) + "\n")
    with pytest.raises(CorpusError, match="'q' is in more than one set"):
        load(Shelf(), path, other)


@pytest.mark.parametrize(
    ("option", "text", "found"),
    [
        ("4", "There are 4 papers.", True),
        ("4", "It is from 2014.", False),
        ("4", "It gains 0.4 points.", False),
        ("4", "It gains 4.5 points.", False),
        ("1200", "There are 1,200 papers.", True),
        ("1,200", "There are 1200 papers.", True),
        ("200", "There are 1,200 papers.", False),
        ("one", "There is one paper.", True),
        ("one", "It runs on a phone.", False),
        ("2.1times", "It is 2.1× faster.", True),
        ("六十", "共有六十篇", True),
    ],
)
def test_a_bare_number_must_stand_by_itself(option, text, found):
    assert facts_found(Case("q", "?", facts=((option,),)), text) == float(found)
