"""What a notebook or a program does with an assistant, from an empty folder on."""

import multiprocessing
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Answer, Assistant, Filters, Paper, Plan, StoreError, Turn, UsageError
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


def test_how_a_question_is_understood_is_told_before_the_search_and_can_be_changed(assistant):
    assistant.add([ZIP, SHARE])
    question = "What does ZipNN save?"
    plans = [answer.plan for answer in assistant.stream(question)]
    assert plans[0] is None and plans[1] is not None
    assert len(plans) > 3 and all(plan is plans[1] for plan in plans[1:])
    kept = ("language", "queries", "subjects", "fields")
    changes = {"kind": "reason", "facets": ["space"], "form": "list", "words": 7}
    plan = assistant.ask(question, plan=changes).plan
    assert (plan.kind, plan.facets, plan.form, plan.words) == ("reason", ("space",), "list", 7)
    assert plan.understood == "a reason: space" and not plan.likely
    assert all(getattr(plan, name) == getattr(plans[1], name) for name in kept)
    again = assistant.ask(question, plan=replace(plan, kind="definition", understood="x"))
    assert (again.plan.kind, again.plan.understood) == ("definition", "what it is: space")


def test_filters_of_a_changed_plan_stand_beside_the_users_own(assistant):
    assistant.add([ZIP, SHARE])
    plan = {"filters": Filters(year_from=2025)}
    assert [h.paper.title for h in assistant.ask("Who saves?", plan=plan).hits] == ["KVSharer"]
    answer = assistant.ask("Who saves?", filters=Filters(year_to=2024), plan=plan)
    assert answer.status == "refused" and not answer.hits


def test_what_is_to_be_counted_is_read_when_a_question_is_said_to_count(assistant):
    assistant.add([ZIP, SHARE])
    answer = assistant.ask("What does ZipNN do in papers from 2024?", plan={"kind": "count"})
    assert answer.plan.topic and answer.plan.filters.year_from == 2024
    assert "2024" in answer.understood


def test_a_follow_up_is_not_condensed_when_its_question_is_given(assistant):
    assistant.add([ZIP, SHARE])
    history = [Turn("user", "What is KVSharer?"), Turn("assistant", "A method.")]
    given = {"query": "What does ZipNN save?"}
    answer = assistant.ask("and what does it save?", history=history, plan=given)
    assert answer.query == given["query"] and answer.citations[0].paper.id == ZIP.id
    assert "KVSharer" in assistant.ask("and what does it save?", history=history).query


def test_a_model_of_ones_own_writes_and_a_conversation_is_data(tmp_path):
    model = ScriptedModel('{"question": "What does ZipNN save?"}', "A third of the space [{1}].")
    with Assistant(
        home=tmp_path, llm=model, embedding=FakeEmbedder(), check="offline"
    ) as assistant:
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
        (lambda a: a.ask("x", plan="list"), "a Plan or a mapping, not str"),
        (lambda a: a.ask("x", plan={"knd": "list"}), "plan takes kind, .*; not 'knd'"),
        (lambda a: a.ask("x", plan={"kind": "lst"}), "kind is one of: .*; not 'lst'"),
        (lambda a: a.stream("x", plan={"kind": None}), "kind is one of: .*; not None"),
        (lambda a: a.ask("x", plan=Plan("lst", "x")), "kind is one of"),
        (lambda a: a.ask("x", plan={"form": ["list"]}), "form is one of: text, list, table"),
        (lambda a: a.ask("x", plan={"words": True}), "1 or more, not True"),
        (lambda a: a.ask("x", plan={"words": -3}), "1 or more, not -3"),
        (lambda a: a.ask("x", plan={"query": " \0 "}), "question that stands alone"),
        (lambda a: a.ask("x", plan={"facets": "owls"}), "list of conditions"),
        (lambda a: a.ask("x", plan={"facets": [3]}), "list of conditions"),
        (lambda a: a.ask("x", plan={"filters": {"year_from": 1}}), "filters are .*not dict"),
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
