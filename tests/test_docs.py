"""What the documentation names exists, and what exists is named."""

import re
import subprocess
from pathlib import Path

import pytest
from typer.main import get_command

from rag.__main__ import app
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_command_is_in_the_readme_and_no_other():
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert commands == set(re.findall(r"\brag ([a-z]+)\b", README)) - {"import"}


def test_every_setting_is_in_the_readme_and_no_other():
    fields = {f"RAG_{name.upper()}" for name in Settings.model_fields} - {"RAG_OPENAI_API_KEY"}
    assert fields == set(re.findall(r"RAG_[A-Z_]+", README))


def test_every_file_that_the_readme_names_exists():
    for name in re.findall(r"\b(?:rag|eval|docs|\.ci)/[\w./]+", README):
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
