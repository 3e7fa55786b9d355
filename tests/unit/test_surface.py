"""What a notebook or a program does with an assistant, from an empty folder on."""

import multiprocessing
from pathlib import Path

import pytest

from rag import Answer, Assistant, Filters, Paper, StoreError, Turn, UsageError
from rag.errors import ConfigError
from rag.settings import Options, Settings
from rag.testing import FakeEmbedder, ScriptedModel

ZIP = Paper("zip", "ZipNN: Lossless Compression", "ZipNN saves 33% of the space.", year=2024)
SHARE = {"title": "KVSharer", "abstract": "KVSharer shares caches.", "year": 2025, "doi": "10.1/kv"}


@pytest.fixture
def assistant(tmp_path):
    with Assistant(home=tmp_path / "home", embedding=FakeEmbedder()) as empty:
        yield empty


def test_an_empty_library_is_asked_added_to_and_asked_again(assistant):
    with pytest.raises(StoreError, match="add papers first"):
        assistant.ask("How much space does ZipNN save?")
    assert (assistant.papers(["zip"]), assistant.paper_ids(), assistant.counts("year")) == (
        [],
        [],
        {},
    )
    report = assistant.add([ZIP, SHARE])
    assert (report.added, report.rejected) == (2, [])
    answer = assistant.ask("How much space does ZipNN save?")
    assert answer.citations[0].paper == assistant.papers(["zip"])[0]
    assert assistant.counts("year") == {"2025": 1, "2024": 1}
    assert assistant.remove(["zip", "zip", "none"]) == 1 and assistant.remove(["zip"]) == 0
    assert len(assistant.paper_ids()) == 1


def test_files_are_added_and_synchronised(assistant, tmp_path):
    file = tmp_path / "papers.jsonl"
    lines = ['{"title": "A", "abstract": "About a."}', '{"title": "B", "abstract": "About b."}']
    file.write_text("\n".join(lines))
    steps = []
    assert assistant.add(file, progress=lambda *step: steps.append(step)).added == 2
    assert steps
    file.write_text(lines[0])
    assert assistant.add([str(file)], sync=True).removed == 1


def test_a_frame_is_papers_and_its_gaps_are_nothing(assistant):
    frame = pytest.importorskip("pandas").DataFrame([SHARE, {**SHARE, "title": "Z", "year": None}])
    assert assistant.add(frame).added == 2
    assert {paper.year for paper in assistant.papers(assistant.paper_ids())} == {2025, None}


def test_an_answer_comes_back_from_its_data(assistant):
    assistant.add(ZIP)
    answer = assistant.ask("What does ZipNN save?")
    assert Answer.from_dict(answer.to_dict()) == answer


def test_a_model_of_ones_own_writes_and_a_conversation_is_data(tmp_path):
    model = ScriptedModel("What does ZipNN save?", "A third of the space [{1}].")
    with Assistant(home=tmp_path, llm=model, embedding=FakeEmbedder()) as assistant:
        assistant.add(ZIP)
        history = [{"role": "user", "content": "What is ZipNN?"}, Turn("assistant", "A method.")]
        answer = assistant.ask("What does it save?", history=history)
    assert (answer.text, answer.query) == ("A third of the space [1].", "What does ZipNN save?")
    assert answer.usage.model == model.name and answer.usage.calls == 2


def test_postprocessors_drop_and_score_what_was_found(tmp_path):
    from llama_index.core.postprocessor import SimilarityPostprocessor

    with Assistant(
        home=tmp_path, embedding=FakeEmbedder(),
        postprocessors=[SimilarityPostprocessor(similarity_cutoff=0.2)],
    ) as assistant:  # fmt: skip
        assistant.add([ZIP, SHARE])
        answer = assistant.ask("How much space does ZipNN save?")
    assert [hit.paper.id for hit in answer.hits] == ["zip"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda a: a.ask(3), "A question is text, not int"),
        (lambda a: a.ask("x", history=[{"role": "bot", "content": "c"}]), "history takes"),
        (
            lambda a: a.ask("x", filters={"year_from": 2020}),
            r"filters takes Filters\(…\), not dict",
        ),
        (lambda a: a.search("x", k=0), "1 or more"),
        (lambda a: a.papers("zip"), "list of their ids"),
        (lambda a: a.add(3), "Papers are paths"),
        (lambda a: a.add([ZIP, "file"]), "not a mixture"),
        (lambda a: a.add(ZIP, sync=True), "takes paths"),
        (lambda a: a.adjusted(home="elsewhere"), "another Assistant"),
    ],
)
def test_a_wrong_argument_is_one_clear_sentence(assistant, call, message):
    with pytest.raises(UsageError, match=message) as raised:
        call(assistant)
    assert "\n" not in str(raised.value)


def test_a_wrong_setting_is_named(tmp_path):
    with pytest.raises(ConfigError, match="setting 'kk'"):
        Assistant(home=tmp_path, kk=3)
    with pytest.raises(ConfigError, match="setting k is not valid"):
        Assistant(home=tmp_path, k="many")


def test_a_none_counts_where_there_may_be_none(monkeypatch):
    monkeypatch.setenv("RAG_CHROMA_URL", "http://x")
    monkeypatch.setenv("RAG_K", "4")
    assert Settings.load().chroma_url == "http://x"
    assert Settings.load(chroma_url=None).chroma_url is None
    assert Settings.load(k=None).k == 4
    assert Settings.load(Settings.load(chroma_url=None)).chroma_url is None


def test_every_setting_is_a_keyword_that_an_editor_knows():
    assert set(Options.__annotations__) | {"llm", "embedding"} == set(Settings.model_fields)


def ask_in_child(assistant: Assistant, results) -> None:
    try:
        assistant.search("space", filters=Filters())
    except StoreError as error:
        results.put(str(error))


def test_a_forked_process_is_told_to_open_its_own(assistant, tmp_path):
    assistant.add(ZIP)
    assistant.search("space")
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=ask_in_child, args=(assistant, results), daemon=True)
    child.start()
    assert "open one in each process" in results.get(timeout=30)
    child.join(timeout=30)
    assert not child.is_alive()
    assert Path(assistant.settings.home, "library.db").exists()
