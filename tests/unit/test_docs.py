"""What the documentation names exists, and what exists is named."""

import ast
import asyncio
import gzip
import inspect
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

import rag
from eval.__main__ import app as evaluation
from rag import plugins
from rag.cli.app import app
from rag.settings import Settings
from tests import ROOT, reference
from tests.blocks import DOCUMENTS, LANGUAGES, blocks, matches
from tests.builders import CACHE
from tests.unit.test_layers import FLOORS
from ui.__main__ import app as page
from ui.settings import UISettings

README = (ROOT / "README.md").read_text()
MODELS = (ROOT / "docs/models.md").read_text()
SETTINGS = (ROOT / "docs/settings.md").read_text()


def test_every_command_is_in_the_readme_and_no_other():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands == set(re.findall(r"\brag ([a-z]+)\b", README)) - {"import"}


def test_every_command_of_the_harness_is_documented():
    commands = set(get_command(evaluation).commands)  # type: ignore[attr-defined]
    told = README + (ROOT / "docs/eval.md").read_text()
    assert commands == set(re.findall(r"\brag-eval ([a-z-]+)\b", told))


@pytest.mark.parametrize("name", reference.PAGES)
def test_the_reference_is_as_generated(name):
    written = (ROOT / name).read_text(encoding="utf-8")
    assert written == reference.PAGES[name](), f"{name} is out of date: run `make reference`"


def variables() -> set[str]:
    fields = Settings.model_fields.items()
    own = {str(field.validation_alias or f"rag_{name}").upper() for name, field in fields}
    return own | {f"rag_ui_{name}".upper() for name in UISettings.model_fields}


def test_every_setting_is_in_the_documents_and_no_other():
    listed = set(re.findall(r"^\| `([A-Z_]+)` \|", SETTINGS, re.MULTILINE))
    assert listed == variables()
    text = "".join(path.read_text() for path in DOCUMENTS)
    named = set(re.findall(r"\bRAG_[A-Z_]*[A-Z]", text)) - {"RAG_TEST_URL", "RAG_TEST_MODEL"}
    assert named == {name for name in variables() if name.startswith("RAG_")}
    assert set(re.findall(r"\b[A-Z]+_(?:OPENAI_)?API_KEY", text)) <= variables()


def test_every_default_in_the_documents_is_the_default():
    text = README + MODELS + SETTINGS
    rows = re.findall(r"^\| `RAG_([A-Z_]+)` \| `?([^`| ]+)`? \|", text, re.MULTILINE)
    assert len(rows) >= 15
    for name, shown in rows:
        assert Settings.load(**{name.lower(): shown}) == Settings.load(), name


def test_every_option_in_the_readme_exists():
    group = get_command(app)
    known = {"--help", "--install-completion", "--show-completion"}
    harness = get_command(evaluation)
    commands = (*group.commands.values(), *harness.commands.values())  # type: ignore[attr-defined]
    for command in (group, *commands, get_command(page)):
        for parameter in command.params:
            known.update(parameter.opts)
    text = re.sub(r"^pip .*$|^python3 .*$", "", README, flags=re.MULTILINE)
    text = re.sub(r"\(The package.*?\)", "", text, flags=re.DOTALL)  # about pip
    assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)) <= known


def test_the_python_of_the_readme_compiles_and_imports_what_exists():
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        tree = compile(
            block, "README.md", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST
        )
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and node.module == "rag":
                assert {alias.name for alias in node.names} <= set(rag.__all__)


def test_every_link_within_the_documents_leads_somewhere():
    for path in DOCUMENTS:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_no_placeholder_is_left_in_the_readme():
    left = set(re.findall(r"\b(?:TODO|TBD|XXX|[A-Z]+_SECTION)\b", README))
    assert not left


GUIDES = {name: (ROOT / name).read_text() for name in (
    "README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/models.md"
)}  # fmt: skip


