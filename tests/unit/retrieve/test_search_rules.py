"""What a search keeps to, each rule by a case that breaks without it."""

import threading
import time
from collections.abc import Sequence

import pytest

from rag import Assistant
from rag.errors import StoreError
from rag.retrieve import hybrid
from rag.retrieve.candidates import Candidate, CandidateGenerator
from rag.retrieve.hybrid import fuse
from rag.store import PassageIndex
from rag.testing import FakeEmbedder
from rag.types import Hit, Paper
from tests.builders import library, paper

PAPERS = [
    paper("merging"),
    paper("plants", "We merge plants. Roots and leaves grow."),
    paper("stars", "Galaxies and comets shine."),
]


@pytest.fixture
def assistant(tmp_path):
    with Assistant(home=library(tmp_path, PAPERS, FakeEmbedder()), embedding=FakeEmbedder()) as one:
        yield one


def scores(hits: Sequence[Hit]) -> dict[str, float]:
    return {hit.paper.id: hit.score for hit in hits}


def test_the_lexical_arm_weighs_a_little_more_and_is_a_share_of_the_best_possible():
    dense = Candidate("d", "d", cosine=0.8, bm25=0.0)
    lexical = Candidate("l", "l", cosine=0.0, bm25=32.0)
    ranked = fuse([dense, lexical], 40.0)
    assert [candidate.passage_id for _, candidate in ranked] == ["l", "d"]
    assert [score for score, _ in ranked] == pytest.approx([0.55 * 0.8, 0.45 * 0.8])


def test_a_score_is_a_share_however_rare_and_many_the_words(assistant):
    question = "galaxies comets shine stars"
    best = assistant.search(question)[0]
    assert best.paper.id == "id-stars" and 0.5 < best.score < 1


