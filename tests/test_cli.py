"""The command line, with a quick model inside this process and with the real one outside."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rag.assistant
import rag.show
from rag.__main__ import app, main
from tests.fakes import FakeEmbedder, real_embedder

ROOT = Path(__file__).parent.parent
PAPERS = [
    {"title": "KVSharer: Sharing Caches", "year": 2024, "authors": ["Ann Lee"],
     "abstract": "KVSharer shares caches. It saves 30% of memory."},
    {"title": "Pruning", "abstract": "Pruning removes weights and leaves.", "year": 2010},
]  # fmt: skip


@pytest.fixture
def run(monkeypatch, tmp_path, capfd):
    """Run a command in this process: its exit code, standard output and standard error."""
    monkeypatch.setattr(rag.assistant, "embedder_for", lambda settings: FakeEmbedder())
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "home"))
    rag.show._console.cache_clear()

    def command(*arguments: str, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["rag", *arguments])
        read, write = os.pipe()
        os.write(write, stdin.encode())
        os.close(write)
        with os.fdopen(read, encoding="utf-8") as given:
            monkeypatch.setattr(sys, "stdin", given)
            capfd.readouterr()
            rag.show._console.cache_clear()
            with pytest.raises(SystemExit) as ended:
                main()
        out, err = capfd.readouterr()
        return int(ended.value.code or 0), out, err

    return command


@pytest.fixture
def library(run, tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS))
    assert run("add", str(path))[0] == 0
    return path


def test_adding_reports_and_the_second_time_says_that_nothing_changed(run, library):
    code, out, err = run("add", str(library))
    assert (code, out) == (0, "")
    assert "Nothing has changed in 1 files." in err
    assert run("add", str(library), "--quiet") == (0, "", "")


def test_bad_records_are_named_and_strict_stops(run, library, tmp_path):
    path = tmp_path / "more.jsonl"
    path.write_text('{"title": "No abstract"}\n' + json.dumps({**PAPERS[0], "title": "New"}) + "\n")
    code, _, err = run("add", str(path), "--strict")
    assert code == 1 and "more.jsonl:1" in err and "Traceback" not in err
    code, _, err = run("add", str(path))
    assert code == 0 and "more.jsonl:1" in err and "1 new" in err and "1 records rejected" in err


def test_adding_from_standard_input(run):
    code, _, err = run("add", "-", stdin=json.dumps(PAPERS[0]) + "\n")
    assert code == 0 and "1 new" in err


def test_sync_removes_what_vanished(run, library):
    library.write_text(json.dumps(PAPERS[0]) + "\n")
    code, _, err = run("add", str(library), "--sync")
    assert code == 0 and "1 removed" in err
    assert json.loads(run("list", "--json")[1])["total"] == 1


def test_search_as_json_has_exactly_the_contract(run, library):
    code, out, _ = run("search", "caches", "-k", "1", "--json")
    data = json.loads(out)
    assert code == 0 and set(data) == {"question", "hits"} and data["question"] == "caches"
    (hit,) = data["hits"]
    assert set(hit) == {"paper_id", "title", "passage", "score"}
    assert hit["title"] == PAPERS[0]["title"]


def test_search_with_filters(run, library):
    out = run("search", "anything", "--to", "2015", "--json")[1]
    assert [hit["title"] for hit in json.loads(out)["hits"]] == ["Pruning"]
    out = run("search", "anything", "--author", "lee", "--where", "title=kv", "--json")[1]
    assert [hit["title"] for hit in json.loads(out)["hits"]] == [PAPERS[0]["title"]]


def test_an_answer_is_plain_when_piped_and_exits_0(run, library):
    code, out, _ = run("ask", "How much memory does KVSharer save?")
    assert code == 0 and "\x1b" not in out
    assert "It saves 30% of memory. [1] ✓" in out and "[1] KVSharer: Sharing Caches" in out


def test_a_refusal_exits_3_and_shows_what_is_near(run, library):
    code, out, _ = run("ask", "Which bus goes to Lisbon after midnight?")
    assert code == 3 and "Nearest papers:" in out


def test_ask_as_json_is_the_dump_of_the_answer(run, library):
    code, out, _ = run("ask", "How much memory does KVSharer save?", "--json")
    data = json.loads(out)
    assert code == 0 and data["status"] == "answered"
    assert data["citations"][0]["quote"] in PAPERS[0]["abstract"]


def test_questions_from_standard_input_give_a_line_each(run, library):
    code, out, _ = run("ask", "-", stdin="How much memory does KVSharer save?\n\nLisbon bus?\n")
    answers = [json.loads(line) for line in out.splitlines()]
    assert [a["status"] for a in answers] == ["answered", "refused"] and code == 3


def test_a_chat_understands_follow_ups_and_ends_at_an_empty_line(run, library):
    code, out, err = run("chat", stdin="What is KVSharer?\nand how much memory does it save?\n\n")
    assert code == 0 and out.count("Sources") == 2
    assert "searched for: What is KVSharer?" in err


def test_list_show_and_remove(run, library):
    listed = json.loads(run("list", "--json")[1])["papers"]
    assert [paper["title"] for paper in listed] == [PAPERS[0]["title"], "Pruning"]
    key = listed[0]["id"]
    code, out, _ = run("show", key[:6])
    assert code == 0 and "It saves 30% of memory." in out and "papers.jsonl:1" in out
    assert json.loads(run("show", key, "--json")[1])["year"] == 2024
    run("remove", key, stdin="n\n")
    assert json.loads(run("list", "--json")[1])["total"] == 2
    assert run("remove", "--query", "pruning", "--yes")[0] == 0
    assert run("remove", "--source", "papers.jsonl", "-y")[0] == 0
    assert json.loads(run("list", "--json")[1])["total"] == 0


def test_status_doctor_and_rebuild(run, library, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", "sk-planted")
    code, out, err = run("status")
    assert code == 0 and "papers     2" in out and "sk-planted" not in out + err
    assert json.loads(run("status", "--json")[1])["papers"] == 2
    assert run("doctor")[:2] == (0, "The library and its indexes agree.\n")
    assert run("rebuild")[0] == 0
    (index,) = (Path(os.environ["RAG_HOME"])).glob("index-*")
    (index / "lexical" / "meta.json").unlink()
    code, out, _ = run("doctor")
    assert code == 1 and "rag rebuild" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", "anything"), "rag add"),
        (("doctor",), "rag add"),
        (("rebuild",), "rag add"),
        (("add", "missing.txt"), "missing.txt"),
        (("add", "."), "no file"),
        (("--llm", "abacus", "ask", "x"), "rag add|extractive"),
    ],
)
def test_mistakes_are_one_clear_line(run, arguments, said):
    import re

    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("rag: ") and err.count("\n") == 1 and re.search(said, err)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("search", "x", "--where", "colour=red"), "FIELD=TEXT"),
        (("search", "x", "--where", "title"), "FIELD=TEXT"),
        (("add", "papers.jsonl", "--format", "word"), "--format is one of"),
        (("show", "zzz"), "rag list"),
        (("show", ""), "give more of it"),
        (("remove",), "Say what to remove"),
        (("ask", " "), "empty"),
        (("--llm", "abacus", "ask", "x"), "extractive"),
    ],
)
def test_mistakes_with_a_library_are_one_clear_line(run, library, arguments, said):
    code, out, err = run(*arguments)
    assert (code, out) == (1, "")
    assert err.startswith("rag: ") and err.count("\n") == 1 and said in err


def test_wrong_usage_exits_2(run):
    assert run("search", "x", "-k", "0")[0] == 2
    assert run("fly")[0] == 2


def test_a_damaged_library_is_one_clear_line(run, library):
    home = Path(os.environ["RAG_HOME"])
    for path in home.glob("library.db*"):
        path.write_bytes(b"garbage" * 1000)
    code, _, err = run("ask", "anything")
    assert code == 1 and err.startswith("rag: ") and err.count("\n") == 1


def test_hostile_titles_are_harmless_text(run, tmp_path):
    path = tmp_path / "evil.csv"
    path.write_text("title,abstract\nEvil [red]markup[/red] \u202etitle,Evil pruning of trees.\n")
    run("add", str(path))
    for command in (("list",), ("search", "evil"), ("ask", "What is Evil pruning of trees?")):
        out = run(*command)[1]
        assert "[red]markup[/red]" in out
        assert "\u202e" not in out and "\x1b" not in out


def test_ctrl_c_is_one_line(run, library, monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("rag.commands.search", interrupted)
    code, _, err = run("search", "x")
    assert code == 130 and err.count("\n") == 1 and "Traceback" not in err


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts(shell):
    found = CliRunner().invoke(app, [], prog_name="rag", env={"_RAG_COMPLETE": f"source_{shell}"})
    assert found.exit_code == 0 and "rag" in found.stdout and len(found.stdout) > 100


def test_the_whole_path_in_processes_of_their_own(tmp_path):
    real_embedder()  # so that its conversion is in the cache
    env = {**os.environ, "PYTHONPATH": str(ROOT), "RAG_HOME": str(tmp_path / "home")}
    path = tmp_path / "papers.jsonl"
    path.write_text("".join(json.dumps(paper) + "\n" for paper in PAPERS))

    def rag(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rag", *arguments],
            env=env, capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert rag("add", str(path)).returncode == 0
    answered = rag("ask", "How much memory does KVSharer save?")
    assert answered.returncode == 0 and "30%" in answered.stdout
    assert "\x1b" not in answered.stdout
    assert rag("ask", "What is the capital of Mongolia?").returncode == 3
