import subprocess
import sys
import textwrap

import pytest

from rag.errors import StoreError
from rag.store.lexical import LexicalIndex

ENTRIES = [
    ("p1", "LoRA-SB: initialization", "LoRA-SB approximates full tuning."),
    ("p2", "P$^2$ Law", "A scaling law for post-training after model pruning."),
    ("p3", "The era of 1.58-bit models", "Weights are ternary; W4A8 is compared."),
    ("p4", "TÜLU 3", "Open post-training recipes for language models."),
    ("p5", "Quantization of diffusion", "We quantize diffusion models to one bit."),
    ("p6", "On style", "Colours and behaviour are modelled as labelled data."),
]


@pytest.fixture
def index(tmp_path):
    found = LexicalIndex.open(tmp_path / "lexical")
    found.add(ENTRIES)
    found.commit()
    yield found
    found.close()


def first(index: LexicalIndex, question: str, **options) -> str | None:
    hits = index.search(question, k=3, **options)
    return hits[0][0] if hits else None


@pytest.mark.parametrize(
    ("question", "passage"),
    [
        ("LoRA-SB", "p1"),
        ("lora sb", "p1"),
        ("LoRASB", "p1"),
        ("p^2 law", "p2"),
        ("P2 Law", "p2"),
        ("1.58-bit", "p3"),
        ("1.58 bit", "p3"),
        ("w4a8", "p3"),
        ("Tulu 3", "p4"),
        ("quantisation of diffusion models", "p5"),
        ("color and behavior modeled as labeled data", "p6"),
        ("The era of 1.58-bit models", "p3"),
    ],
)
def test_exact_things_are_found_however_they_are_spelt(index, question, passage):
    assert first(index, question) == passage


@pytest.mark.parametrize("question", ["", "the of and", "?!", '+-:"()^~[]{}\\/', "qqqq zzzz"])
def test_nothing_to_search_for_finds_nothing(index, question):
    assert index.search(question, k=5) == []


@pytest.mark.parametrize("syntax", ["AND OR NOT", 'title:"', "(((", "law^9 ~2", "* [a TO z]", "\\"])
def test_query_syntax_is_plain_text(index, syntax):
    assert first(index, f"{syntax} pruning") == "p2"


def test_scores_fall_and_repeat(index):
    hits = index.search("post-training models", k=6)
    assert hits == index.search("post-training models", k=6)
    assert [s for _, s in hits] == sorted((s for _, s in hits), reverse=True)


def test_only_the_papers_allowed_are_searched(index):
    assert first(index, "models", paper_ids=["p4"]) == "p4"
    assert index.search("models", k=5, paper_ids=[]) == []
    many = [f"x{n}" for n in range(3000)] + ["p4"]
    free = dict(index.search("models", k=6))
    assert index.search("models", k=5, paper_ids=many) == [("p4", pytest.approx(free["p4"]))]


def test_an_entry_is_replaced_by_its_id(index):
    index.add([("p1", "Other", "A text about sailing boats.")])
    index.commit()
    assert len(index) == len(ENTRIES)
    assert first(index, "sailing") == "p1"
    assert first(index, "LoRA-SB") is None


def test_deleted_entries_are_gone_and_unknown_ones_ignored(index):
    index.delete(["p2", "nowhere"])
    index.commit()
    assert index.ids() == {"p1", "p3", "p4", "p5", "p6"}
    assert first(index, "pruning") is None


def test_changes_are_invisible_until_committed(index, tmp_path):
    reader = LexicalIndex.open(tmp_path / "lexical", readonly=True)
    index.add([("p7", "Boats", "Sailing boats.")])
    reader.refresh()
    assert first(reader, "sailing") is None
    index.commit()
    reader.refresh()
    assert first(reader, "sailing") == "p7"


@pytest.mark.parametrize(
    ("word", "better"),
    [
        ("difusion", "diffusion"),
        ("prunnig", "pruning"),
        ("approximaets", "approximates"),
        ("pruning", None),
        ("xylophone", None),
        ("gpt4", None),
        ("bt", None),
    ],
)
def test_misspelt_words_are_mended_from_the_corpus(index, word, better):
    assert index.suggest(word) == better


def test_of_a_very_long_question_only_the_rarest_terms_are_searched(index, monkeypatch):
    assert len(index.search("models pruning", k=10)) > 1
    monkeypatch.setattr("rag.store.lexical.MAX_TERMS", 1)
    assert [passage for passage, _ in index.search("models pruning", k=10)] == ["p2"]


def test_document_frequency_and_idf(index):
    assert index.document_frequency("model") > index.document_frequency("prune") == 1
    assert index.idf("prune") > index.idf("model") > 0


def test_a_missing_index_says_what_to_run(tmp_path):
    with pytest.raises(StoreError, match="rag rebuild"):
        LexicalIndex.open(tmp_path / "none", readonly=True)


def test_a_damaged_index_says_what_to_run(index, tmp_path):
    (tmp_path / "lexical" / "meta.json").write_text("{")
    with pytest.raises(StoreError, match="rag rebuild"):
        LexicalIndex.open(tmp_path / "lexical", readonly=True)


def test_a_killed_writer_leaves_the_last_commit_and_no_lock(index, tmp_path):
    index.close()
    script = f"""
        import os, signal
        from pathlib import Path
        from rag.store.lexical import LexicalIndex
        index = LexicalIndex.open(Path({str(tmp_path / "lexical")!r}))
        index.add([("p8", "Kites", "Flying kites.")])
        index.delete(["p1"])
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False)
    assert killed.returncode == -9
    after = LexicalIndex.open(tmp_path / "lexical")
    assert after.ids() == {entry[0] for entry in ENTRIES}
    after.add([("p8", "Kites", "Flying kites.")])
    after.commit()
    assert first(after, "kites") == "p8"
    after.close()