def test_papers_like_the_first_ones_gain_where_a_list_is_asked_for(tmp_path):
    texts = {
        "first": "Pruning of roots helps gardens.",
        "zlike": "Roots helps gardens.",  # like the first one, in words that are not asked for
        "alone": "Comets helps gardens.",
        "other": "Comets shine.",
    }
    papers = [Paper(key, "", text) for key, text in texts.items()]
    home = library(tmp_path, papers, FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
        listed = scores(assistant.search("papers on pruning"))
    assert listed["zlike"] > listed["alone"] > listed["other"]


TOPIC = (
    "of interest is the pruning of roots in gardens, or of trees that stand in orchards near a town"
)


def test_papers_like_the_first_ones_gain_where_a_topic_is_described_and_not_asked(tmp_path):
    texts = {
        "first": "Pruning of roots helps gardens.",
        "zlike": "Roots helps gardens.",
        "alone": "Comets shine.",
    }
    papers = [Paper(key, "", text) for key, text in texts.items()]
    home = library(tmp_path, papers, FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
        described, asked = (
            scores(assistant.search(f"the pruning of roots and of nothing else today{mark}"))
            for mark in (".", "?")
        )
    assert described["zlike"] / described["first"] > 1.05 * asked["zlike"] / asked["first"]


def test_a_long_request_is_measured_by_the_best_paper_of_all_libraries(tmp_path):
    near, far = paper("roots", "The pruning of roots in gardens."), paper("trees", "Trees stand.")
    homes = [
        library(tmp_path / str(number), [one], FakeEmbedder())
        for number, one in enumerate((near, far))
    ]
    with (
        Assistant(home=homes[0], embedding=FakeEmbedder()) as assistant,
        Assistant(home=homes[1], embedding=FakeEmbedder()) as other,
        assistant.joined(homes[1]) as joined,
    ):
        alone, together = scores(other.search(TOPIC)), scores(joined.search(TOPIC))
    assert together[far.id] < 0.9 * alone[far.id], "the best of a poor library counted as the best"
    assert together[near.id] == max(together.values())


@pytest.mark.parametrize(
    "asked",
    ["What does Mixture of Depths do?", "What are depth sinks?", "Does Galaxian work?"],
)
def test_a_paper_that_is_called_by_its_title_gains(tmp_path, asked, monkeypatch):
    papers = [
        Paper("a", "Mixture-of-Depths: Depth Sinks of Galaxian", "Tokens skip layers."),
        *(Paper(f"x{n}", f"Work {n}", "Depths are no mixture, they work.") for n in range(9)),
        Paper("b", "Layers", "Depths, sinks and mixtures: what does it do in Galaxian work?"),
    ]
    home = library(tmp_path, papers, FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
        raised = scores(assistant.search(asked))["a"]
        monkeypatch.setattr(hybrid, "bonuses", lambda *_: {})
        plain = scores(assistant.search(asked))["a"]
    assert raised - plain == pytest.approx(0.15 if "sinks" not in asked else 0.05)


def test_a_name_that_many_papers_use_raises_none_of_them(tmp_path, monkeypatch):
    papers = [Paper(f"p{n}", f"Work {n} on Zorro", "Zorro works.") for n in range(9)]
    home = library(tmp_path, papers, FakeEmbedder())
    with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
        raised = scores(assistant.search("What is Zorro?"))
        monkeypatch.setattr(hybrid, "bonuses", lambda *_: {})
        assert scores(assistant.search("What is Zorro?")) == raised


def test_a_damaged_index_is_an_error_and_not_an_empty_result(assistant, monkeypatch):
    def damaged(*_, **__):
        raise StoreError("the index is damaged")

    monkeypatch.setattr(CandidateGenerator, "candidates", damaged)
    with pytest.raises(StoreError, match="the index is damaged"):
        assistant.search("merging")


def failing(monkeypatch, assistant: Assistant, times: int) -> None:
    """Let so many searches fail, each since a writer has just changed the index under it."""
    plain = CandidateGenerator.candidates
    failures: list[str] = []

    def changed(self, *given, **named):
        if len(failures) == times:
            return plain(self, *given, **named)
        failures.append(name := f"news {len(failures)}")
        library(assistant.settings.home, [paper(name)], FakeEmbedder(), file=name)
        raise StoreError("the index is gone")

    monkeypatch.setattr(CandidateGenerator, "candidates", changed)


def test_a_search_under_which_the_index_changed_is_made_again(assistant, monkeypatch):
    failing(monkeypatch, assistant, times=4)
    assert assistant.search("merging")[0].paper.id == "id-merging"


def test_an_index_that_never_stops_changing_is_an_error_and_not_an_empty_result(
    assistant, monkeypatch
):
    failing(monkeypatch, assistant, times=99)
    with pytest.raises(StoreError, match="changed each of the 5 times"):
        assistant.search("merging")


def test_threads_that_ask_at_once_share_one_index(assistant, monkeypatch):
    opened: list[PassageIndex] = []

    class Slow(PassageIndex):
        def __init__(self, *given, **named) -> None:
            opened.append(self)
            time.sleep(0.1)  # long enough for the others to come here, too, if they may
            super().__init__(*given, **named)

    monkeypatch.setattr(hybrid, "PassageIndex", Slow)
    together = threading.Barrier(8, timeout=20)
    first: list[str] = []

    def ask() -> None:
        together.wait()
        first.append(assistant.search("merging")[0].paper.id)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(opened) == 1 and first == ["id-merging"] * 8


def test_a_paper_of_two_libraries_has_the_better_of_its_scores(tmp_path):
    both = paper("merging")
    homes = [
        library(tmp_path / name, [both, *others], FakeEmbedder())
        for name, others in (
            ("few", []),
            ("many", [paper(f"merging {n}") for n in range(2, 6)]),
        )
    ]
    asked = "merging of plants"
    apart = []
    for home in homes:
        with Assistant(home=home, embedding=FakeEmbedder()) as assistant:
            apart.append(scores(assistant.search(asked))[both.id])
    assert abs(apart[0] - apart[1]) > 0.02
    for one, other in (homes, homes[::-1]):
        with (
            Assistant(home=one, embedding=FakeEmbedder()) as assistant,
            assistant.joined(other) as joined,
        ):
            assert scores(joined.search(asked))[both.id] == pytest.approx(max(apart))