@pytest.mark.parametrize("name", GUIDES)
def test_every_file_that_a_guide_names_exists(name):
    text = re.sub(r"\beval-runs/|https?://\S+", "", GUIDES[name])
    for place in re.findall(r"(?<![\w./-])(?:rag|ui|eval|docs|tests|\.ci)/[\w./*-]*[\w/]", text):
        assert list(ROOT.glob(place)), place


@pytest.mark.parametrize("name", GUIDES)
def test_every_make_target_in_a_guide_exists(name):
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z-]+)", GUIDES[name], re.MULTILINE)) <= targets


def test_the_floors_of_the_house_are_those_that_the_test_holds():
    rows = re.findall(r"^ ?\d+  ((?:\w+ )+) ", GUIDES["docs/architecture.md"], re.MULTILINE)
    assert [set(row.split()) for row in rows] == FLOORS


def test_what_is_said_of_verify_follows_from_the_floors():
    """… and every wing has its line."""
    floor = next(n for n, names in enumerate(FLOORS, 1) if "verify" in names)
    assert f"`verify` may import floors 1 to {floor - 1}" in GUIDES["docs/architecture.md"]
    wings = {path.parent.name for path in (ROOT / "rag").glob("*/__init__.py")}
    assert set(re.findall(r"^\| `rag/(\w+)/`", GUIDES["docs/architecture.md"], re.M)) == wings


def test_what_third_parties_register_is_named():
    for group in (plugins.READERS, plugins.PROVIDERS, plugins.EMBEDDERS):
        for name in ("CONTRIBUTING.md", "docs/architecture.md"):
            assert f"`{group}`" in GUIDES[name], f"{name}: {group}"


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.skipif(not tracked(), reason="not a git checkout")
def test_no_machine_path_and_no_registry_host_in_any_file():
    own = Path(__file__)
    banned = re.compile(
        b"|".join([b"/wor" + b"k/", b"py" + b"pi.org", b"registry.np" + b"mjs", b"/tm" + b"p/bash"])
    )
    for path in tracked():
        if path != own and path.is_file():
            assert not banned.search(path.read_bytes()), path


# -- the blocks ------------------------------------------------------------------------------------

ALL = blocks()
TO_RUN = [block for block in ALL if not block.not_run]
PROGRAMS = {"rag": app, "rag-ui": page, "rag-eval": evaluation}
SHIM = f'#!/bin/sh\nexec "{sys.executable}" -m {{module}} "$@"\n'
MAKE = '#!/bin/sh\n[ "$1" = ask ] && exec rag ask "${2#Q=}"\n'
"""`make ask`, without installing anything."""


def named(*languages: str) -> dict:
    chosen = [block for block in TO_RUN if block.language in languages]
    return {"argvalues": chosen, "ids": [block.name for block in chosen]}


def test_the_documents_have_blocks_of_every_language():
    assert {block.language for block in ALL} == set(LANGUAGES) and len(ALL) >= 12


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_no_block_escapes_and_no_mark_is_without_its_block(path):
    text = path.read_text()
    mine = [block for block in ALL if block.path == path]
    assert 2 * len(mine) == len(re.findall(r"^```", text, re.MULTILINE))
    assert sum(bool(block.not_run) for block in mine) == text.count("<!-- not run")
    for block in mine:
        command = re.search(r"^(?:\$ |rag |rag-|make |import |from )", block.code, re.MULTILINE)
        assert block.language or not command, f"{block.name} needs a language"


