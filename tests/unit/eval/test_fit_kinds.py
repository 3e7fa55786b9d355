"""Fitting what tells kinds of questions: what is fitted on, what is kept, and how it is judged."""

import datetime
import json
import random

import pytest

from eval.fit import former_rules, kinds, wordings
from eval.fit.wordings import Example
from rag import Assistant
from rag.errors import ConfigError
from rag.plan import kinds as in_use
from rag.plan.kinds import KindModel
from rag.testing import FakeEmbedder
from rag.types import KINDS
from tests.builders import papers_of, real_embedder

PAPERS = papers_of([
    ("LoRA-Drop: Pruning Low-Rank Adapters", "It prunes."),
    ("KVSharer: Layer-Wise Sharing of Caches", "It shares."),
])  # fmt: skip


def test_places_are_filled_from_papers_and_lists_and_a_wording_counts_once():
    given = [Example("who wrote {title} in {year}?", "lookup"), Example("hello", "chat")]
    found = list(wordings.filled(given, PAPERS))
    assert len(found) == wordings.FILLED + 1 and found[-1] == Example("hello", "chat")
    assert sum(each.weight for each in found[:-1]) == pytest.approx(1.0)
    titles = {paper.title for paper in PAPERS}
    assert all(any(title in each.question for title in titles) for each in found[:-1])
    assert list(wordings.filled(given, PAPERS)) == found
    assert list(wordings.filled(given, PAPERS, seed=4)) != found


def test_every_place_of_the_wordings_can_be_filled():
    fillers = wordings._fillers(PAPERS, random.Random(0))
    places = {m[1] for each in wordings.wordings() for m in wordings.PLACE.finditer(each.question)}
    assert places == set(fillers)
    for _ in range(50):
        assert all(fill().strip() for fill in fillers.values())


def test_nothing_held_out_is_fitted_on():
    held = {each.question for part in wordings.held_out().values() for each in part}
    assert len(held) > 300
    assert not held & {each.question for each in wordings.questions()}
    assert {each.kind for each in wordings.questions()} == set(KINDS)


def test_a_held_out_question_is_left_out_of_whole_questions_however_it_is_written(monkeypatch):
    rows = [json.loads(line) for line in wordings.WHOLE.read_text().splitlines()]
    rest = len(wordings.questions())
    held = {"asked": [Example(rows[0]["question"].upper() + " ?", rows[0]["kind"])]}
    free = {"asked": [Example("nobody asks this", "fact")]}
    monkeypatch.setattr(wordings, "held_out", lambda: held)
    one_less = len(wordings.questions())
    monkeypatch.setattr(wordings, "held_out", lambda: free)
    assert one_less == len(wordings.questions()) - 1 and rest <= len(wordings.questions())


NAMES, THINGS = ("BiDM", "LoRA-XS", "ZipNN"), ("maps", "roads", "birds")
WORDS = [
    *(Example(f"why does {name} fail on {thing}?", "reason") for name in NAMES for thing in THINGS),
    *(Example(f"how many {kind} papers are on {thing}?", "count")
      for kind in ("new", "old", "good") for thing in THINGS),
    *(Example(f"{greeting}, {word} {name}!", "chat")
      for greeting in ("hello", "thanks") for word in ("dear", "good") for name in NAMES),
]  # fmt: skip


def test_cue_words_are_those_of_many_wordings():
    known = kinds.cue_words([*WORDS, Example("{name} why {topic}", "reason")])
    assert {"why", "does", "how", "many", "papers"} <= known
    assert not known & {"new", "old", "name", "topic", "NAME"}


def test_the_model_tells_kinds_with_vectors_and_without_and_drops_small_weights():
    embedder = real_embedder()
    model = kinds.fit(WORDS, kinds.cue_words(WORDS), embedder)
    held = {"mine": [Example("why does QLoRA fail on cities?", "reason"),
                     Example("how many papers are on soup?", "count")]}  # fmt: skip
    found = kinds.accuracies(model, held, embedder)["mine (2)"]
    assert found["refitted"] == found["without MiniLM"] == 1.0
    assert found["refitted, up to the way it is answered"] == 1.0
    assert found["always “reason”"] == 0.5
    assert set(model.vectors) == {"reason", "count", "chat"} and len(model.vectors["count"]) == 384
    weights = [weight for row in model.weights.values() for weight in row.values()]
    assert weights and min(map(abs, weights)) >= kinds.LEAST - 0.005


def test_kinds_with_few_examples_count_nearly_as_much():
    weights = kinds._balanced([Example("a", "fact")] * 8 + [Example("b", "list")] * 2)
    assert 2 < weights[-1] / weights[0] < 4


def test_a_refit_is_written_with_where_it_comes_from_and_read_without_it(tmp_path, monkeypatch):
    model = KindModel(frozenset({"why"}), {"reason": 0.5, "fact": 0.1}, {"^ why": {"reason": 2.0}},
                      {"reason": [0.25], "fact": [0.5]})  # fmt: skip
    refit = kinds.KindRefit(model, {"train": 2, "held out": 1}, {"all (1)": {"refitted": 0.75}})
    path = tmp_path / "kinds.json"
    kinds.write(refit, path, today=datetime.date(2020, 2, 3))
    provenance = json.loads(path.read_text())["provenance"]
    assert provenance["date"] == "2020-02-03" and provenance["accuracy"]["all (1)"] == {
        "refitted": 0.75
    }
    assert set(provenance["data"]) == set(wordings.FILES)
    monkeypatch.setattr(in_use, "files", lambda _: tmp_path)
    in_use.model.cache_clear()
    try:
        assert in_use.model() == model
    finally:
        in_use.model.cache_clear()
    assert "| all (1) | 0.750 |" in refit.markdown()


def test_the_model_in_use_says_where_it_comes_from_and_is_small():
    raw = json.loads(kinds.KINDS.read_text(encoding="utf-8"))
    assert kinds.KINDS.stat().st_size < 500_000
    assert set(raw["provenance"]["data"]) == set(wordings.FILES)
    overall = next(v for k, v in raw["provenance"]["accuracy"].items() if k.startswith("all"))
    assert overall["refitted"] > overall["without MiniLM"] > overall["rules of 0.1.0"]


def test_kinds_are_fitted_with_minilm_and_the_bundled_papers_alone(home):
    with Assistant(home=home, embedding=FakeEmbedder()) as other:
        with pytest.raises(ConfigError, match="embedded MiniLM"):
            kinds.refit_kinds(other)
    with Assistant(home=home, embedding=real_embedder()) as few:
        with pytest.raises(ConfigError, match="lacks bundled papers"):
            kinds.refit_kinds(few)


@pytest.mark.parametrize(
    ("question", "right", "wrong"),
    [
        ("Why does it fail?", "reason", "fact"),
        ("papers on merging", "overview", "number"),
        ("How many papers are there?", "count", "reason"),
        ("BERT versus GPT-2", "comparison", "list"),
        ("Who wrote LoRA-XS?", "lookup", "reason"),
    ],
)
def test_the_former_rules_pass_for_every_kind_that_they_covered(question, right, wrong):
    assert right in former_rules.allowed(question)
    assert wrong not in former_rules.allowed(question)
