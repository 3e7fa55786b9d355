import json
import os
import re
import subprocess
import sys

import pytest

import eval as door
from eval.cases import QUESTIONS, Case, facts_found, load
from rag.corpus import read
from rag.errors import CorpusError
from rag.text import squash
from rag.types import Paper
from tests import ROOT, SEEDS
from tests.builders import QUESTION


def case(**changes) -> Case:
    given = dict(
        id="x", split="train", kind="fact", language="en", question="?", history=(),
        relevant=frozenset({"a", "b"}), facts=(("6.54times", "six"), ("46.2%",)),
    )  # fmt: skip
    return Case(**(given | changes))


def test_facts_are_found_whatever_the_punctuation_and_export_damage():
    assert facts_found(case(), "It is 6.54× faster.") == 0.5
    assert facts_found(case(), "Six times; 46.2 %!") == 1.0
    assert facts_found(case(), "nothing") == 0.0


def test_the_public_names_are_handed_out_and_nothing_heavy_is_loaded_before():
    script = (
        "import sys, eval\n"
        "assert not {'numpy', 'rag', 'ir_measures', 'scipy'} & set(sys.modules)\n"
        "from eval import Case, Report, compare_runs, gate, open_dataset, run\n"
        "assert all(callable(getattr(eval, name)) for name in eval.__all__)\n"
        "assert run.__module__ == Report.__module__ == 'eval.runs'\n"
        "assert not {'llama_index', 'chromadb', 'sklearn', 'onnxruntime'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        door.nothing  # noqa: B018


def test_the_python_of_the_documentation_runs(home, tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(home))
    monkeypatch.setenv("RAG_CACHE", str(tmp_path))
    (block,) = re.findall(r"```python\n(.*?)```", (ROOT / "docs/eval.md").read_text(), re.DOTALL)
    path = tmp_path / "mine.jsonl"
    path.write_text(json.dumps({
        "id": "1", "question": QUESTION, "relevant": [f"{0:016x}"], "facts": [["30%"]]
    }))  # fmt: skip
    names = {}
    exec(block.replace("None, Settings.load()", f"{str(path)!r}, Settings.load()"), names)
    assert names["report"].outcomes() == {"right": 1} and names["other"].summary()["facts"].n == 1
    names["data"].assistant.close()


class Shelf:
    """The part of a library that `load` needs."""

    def __init__(self, papers: list[Paper]) -> None:
        self._papers = papers

    def paper_ids(self) -> list[str]:
        return [paper.id for paper in self._papers]

    def papers(self, ids: list[str]) -> list[Paper]:
        return self._papers


@pytest.fixture(scope="module")
def seeds() -> dict[str, Paper]:
    return {
        squash(paper.title): paper
        for path in sorted(SEEDS.glob("*.txt"))
        for paper in read(path)
        if isinstance(paper, Paper)
    }


def test_our_questions_are_well_formed(seeds):
    cases = load(Shelf(list(seeds.values())))
    assert len(cases) >= 150
    assert len({c.id for c in cases}) == len({c.question for c in cases}) == len(cases)
    assert sum(not c.answerable for c in cases) >= 30
    assert {c.split for c in cases} == {"train", "test"}


def test_every_must_have_fact_stands_in_a_relevant_paper(seeds):
    for c in load(Shelf(list(seeds.values()))):
        held = " ".join(f"{p.title} {p.abstract}" for p in seeds.values() if p.id in c.relevant)
        assert not c.facts or facts_found(c, held) == 1.0, c.id


def test_a_malformed_question_is_named_by_file_and_line(tmp_path):
    path = tmp_path / "questions.jsonl"
    path.write_text(QUESTIONS.read_text().splitlines()[0] + "\n" + json.dumps({"id": "x"}) + "\n")
    with pytest.raises(CorpusError, match=r"questions.jsonl:1: the field relevant names a paper"):
        load(Shelf([]), path)
