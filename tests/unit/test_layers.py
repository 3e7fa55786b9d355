"""Imports point one way, wings are entered by their door, engines stay in their files."""

import ast
import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT

FLOORS = [
    {"atomic", "errors", "linear_model", "log", "text"},
    {"plugins", "types"},
    {"settings", "corpus", "store"},
    {"embed", "llm"},
    {"plan"},
    {"verify", "retrieve", "ingest"},
    {"answer", "manuscript"},
    {"pipeline"},
    {"assistant"},
    {"llama", "cli", "testing", "__init__"},
    {"__main__"},
]
"""Folders and modules at the top of `rag`; each may import what stands on floors above it here."""
FLOOR = {name: floor for floor, names in enumerate(FLOORS) for name in names}
PUBLIC = {"__init__", "atomic", "errors", "log", "settings", "testing", "text", "types"}
"""What `ui` and `eval` may import of `rag`."""
EXCEPTIONS: dict[str, set[str]] = {
    # Empty libraries, uploads and the vectors of the map go beyond an assistant's methods.
    "ui/library": {"corpus", "ingest"},
    # Kinds of questions in words are what a plan is put in words with, too.
    "ui/layout": {"plan"},
    # What is measured or fitted is a part of the engine, not its answers.
    "eval/authoring": {"llm"},
    "eval/bench": {"corpus", "embed", "ingest", "plan", "retrieve", "store", "verify"},
    "eval/commands": {"cli", "plan"},
    "eval/datasets": {"embed", "ingest"},
    "eval/estimate": {"llm"},
    "eval/fit": {"answer", "embed", "linear_model", "plan", "retrieve", "verify"},
    "eval/score": {"embed", "llm", "verify"},
    "eval/support": {"verify"},
}
"""… and what some of their files and folders may import besides."""
ENGINES = {
    "chromadb": {"store/chroma", "store/chroma_server"},
    "tantivy": {"store/lexical"},
    "onnxruntime": {"embed/minilm"},
    "openvino": {"embed/openvino"},
    "scipy": {"answer/overview"},
    "llama_index": {
        "store/chunking", "store/chroma", "embed/load", "retrieve/llama_nodes", "llama",
        "llm/providers", "llm/model", "llm/client",
    },
    "pydantic_settings": {"settings"},
    "sqlite3": {"store/database", "llm/cache"},
    "rich": {"cli/console", "cli/answers"},
    "typer": {"cli/app"},
    "pydantic": {"settings", "llm/backends", "llm/model", "testing"},
    "platformdirs": {"settings"},
    "Stemmer": {"text/tokens"},
    "rapidfuzz": {"store/lexical", "text/names", "plan/names"},
    "tokenizers": {"embed/minilm"},
    "openai": {"embed/load", "retrieve/llama_nodes", "llm/providers", "llm/client"},
    "ollama": {"embed/load", "retrieve/llama_nodes"},
    "httpx": {"embed/load", "retrieve/llama_nodes", "store/chroma_server"},
    "tenacity": {"store/chroma_server"},
    "ray": {"ingest/ray"},
    "onnx": {"embed/onnx_graph"},
    "huggingface_hub": {"embed/onnx_files", "embed/onnx_graph"},
    "filelock": None,
    "numpy": None,
    "pandas": None,
    **dict.fromkeys(["bibtexparser", "defusedxml", "rispy"], {"corpus"}),
    "pylatexenc": {"corpus", "manuscript/latex"},
    "markdown_it": {"manuscript/markdown"},
    "yaml": {"manuscript/markdown"},
}  # fmt: skip
# Packages that are named otherwise than what is imported, or that come with a declared one.
PACKAGES = {
    "Stemmer": "PyStemmer", "httpx": "openai", "huggingface_hub": "tokenizers",
    "ollama": "llama-index-llms-ollama", "pydantic": "pydantic-settings",
    "markdown_it": "markdown-it-py", "yaml": "pyyaml",
}  # fmt: skip
FILES = sorted((ROOT / "rag").rglob("*.py"))


def place(path: Path) -> str:
    """`rag/store/chroma.py` is `store/chroma`."""
    return str(path.relative_to(ROOT / "rag").with_suffix(""))


def wing(path: Path) -> str:
    """The folder at the top of `rag` that a file is in, or its own name."""
    return place(path).partition("/")[0]


@cache
def imports(path: Path) -> list[str]:
    """Every name imported in a file, in full; type checking's left out."""
    tree = ast.parse(path.read_text())
    skipped = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    names: list[str] = []
    for node in ast.walk(tree):
        if id(node) in skipped:
            continue
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0 and node.module, f"a relative import in {path}"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return names


