"""Every file in docs/examples runs, over a small library, and prints what it says."""

import ast
import re
import runpy
import shutil
import subprocess
import sys
import tomllib

import pytest
from typer.testing import CliRunner

from rag import Assistant, ConfigError
from rag.cli.app import app
from tests import ROOT
from tests.builders import CACHE

EXAMPLES = ROOT / "docs/examples"
ZIPNN = "ZipNN: Lossless Compression for AI Models"
PRINTED = {
    "add_papers": ["1 new", "2 new", "python:1: has no abstract", "1 paper removed", "'On gulls'"],
    "ask": ["shrink by 33%", f"[1] {ZIPNN}", "answered, with confidence 0.", "quoted by (1,)"],
    "conversation": ["searched for: What does ZipNN compress?", "33%"],
    "evaluate": ["R@5: 1.0 (n = 1)", "| words | 1 |"],
    "filters": ["['Pruning layers', 'Pruning experts']", "refused no_match_for_filter"],
    "llama_index_pipeline": [ZIPNN],
    "own_embedder": ["['On kites', 'On owls']"],
    "own_model": ["weights of neural networks without loss [1]. ✓", "1 call"],
    "postprocessor": ["papers without it", f"with it: ['{ZIPNN}'"],
    "stream": ["papers found", "shrink by 33%", "done: answered"],
}
"""What each example prints, among other things; `testing` is run by pytest."""
PACKAGES = ["own_embedder_package", "own_provider", "own_reader"]


@pytest.fixture
def library(home, tmp_path, monkeypatch):
    """A copy of the six papers as the user's library."""
    shutil.copytree(home, tmp_path / "library")
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "library"))
    monkeypatch.setenv("RAG_CACHE", str(CACHE))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Puts a package of the examples where Python finds it, with what it registers."""

    def installed(name: str) -> None:
        project = tomllib.loads((EXAMPLES / name / "pyproject.toml").read_text())
        about = tmp_path / "site" / f"{name}-1.0.dist-info"
        about.mkdir(parents=True)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("".join(
            f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
            for group, entries in project["project"]["entry-points"].items()
        ))  # fmt: skip
        modules = project["tool"]["setuptools"]["py-modules"]
        for module in modules:
            shutil.copy(EXAMPLES / name / f"{module}.py", tmp_path / "site")
            monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.syspath_prepend(str(tmp_path / "site"))

    return installed


def test_every_example_is_run():
    files = {path.stem for path in EXAMPLES.glob("*.py")}
    assert files == {*PRINTED, "testing"}
    assert {path.parent.name for path in EXAMPLES.glob("*/pyproject.toml")} == set(PACKAGES)


@pytest.mark.parametrize("path", sorted(EXAMPLES.rglob("*.py")), ids=lambda path: path.stem)
def test_an_example_is_short_says_what_it_shows_and_uses_public_names(path):
    code = path.read_text()
    assert len(code.splitlines()) <= 48 and ast.get_docstring(ast.parse(code))
    modules = set(re.findall(r"^from ((?:rag|eval)\b\S*) import", code, re.MULTILINE))
    assert modules <= {"rag", "rag.corpus", "rag.llama", "rag.testing", "rag.types", "eval"}


@pytest.mark.slow
@pytest.mark.parametrize("name", PRINTED)
def test_an_example_runs(name, library, capsys):
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    printed = " ".join(capsys.readouterr().out.split())
    for words in PRINTED[name]:
        assert words in printed, printed
    assert "Without the model" not in printed


@pytest.mark.slow
def test_the_example_of_tests_passes():
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", EXAMPLES / "testing.py"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.slow
def test_a_reader_of_another_package(library, install, tmp_path):
    install("own_reader")
    (tmp_path / "notes.txt").write_text("On owls :: Owls hear mice.\n\nnothing\n")
    run = CliRunner().invoke(app, ["add", "notes.txt", "--format", "notes"])
    assert run.exit_code == 0 and "notes.txt:3: is not TITLE :: ABSTRACT" in run.stderr
    with Assistant() as assistant:
        assert assistant.search("Who hears mice?")[0].paper.title == "On owls"


@pytest.mark.slow
def test_a_provider_of_another_package(library, install, tmp_path):
    install("own_provider")
    with Assistant(llm="echo/one", cache=tmp_path) as assistant:
        answer = assistant.ask("By how much does ZipNN shrink models?")
    assert answer.text == "This is what one found [1]." and answer.usage.model == "echo/one"


@pytest.mark.slow
def test_an_embedder_of_another_package(install, tmp_path):
    install("own_embedder_package")
    with Assistant(home=tmp_path, embedding="letters/3") as assistant:
        assistant.add(
            [{"title": title, "abstract": f"{title} it is."} for title in ("Owl", "Kite")]
        )
        assert assistant.search("kites")[0].paper.title == "Kite"
    with pytest.raises(ConfigError, match="such as letters/3"):
        Assistant(home=tmp_path, embedding="letters/many")
