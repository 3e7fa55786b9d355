"""Imports point one way, engines stay in their files, and `import rag` stays light."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LAYERS = [
    {"errors", "types", "text"},
    {"naming", "database", "background", "meter", "pricing", "prompts", "failures"},
    {"settings", "followup", "passages", "corpus", "verify", "minilm", "shelves", "sources"},
    {"markers", "replies", "inquiry", "minilm_openvino", "cross_encoder"},
    {"encoder"},
    {"question", "embedding", "library", "vectors", "lexical", "providers"},
    {"evidence", "identity", "server", "llm"},
    {"index"},
    {"candidates"},
    {"remembered", "decide", "extract", "commit", "retrieve", "doctor", "roles", "enrich"},
    {"cite", "ingest", "joined", "nli", "refusals"},
    {"generate"},
    {"pipeline"},
    {"assistant"},
    {"llama", "__init__", "show"},
    {"show_answer", "overview"},
    {"spread"},
    {"commands", "asking"},
    {"__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
ENGINES = {
    "chromadb": {"vectors", "server"},
    "tantivy": {"lexical"},
    "onnxruntime": {"encoder"},
    "openvino": {"minilm_openvino"},
    "llama_index": {"passages", "vectors", "embedding", "llama", "providers", "llm"},
    "pydantic_settings": {"settings"},
    "sqlite3": {"database"},
    "rich": {"show", "show_answer"},
    "typer": {"__main__"},
    "pydantic": {"settings", "providers"},
    "platformdirs": {"settings"},
    "Stemmer": {"text"},
    "rapidfuzz": {"lexical", "naming"},
    "tokenizers": {"encoder"},
    "openai": {"embedding", "providers", "llm"},
    "ollama": {"embedding"},
    "httpx": {"embedding", "server"},
    "tenacity": {"server"},
    "ray": {"spread"},
    "onnx": {"minilm"},
    "huggingface_hub": {"minilm"},
    "filelock": None,
    "numpy": None,
    "sentence_transformers": {"cross_encoder"},
    **dict.fromkeys(["bibtexparser", "defusedxml", "pylatexenc", "rispy"], {"corpus"}),
}
# Packages that are named otherwise than what is imported, or that come with a declared one.
PACKAGES = {
    "Stemmer": "PyStemmer", "httpx": "openai", "huggingface_hub": "tokenizers",
    "ollama": "llama-index-llms-ollama", "pydantic": "pydantic-settings",
}  # fmt: skip


def module(path: Path) -> str:
    """The first part of a module's name below rag: `rag/corpus/ris.py` is `corpus`."""
    return path.relative_to(ROOT / "rag").with_suffix("").parts[0]


def imports(path: Path) -> list[str]:
    """Every module imported in a file, type checking's left out."""
    found: list[str] = []
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"a relative import in {path}"
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


FILES = sorted((ROOT / "rag").rglob("*.py"))


def test_every_module_has_a_layer():
    assert {module(path) for path in FILES} == set(RANK)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_down(path):
    own = module(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] in ("ui", "eval"):
            raise AssertionError(f"rag imports {name}")
        if parts[0] != "rag" or len(parts) == 1:
            continue
        target = parts[1] if parts[1] in RANK else "__init__"
        if own == "__init__" or target == own:
            continue
        assert RANK[target] < RANK[own], f"{own} imports {name}"


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_is_spoken_to_in_its_own_file(engine):
    users = {module(p) for p in FILES if any(n.split(".")[0] == engine for n in imports(p))}
    assert users, f"{engine} is used nowhere"
    assert ENGINES[engine] is None or users <= ENGINES[engine]


def third_parties() -> set[str]:
    used = {name.split(".")[0] for path in FILES for name in imports(path)}
    return used - set(sys.stdlib_module_names) - {"rag"}


def test_every_third_party_has_its_place_and_is_declared():
    assert third_parties() <= set(ENGINES)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"], *sum(project["optional-dependencies"].values(), [])]
    declared = {re.split(r"[<>=~!\[; ]", line)[0].replace("_", "-") for line in lines}
    needed = {PACKAGES.get(name, name).replace("_", "-") for name in third_parties()}
    assert needed <= declared


def test_the_environment_is_read_in_one_place():
    readers = {
        module(path)
        for path in FILES
        if re.search(
            r"\bos\.(?:environ|getenv)\b|from os import .*(?:environ|getenv)", path.read_text()
        )
    }
    assert readers <= {"settings"}


def test_eval_does_not_import_ui():
    for path in (ROOT / "eval").rglob("*.py"):
        assert not any(name.split(".")[0] == "ui" for name in imports(path))


@pytest.mark.parametrize("command", ["import rag", "import runpy, sys; sys.argv = ['rag', '--help']; runpy.run_module('rag', run_name='__main__')"])  # fmt: skip  # noqa: E501
def test_importing_and_help_load_no_engine(command):
    script = (
        "import sys\ntry:\n"
        f"    exec({command!r})\n"
        "except SystemExit:\n    pass\n"
        "heavy = {'llama_index', 'chromadb', 'gradio', 'onnxruntime', 'onnx', 'numpy', 'torch',\n"
        "  'tantivy', 'openai', 'tokenizers', 'pydantic', 'rich.console', 'sqlite3'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    run = subprocess.run(
        [sys.executable, "-c", script], env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr


SPEAK_GRADIO = ("app", "layout", "events", "tabs", "tools")


def test_few_files_speak_gradio_and_the_page_does_not_import_eval():
    for path in (ROOT / "ui").rglob("*.py"):
        roots = {name.split(".")[0] for name in imports(path)}
        assert "gradio" not in roots or path.stem in SPEAK_GRADIO, path
        assert "eval" not in roots
