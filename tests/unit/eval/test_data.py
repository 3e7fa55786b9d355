"""The sets that come along: well formed, on papers that are there, and split as they say."""

import json
from collections import Counter

import pytest

from eval.cases import ASKED, OURS, QUESTIONS, STORED, Case, facts_found, load
from eval.fit.labels import invented
from rag.corpus import read
from rag.text import sentences
from rag.types import KINDS, Paper
from tests import SEEDS

DATA = QUESTIONS.parent
ECOMED = DATA / "ecomed"


class Shelf:
    """The part of a library that `load` needs."""

    def __init__(self, papers: list[Paper]) -> None:
        self.all = {paper.id: paper for paper in papers}

    def paper_ids(self) -> list[str]:
        return list(self.all)

    def papers(self, ids: list[str]) -> list[Paper]:
        return list(self.all.values())


@pytest.fixture(scope="module")
def seeds() -> Shelf:
    files = sorted(SEEDS.glob("*.txt"))
    return Shelf([item for path in files for item in read(path) if isinstance(item, Paper)])


@pytest.fixture(scope="module")
def ecomed() -> Shelf:
    return Shelf([item for item in read(ECOMED / "papers.jsonl") if isinstance(item, Paper)])


@pytest.fixture(scope="module")
def asked(seeds) -> list[Case]:
    return load(seeds, ASKED)


@pytest.fixture(scope="module")
def on_ecomed(ecomed) -> list[Case]:
    return load(ecomed, ECOMED / "questions.jsonl")


def lines(name: str) -> list[dict]:
    return [json.loads(line) for line in (DATA / name).read_text(encoding="utf-8").splitlines()]


def test_the_table_of_the_sets_counts_their_lines():
    table = (DATA / "README.md").read_text()
    for path in sorted(DATA.rglob("*.jsonl")):
        assert f"| `{path.relative_to(DATA)}` | {len(path.read_text().splitlines())} |" in table


def test_the_table_of_splits_counts_the_questions(asked, on_ecomed):
    table = (DATA / "README.md").read_text()
    for name, cases in (("asked.jsonl", asked), ("ecomed/questions.jsonl", on_ecomed)):
        parts = Counter(case.split for case in cases)
        able = sum(case.answerable for case in cases)
        assert f"| `{name}` | {parts['train']} | {parts['test']} | {able} |" in table


def test_our_sets_can_be_asked_together(seeds):
    assert {case.source for case in load(seeds, *OURS)} == {"questions", "asked"}


@pytest.mark.parametrize("name", ["asked", "on_ecomed"])
def test_questions_have_a_kind_a_reference_and_no_double(name, request):
    cases = request.getfixturevalue(name)
    assert {case.kind for case in cases} <= set(KINDS)
    assert all(case.kind_asked == case.kind for case in cases)
    assert all(case.reference and case.words for case in cases)
    assert {case.split for case in cases} == {"train", "test"}
    assert len({(case.question, case.history) for case in cases}) == len(cases)
    assert all(case.why for case in cases if not case.answerable)
    assert all(not case.facts or case.relevant or case.kind in STORED for case in cases)


@pytest.mark.parametrize("name", ["asked", "on_ecomed"])
def test_of_two_twins_just_one_can_be_answered(name, request):
    cases = {case.id: case for case in request.getfixturevalue(name)}
    twins = [case for case in cases.values() if case.twin]
    assert len(twins) >= 20
    for case in twins:
        other = cases[case.twin]
        assert other.twin == case.id and other.answerable != case.answerable, case.id
        assert other.split == case.split, case.id


@pytest.mark.parametrize(("name", "shelf"), [("asked", "seeds"), ("on_ecomed", "ecomed")])
def test_every_fact_stands_in_a_relevant_paper(name, shelf, request):
    papers = request.getfixturevalue(shelf).all
    for case in request.getfixturevalue(name):
        if case.facts and case.kind not in STORED:
            held = " ".join(map(everything, (papers[key] for key in case.relevant)))
            assert facts_found(case, held) == 1.0, case.id


def everything(paper: Paper) -> str:
    return f"{paper.title} {paper.abstract} {', '.join(paper.authors)} {paper.year}"


def test_near_papers_are_not_relevant(asked, on_ecomed):
    for case in [*asked, *on_ecomed]:
        assert not case.near & case.relevant, case.id
        assert not case.about & case.relevant, case.id


def test_nothing_that_is_fitted_on_is_of_a_paper_that_is_held_out(asked, seeds):
    labelled = {row["paper"] for row in lines("sentences.jsonl")}
    assert len(labelled) == 360 and labelled <= set(seeds.all)
    by_split: dict[str, set[str]] = {"train": set(), "test": set()}
    for case in asked:
        if len(papers := case.relevant | case.about) == 1 and case.kind not in STORED:
            by_split[case.split] |= papers
    assert by_split["train"] <= labelled and len(by_split["train"]) > 80
    assert not by_split["test"] & labelled and len(by_split["test"]) > 100


@pytest.mark.parametrize("folder", ["", "fields/"])
def test_sentences_are_numbered_within_their_abstract(folder, seeds):
    papers = invented() if folder else seeds.all
    rows = lines(f"{folder}sentences.jsonl")
    for row in rows:
        count = len(sentences(papers[row["paper"]].abstract))
        assert all(0 <= number < count for number in row["best"] + row["also"]), row
        assert row["kind"] in KINDS and isinstance(row["names"], bool) and row["question"]
    unanswerable = Counter(row["paper"] for row in rows if not row["best"])
    assert set(unanswerable) == {row["paper"] for row in rows}
    assert len({(row["paper"], row["question"].lower()) for row in rows}) == len(rows)


@pytest.mark.parametrize("folder", ["", "fields/"])
def test_lists_and_roles_are_of_known_papers_and_sentences(folder, seeds):
    papers = invented() if folder else seeds.all
    counts = {key: len(sentences(paper.abstract)) for key, paper in papers.items()}
    for row in lines(f"{folder}roles.jsonl"):
        assert all(k is None or k < counts[row["paper"]] for k in (row["does"], row["finds"]))
    for row in lines(f"{folder}lists.jsonl"):
        fits = dict(row["fits"])
        others = {*dict(row["near"]), *row["others"]}
        assert fits and others and not others & set(fits) and row["facets"]
        assert all(place < counts[key] for key, place in fits.items()) and others <= set(counts)


def test_wordings_are_labelled_with_kinds_and_forms():
    phrasings, forms = lines("phrasings.jsonl"), lines("forms.jsonl")
    assert {row["kind"] for row in phrasings} == set(KINDS)
    assert len({row["text"] for row in phrasings}) == len(phrasings)
    assert {row["form"] for row in forms} == {"text", "list", "table"}
    assert all(row["words"] is None or row["words"] > 0 for row in forms)


def test_whole_questions_are_labelled_with_kinds_and_none_is_there_twice():
    rows = lines("kinds.jsonl")
    assert {row["kind"] for row in rows} == set(KINDS)
    assert all(set(row) == {"kind", "question"} and row["question"].strip() for row in rows)
    assert len({row["question"] for row in rows}) == len(rows)


def test_the_invented_papers_carry_fields_and_some_lack_one(ecomed):
    papers = list(ecomed.all.values())
    assert all(paper.authors for paper in papers) and len(papers) == 60
    for field in ("year", "venue", "doi"):
        assert 0 < sum(not getattr(paper, field) for paper in papers) <= 10
