"""Where a published model's files are found: a folder, the hub's cache, the hub."""

import shutil
from pathlib import Path

import huggingface_hub
import pytest
from huggingface_hub import constants
from huggingface_hub.errors import RemoteEntryNotFoundError, RepositoryNotFoundError

from rag.embed.onnx_files import find_onnx
from rag.errors import ConfigError
from tests.onnx_models import write_model

SHA = "c" * 40


def find(place: object) -> Path:
    return find_onnx(f"onnx/{place}", "RAG_RERANK").graph


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_model(tmp_path / "tiny", {"a": [1.0]})


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The hub's local cache, empty, and no way to the hub."""
    path = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    return path


def put(cache: Path, folder: Path) -> Path:
    """A model's folder as the repository acme/tiny in the cache, as the hub's client keeps it."""
    snapshot = cache / "models--acme--tiny" / "snapshots" / SHA
    shutil.copytree(folder, snapshot)
    (cache / "models--acme--tiny" / "refs").mkdir()
    (cache / "models--acme--tiny" / "refs" / "main").write_text(SHA)
    return snapshot


@pytest.mark.parametrize(
    ("there", "named", "taken"),
    [
        (["model.onnx", "onnx/model.onnx"], "", "model.onnx"),
        (["onnx/model.onnx", "onnx/model_quantized.onnx"], "", "onnx/model.onnx"),
        (["onnx/model_quantized.onnx", "onnx/model_q4.onnx"], "", "onnx/model_quantized.onnx"),
        (["onnx/model_q4.onnx"], "", "onnx/model_q4.onnx"),
        (["model.onnx", "onnx/model_q4.onnx"], ":onnx/model_q4.onnx", "onnx/model_q4.onnx"),
    ],
)
def test_which_graph_of_a_folder_is_taken(folder, there, named, taken):
    (folder / "model.onnx").unlink()
    (folder / "onnx").mkdir()
    for name in there:
        (folder / name).touch()
    assert find(f"{folder}{named}") == folder / taken


@pytest.mark.parametrize(
    ("gone", "named", "said"),
    [
        ("model.onnx", "", r"tiny has no model\.onnx or onnx/model\.onnx: .* onnx/tiny:FILE"),
        ("tokenizer.json", "", r"tiny has no tokenizer\.json"),
        ("config.json", ":other.onnx", r"tiny has no other\.onnx"),
    ],
)
def test_a_missing_file_is_named(folder, gone, named, said):
    (folder / gone).unlink()
    with pytest.raises(ConfigError, match=said):
        find(f"{folder}{named}")


def test_which_of_several_graphs_is_asked_for(folder):
    (folder / "model.onnx").rename(folder / "a.onnx")
    shutil.copy(folder / "a.onnx", folder / "b.onnx")
    with pytest.raises(ConfigError, match="behind a colon"):
        find(folder)


@pytest.mark.parametrize("name", ["cross-encoder/x", "onnx/", ""])
def test_a_name_without_the_word_says_what_to_write(name):
    with pytest.raises(ConfigError, match=r"^RAG_RERANK=.* write onnx/ before a repository"):
        find_onnx(name, "RAG_RERANK")


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(ConfigError, match="There is no folder /.*gone, which RAG_RERANK names"):
        find(tmp_path / "gone")


def test_a_cached_repository_needs_no_network(cache, folder):
    snapshot = put(cache, folder)
    assert find("acme/tiny") == snapshot / "model.onnx"
    assert find_onnx("onnx/acme/tiny", "X").name == "acme/tiny"


def test_a_repository_that_is_not_cached_says_what_to_do_offline(cache):
    with pytest.raises(ConfigError, match="acme/tiny is not in the .* cache .* be online once"):
        find("acme/tiny")


def test_a_cached_repository_without_its_graph_is_not_enough(cache, folder):
    (put(cache, folder) / "model.onnx").unlink()
    with pytest.raises(ConfigError, match="be online once, or name a folder"):
        find("acme/tiny")


def test_a_hub_that_does_not_answer_is_asked_once(cache, monkeypatch):
    def ask(url: str) -> None:
        raise TimeoutError("nobody there")

    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", ask)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", None)
    with pytest.raises(ConfigError, match="the hub cannot be reached: be online once"):
        find("acme/tiny")


class Hub:
    """Has the files of a folder, and remembers what was asked for; or fails."""

    def __init__(self, cache: Path, folder: Path, error: type[Exception] | None = None) -> None:
        self.cache, self.folder, self.error = cache, folder, error
        self.asked: dict[str, str | None] = {}

    def download(self, repository: str, name: str, revision: str | None = None) -> str:
        self.asked[name] = revision
        response = type("Response", (), {"headers": {}, "request": None, "status_code": 404})()
        if self.error is not None:
            raise self.error("no", response=response)
        if not (self.folder / name).is_file():
            raise RemoteEntryNotFoundError("no", response=response)
        if not self.cache.exists():
            self.cache.mkdir()
        target = self.cache / SHA / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / name, target)
        return str(target)


def test_only_what_is_needed_is_fetched_and_of_one_revision(cache, folder, monkeypatch):
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx/model.onnx")
    (folder / "onnx/model.onnx_data").touch()
    for name in ("onnx/model_q4.onnx", "model.safetensors"):
        (folder / name).touch()
    hub = Hub(cache, folder)
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", hub.download)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: None)
    assert find("acme/tiny") == cache / SHA / "onnx/model.onnx"
    assert (cache / SHA / "onnx/model.onnx_data").exists()
    assert not {"onnx/model_q4.onnx", "model.safetensors"} & set(hub.asked)
    assert hub.asked.pop("config.json") is None and set(hub.asked.values()) == {SHA}
    assert list(hub.asked)[-1] == "onnx/model.onnx", "a folder with a graph must be whole"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (RepositoryNotFoundError, "There is no model acme/tiny on the Hugging Face hub"),
        (RemoteEntryNotFoundError, "acme/tiny could not be fetched: RemoteEntryNotFoundError: no"),
    ],
)
def test_what_the_hub_refuses_is_one_sentence(cache, folder, monkeypatch, error, said):
    monkeypatch.setattr(huggingface_hub, "hf_hub_download", Hub(cache, folder, error).download)
    monkeypatch.setattr(huggingface_hub, "get_hf_file_metadata", lambda url: None)
    with pytest.raises(ConfigError, match=said):
        find("acme/tiny")


def test_the_digest_is_of_all_that_changes_what_a_model_says(folder):
    files = find_onnx(f"onnx/{folder}", "X")
    seen = {files.digest()}
    for name in ("model.onnx", "model.onnx_data", "tokenizer.json", "config.json"):
        with (folder / name).open("a") as file:
            file.write(" ")
        seen.add(files.digest())
    assert len(seen) == 5
    (folder / "README.md").touch()
    assert files.digest() in seen


def test_a_file_that_is_no_json_is_named(folder):
    (folder / "config.json").write_text("{")
    with pytest.raises(ConfigError, match=r"config\.json is not JSON"):
        find_onnx(f"onnx/{folder}", "X").read("config.json")
