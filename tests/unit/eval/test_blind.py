"""What blind readers get, and what their scores say."""

import json

import pytest

from eval import blind
from eval.cases import Case
from eval.datasets import Dataset
from eval.runs import run
from rag.errors import ConfigError, CorpusError
from rag.types import Paper, Turn
from tests.builders import ALPHA, BETA, answer

DATED = Paper("d", "On dates", "It has a date.", authors=("Ann Lee",), year=2019)


class Papers:
    """The part of an assistant that a sheet needs."""

    def __init__(self) -> None:
        self._papers = {paper.id: paper for paper in (ALPHA, BETA, DATED)}

    def paper_ids(self):
        return list(self._papers)

    def papers(self, ids):
        return [self._papers[key] for key in ids]


CASES = (
    *(Case(f"fact{n}", f"What of {n}?", frozenset("a"), kind="fact") for n in range(6)),
    *(Case(f"list{n}", f"Which are {n}?", frozenset("ab"), kind="list") for n in range(2)),
    Case("who", "Who wrote it?", frozenset("d"), kind="lookup", facts=(("Lee",),),
         reference="Ann Lee."),
    Case("no", "Why not?", kind="fact", about=frozenset("b"), split="train",
         history=(Turn("user", "Is it?"), Turn("assistant", "It is not."))),
)  # fmt: skip


@pytest.fixture
def data():
    return Dataset("x", CASES, Papers(), "")


def reports():
    one = run(CASES, lambda case: answer(case, text=f"One says {case.id} [1]."))
    two = run(CASES, lambda case: answer(case, paper=BETA, text=f"Two says {case.id} [1]."))
    return {"one": one, "two": two}


def drawn(data, **given):
    return blind.sheet(reports(), data, **{"split": "test", "per_kind": 3, **given})


def test_the_same_questions_of_both_runs_are_drawn_so_many_of_each_kind(data):
    found = drawn(data)
    kinds = [keyed.kind for keyed in found.key.values()]
    assert {kind: kinds.count(kind) for kind in kinds} == {"fact": 6, "list": 4, "lookup": 2}
    by_system = {
        name: {keyed.id for keyed in found.key.values() if keyed.system == name}
        for name in ("one", "two")
    }
    assert by_system["one"] == by_system["two"] and "no" not in by_system["one"]
    assert drawn(data) == found and drawn(data, seed=1).key != found.key
    assert {keyed.id for keyed in drawn(data, split=None, per_kind=9).key.values()} == {
        case.id for case in CASES
    }


def test_answers_are_shuffled_and_nothing_says_whose_they_are(data):
    found = drawn(data, per_kind=9)
    systems = [found.key[item.item].system for item in found.items]
    assert systems != sorted(systems) and systems != sorted(systems, reverse=True)
    for item in found.items:
        assert found.key[item.item].id not in item.item and len(item.item) == 10


def test_an_item_holds_what_can_be_judged_and_no_more(data):
    found = drawn(data, split=None, per_kind=9)
    items = {found.key[item.item][:2]: item for item in found.items}
    fact = items["two", "fact0"]
    assert fact.answer == answer("q", paper=BETA, text="Two says fact0 [1].").to_text()
    assert [title for title, _ in fact.abstracts] == ["Alpha", "Beta"]  # due, and cited
    assert fact.reference == "" and fact.history == ()
    who = items["one", "who"]
    assert who.reference == "Ann Lee." and ("On dates. Ann Lee. 2019", DATED.abstract) in (
        who.abstracts
    )
    about = items["one", "no"]
    assert about.history == (("user", "Is it?"), ("assistant", "It is not."))
    assert [title for title, _ in about.abstracts] == ["Alpha", "Beta"]


def test_questions_that_a_run_could_not_answer_are_not_drawn(data):
    both = reports()
    both["two"] = run(CASES, lambda case: 1 / 0 if case.id != "fact3" else answer(case))
    found = blind.sheet(both, data, split="test", per_kind=9)
    assert {keyed.id for keyed in found.key.values()} == {"fact3"}
    with pytest.raises(ConfigError, match="answered no question of split dev of x"):
        blind.sheet(both, data, split="dev", per_kind=9)