@pytest.fixture
def bundled(seeds_home, tmp_path, monkeypatch):
    """The bundled papers as the user's library, and the first five questions as all."""
    questions = (ROOT / "eval/data/questions.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "questions.jsonl").write_text("".join(questions[:5]))
    monkeypatch.setattr("eval.datasets.OURS", (tmp_path / "questions.jsonl",))
    monkeypatch.setenv("RAG_HOME", str(seeds_home))
    monkeypatch.setenv("RAG_CACHE", str(CACHE))


@pytest.mark.slow
@pytest.mark.parametrize("block", **named("python"))
def test_python_runs(block, bundled):
    code = "\n" * (block.line - 1) + block.code  # so that a traceback names the line
    compiled = compile(code, str(block.path), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    names: dict = {}
    waiting = eval(compiled, names)
    if inspect.iscoroutine(waiting):
        asyncio.run(waiting)


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """Runs a command in a folder with the files that the documents name."""
    programs, folder = tmp_path / "bin", tmp_path / "here"
    for place in (programs, folder / "papers"):
        place.mkdir(parents=True)
    scripts = {name: SHIM.format(module=name.replace("rag-", "")) for name in PROGRAMS}
    for name, script in {**scripts, "make": MAKE}.items():
        (programs / name).write_text(script)
        (programs / name).chmod(0o755)
    record = '{{"title": "On {0}", "abstract": "We study {0}. It is large."}}\n'
    (folder / "papers" / "one.jsonl").write_text(record.format("one"))
    (folder / "library.bib").write_text("@misc{a, title={On two}, abstract={We study two.}}\n")
    (folder / "arxiv.jsonl.gz").write_bytes(gzip.compress(record.format("three").encode()))
    ris = b"TY  - JOUR\nTI  - On four\nAB  - We study four.\nER  - \n"
    (folder / "export.ris.gz").write_bytes(gzip.compress(ris))
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONIOENCODING", "utf-8")

    def run(command: str) -> str:
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command], cwd=folder, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode in (0, 3), f"{command}\n{done.stdout}{done.stderr}"  # 3: refused
        return done.stdout

    return run


@pytest.mark.slow
@pytest.mark.parametrize("block", **named("sh"))
def test_commands_succeed(block, shell, tmp_path, monkeypatch):
    monkeypatch.setenv("RAG_HOME", str(tmp_path / "library"))
    monkeypatch.setenv("RAG_CACHE", str(CACHE))
    for command, _ in block.steps:
        shell(command)


@pytest.mark.slow
@pytest.mark.parametrize("block", **named("console"))
def test_commands_print_what_is_shown(block, shell, bundled):
    for command, shown in block.steps:
        printed = shell(command)
        assert matches(shown, printed), f"{block.name}\n$ {command}\n{printed}\nis not\n{shown}"


@pytest.mark.parametrize("block", **named("json", "toml", "yaml"))
def test_data_can_be_read(block):
    readers = {"json": json.loads, "toml": tomllib.loads, "yaml": yaml.safe_load}
    readers[block.language](block.code)


@pytest.mark.parametrize("block", **named("toml"))
def test_toml_is_toml(block):
    tomllib.loads(block.code)


def commands() -> list[tuple[str, str]]:
    """The commands of ours in all blocks of commands, run or not, without their variables."""
    return [
        (block.name, match[1])
        for block in ALL
        if block.language in ("sh", "console")
        for line, _ in block.steps
        if (match := re.search(r"(?:^|\| )(?:[A-Z_]+=\S+ )*((?:rag|rag-ui|rag-eval) .*)", line))
    ]


@pytest.mark.parametrize(("name", "line"), commands())
def test_commands_and_their_options_exist(name, line):
    program, *words = shlex.split(line, comments=True)
    command = get_command(PROGRAMS[program])
    try:
        context = command.make_context(program, words)
        if hasattr(command, "commands"):
            rest = [*context._protected_args, *context.args]
            _, chosen, rest = command.resolve_command(context, rest)
            chosen.make_context(chosen.name, rest, parent=context)
    except Exception as error:  # Typer brings its own Click, or uses the other one
        assert type(error).__name__ == "BadParameter", error  # such as a file that is not there


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a b\nc; 0.41 s", "a\n b c; 12.90 s\n", True),
        ("one … three", "one two three", True),
        ("one …", "one two three", True),
        ("one … four", "one two three", False),
        ("one", "one two", False),
        ("50 of 50", "5 of 50", False),
    ],
)
def test_what_is_shown_is_compared_but_for_dots_and_seconds(shown, printed, same):
    assert matches(shown, printed) is same