def target(name: str) -> str | None:
    """Which wing of `rag` an imported name is from; None when it is another package's."""
    root, _, rest = name.partition(".")
    first = rest.partition(".")[0]
    return None if root != "rag" else first if first in FLOOR else "__init__"


def test_every_wing_has_a_floor():
    assert {wing(path) for path in FILES} == set(FLOOR)


@pytest.mark.parametrize("path", FILES, ids=place)
def test_imports_point_down(path):
    own = wing(path)
    for name in imports(path):
        assert name.partition(".")[0] not in ("ui", "eval"), f"rag imports {name}"
        other = target(name)
        if other not in (None, own) and own != "__init__":
            assert FLOOR[other] < FLOOR[own], f"{place(path)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=place)
def test_another_wing_is_entered_by_its_door(path):
    """`from rag.store import Library`, not `from rag.store.library import Library`."""
    for name in imports(path):
        other = target(name)
        if other in (None, wing(path)) or not (ROOT / "rag" / other).is_dir():
            continue
        module = ROOT / Path(*name.split("."))
        inside = len(name.split(".")) > 3 and not module.with_suffix(".py").exists()
        assert not inside or place(path) == "__main__", f"{place(path)} imports {name}"


def test_modules_of_a_wing_form_no_circle():
    graph = {
        place(path): {
            name.replace(".", "/").removeprefix("rag/").rpartition("/")[0]
            for name in imports(path)
            if name.startswith(f"rag.{wing(path)}.")
        }
        for path in FILES
        if path.stem != "__init__"
    }
    import graphlib

    graphlib.TopologicalSorter(graph).prepare()  # raises CycleError


NAMESAKES = {"text": {"sentences", "tokens"}}
"""Functions that a door lets out under the name of their own module: nobody goes past that one."""


@pytest.mark.parametrize("door", sorted((ROOT / "rag").glob("*/__init__.py")), ids=wing)
def test_a_door_lets_nothing_out_under_the_name_of_a_module(door):
    """`import rag.plan.names` would put the module where the function was."""
    modules = {path.stem for path in door.parent.glob("*.py")}
    out = [node for node in ast.parse(door.read_text()).body if isinstance(node, ast.ImportFrom)]
    exported = {alias.name for node in out for alias in node.names}
    assert exported & modules == NAMESAKES.get(wing(door), set())


@pytest.mark.parametrize("engine", ENGINES)
def test_an_engine_is_spoken_to_in_its_own_file(engine):
    users = {place(p) for p in FILES if any(n.split(".")[0] == engine for n in imports(p))}
    assert users, f"{engine} is used nowhere"
    allowed = ENGINES[engine]
    assert allowed is None or all(user in allowed or wing_of(user) in allowed for user in users)


def wing_of(module: str) -> str:
    return module.partition("/")[0]


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
        place(path)
        for path in FILES
        if re.search(
            r"\bos\.(?:environ|getenv)\b|from os import .*(?:environ|getenv)", path.read_text()
        )
    }
    assert readers <= {"settings"}


CUSTOMERS = sorted(path for root in ("ui", "eval") for path in (ROOT / root).rglob("*.py"))
"""Files outside of `rag` that use it."""


def outside(path: Path) -> str:
    """`ui/papers.py` is `ui/papers`."""
    return str(path.relative_to(ROOT).with_suffix(""))


def exceptions(path: Path) -> list[str]:
    """The entries of `EXCEPTIONS` that hold for a file."""
    return [key for key in EXCEPTIONS if f"{outside(path)}/".startswith(f"{key}/")]


@pytest.mark.parametrize("path", CUSTOMERS, ids=outside)
def test_the_page_and_the_harness_use_what_is_public(path):
    """… and neither imports the other."""
    other = {"ui": "eval", "eval": "ui"}[outside(path).partition("/")[0]]
    allowed = PUBLIC.union(*(EXCEPTIONS[key] for key in exceptions(path)))
    for name in imports(path):
        assert name.partition(".")[0] != other, f"{outside(path)} imports {name}"
        assert target(name) in {None, *allowed}, f"{outside(path)} imports {name}"


@pytest.mark.parametrize("key", EXCEPTIONS)
def test_every_exception_is_needed(key):
    files = [path for path in CUSTOMERS if key in exceptions(path)]
    unused = EXCEPTIONS[key] - {target(name) for path in files for name in imports(path)}
    assert not unused, f"{key} no longer imports {unused}: delete that from EXCEPTIONS"


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


SPEAK_GRADIO = ("app", "layout", "events", "papers_tab", "tools")


def test_few_files_speak_gradio():
    for path in (ROOT / "ui").rglob("*.py"):
        roots = {name.split(".")[0] for name in imports(path)}
        assert "gradio" not in roots or path.stem in SPEAK_GRADIO, path
