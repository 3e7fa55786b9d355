"""What the documentation names exists, and what exists is named."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

import rag
from eval.__main__ import app as evaluation
from rag.cli.app import app
from rag.settings import Settings
from tests import ROOT
from ui.__main__ import app as page
from ui.settings import UISettings

README = (ROOT / "README.md").read_text()
MODELS = (ROOT / "docs/models.md").read_text()


def test_every_command_is_in_the_readme_and_no_other():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands == set(re.findall(r"\brag ([a-z]+)\b", README)) - {"import"}


def test_every_command_of_the_harness_is_documented():
    commands = set(get_command(evaluation).commands)  # type: ignore[attr-defined]
    told = README + (ROOT / "docs/eval.md").read_text()
    assert commands == set(re.findall(r"\brag-eval ([a-z-]+)\b", told))


def variables() -> set[str]:
    fields = Settings.model_fields.items()
    own = {str(field.validation_alias or f"rag_{name}").upper() for name, field in fields}
    return own | {f"rag_ui_{name}".upper() for name in UISettings.model_fields}


def test_every_setting_is_in_the_documents_and_no_other():
    named = set(re.findall(r"\bRAG_[A-Z_]+", README + MODELS)) - {"RAG_TEST_URL", "RAG_TEST_MODEL"}
    assert named == {name for name in variables() if name.startswith("RAG_")}
    assert set(re.findall(r"\b[A-Z]+_(?:OPENAI_)?API_KEY", README + MODELS)) <= variables()


def test_every_default_in_the_documents_is_the_default():
    rows = re.findall(r"^\| `RAG_([A-Z_]+)` \| `?([^`| ]+)`? \|", README + MODELS, re.MULTILINE)
    assert len(rows) >= 15
    for name, shown in rows:
        assert shown == str(Settings.load().__getattribute__(name.lower())), name


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
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text()):
            assert (path.parent / target).exists(), f"{path.name}: {target}"


def test_no_placeholder_is_left_in_the_readme():
    left = set(re.findall(r"\b(?:TODO|TBD|XXX|[A-Z]+_SECTION)\b", README))
    assert not left


def test_every_file_that_the_readme_names_exists():
    for name in re.findall(r"\b(?:rag|eval|docs|\.ci)/[\w./-]+", README):
        assert (ROOT / name.rstrip(".")).exists(), name


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", README)) <= targets


def tracked() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


@pytest.mark.skipif(not tracked(), reason="not a git checkout")
def test_no_machine_path_and_no_registry_host_in_any_file():
    own = Path(__file__)
    banned = re.compile(
        "|".join(["/wor" + "k/", "py" + "pi.org", "registry.np" + "mjs", "/tm" + "p/bash"])
    )
    for path in tracked():
        if path != own and path.is_file():
            assert not banned.search(path.read_text(errors="ignore")), path