@pytest.mark.parametrize("name", ["read.jsonl", "read.md"])
def test_the_sheet_and_its_key_are_two_files(data, tmp_path, name):
    found = drawn(data)
    key = blind.write(found, tmp_path / name)
    text = (tmp_path / name).read_text()
    assert key == tmp_path / "read.key.jsonl"
    assert all(item in text for item in found.key)
    assert not any(f'"{name}"' in text for name in ("one", "two", "system"))
    if name.endswith("jsonl"):
        assert len([json.loads(line) for line in text.splitlines()]) == len(found.items)
    else:
        assert text.startswith(blind.RUBRIC) and "> Two says" in text and "## Beta" in text
    rows = [json.loads(line) for line in key.read_text().splitlines()]
    assert {row["item"]: row["system"] for row in rows} == {
        item: keyed.system for item, keyed in found.key.items()
    }


# -- scores ----------------------------------------------------------------------------------------

KEY = [
    {"item": "a", "system": "one", "id": "1", "kind": "fact"},
    {"item": "b", "system": "two", "id": "1", "kind": "fact"},
    {"item": "c", "system": "one", "id": "2", "kind": "list"},
    {"item": "d", "system": "two", "id": "2", "kind": "list"},
    {"item": "e", "system": "two", "id": "3", "kind": "list"},
]


@pytest.fixture
def files(tmp_path):
    (tmp_path / "key.jsonl").write_text("".join(json.dumps(row) + "\n" for row in KEY))

    def make(*readers: str):
        paths = []
        for number, scores in enumerate(readers):
            path = tmp_path / f"r{number}"
            rows = [{"item": item, "score": int(score)} for item, score in scores.split()]
            path.write_text("".join(json.dumps(row) + "\n" for row in rows))
            paths.append(path)
        return blind.table(tmp_path / "key.jsonl", paths)

    return make


def test_scores_are_joined_by_system_and_kind(files):
    told = files("a0 b2 c1 d2 e2", "a1 b2 c1 d0 e2")
    assert "| one | fact | 1 | 0.50 | 0.00 | 0.50 |" in told
    assert "| two | list | 2 | 1.50 | 0.75 | 0.25 |" in told
    assert "| two | all | 3 | 1.67 | 0.83 | 0.17 |" in told
    assert "two − one: +0.75 [" in told and "n = 2" in told and "not read" not in told


def test_readers_agree_as_far_as_weighted_kappa_says(files):
    assert "r0 and r1: weighted kappa 1.00, n = 5" in files("a0 b2 c1 d2 e2", "a0 b2 c1 d2 e2")
    # Squared distances 1, 0, 0, 4 and 0, over what all 25 pairs of these scores have on average.
    one, two = [0, 2, 1, 2, 2], [1, 2, 1, 0, 2]
    by_chance = sum((x - y) ** 2 for x in one for y in two) / 5
    kappa = 1 - 5 / by_chance
    assert f"weighted kappa {kappa:.2f}, n = 5" in files("a0 b2 c1 d2 e2", "a1 b2 c1 d0 e2")
    assert "weighted kappa undetermined, n = 1" in files("a2 b1", "a2 c1")
    assert "kappa" not in files("a2")


def test_what_was_not_read_is_told(files):
    told = files("a2 b1")
    assert "| one | list | 0 |" in told and "3 of 5 were not read." in told


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"item": "z", "score": 1}', ":1: the item 'z' is not in the key"),
        ('{"item": "a", "score": 3}', ":1: the score of a must be 0, 1 or 2"),
        ('{"item": "a", "score": true}', ":1: the score of a must be"),
        ('{"item": "a", "score": "2"}', ":1: the score of a must be"),
        ('{"item": "a"}', ":1: the score of a must be"),
        ('{"item": "a", "score": 1}\n{"item": "a", "score": 1}', ":2: the item 'a' is there twice"),
        ("[1]", ":1 is no object"),
        ("{", ":1 is no object"),
    ],
)
def test_a_score_that_is_none_is_told_with_its_line(files, tmp_path, line, said):
    files()
    path = tmp_path / "scores"
    path.write_text(line + "\n")
    with pytest.raises(CorpusError, match=said):
        blind.table(tmp_path / "key.jsonl", [path])
    with pytest.raises(ConfigError, match="nowhere cannot be read"):
        blind.table(tmp_path / "key.jsonl", [tmp_path / "nowhere"])
