"""The files of a published model: `onnx/REPOSITORY` on the Hugging Face hub, or `onnx/FOLDER`.

Not by fastembed (0.9): it has no NLI models, takes only models of its list or registered one by one
with pooling and dimension, and keeps huggingface_hub below 2. What is in the hub's local cache
is taken as it is, without a look at the network: a model does not change under a library.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import ConfigError
from rag.plugins import sentence

PREFIX = "onnx/"
GRAPHS = ("model.onnx", "onnx/model.onnx", "model_quantized.onnx", "onnx/model_quantized.onnx")
"""Where exporters put a graph; the first that is there is taken."""
DATA = ("_data", ".data")
"""Ends of the names of a graph's weights, where they are in a file of their own."""
TOKENIZER = "tokenizer.json"
READ = (
    "config.json", TOKENIZER, "tokenizer_config.json", "sentence_bert_config.json",
    "modules.json", "1_Pooling/config.json", "config_sentence_transformers.json",
)  # fmt: skip
"""What is read besides the graph; the first must be there, so that a repository is known by it."""


@dataclass(frozen=True, slots=True)
class OnnxFiles:
    """A model's folder, and which of its graphs is meant."""

    name: str
    """Of the repository, or of the folder without where it is."""
    folder: Path
    graph: Path

    def read(self, file: str, kind: type[dict[str, Any]] | type[list[Any]] = dict) -> Any:
        """What is in one of the folder's JSON files; an empty `kind` where there is none."""
        path = self.folder / file
        if not path.is_file():
            return kind()
        try:
            value = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ConfigError(f"{path} is not JSON; put the model's own file there.") from error
        return value if isinstance(value, kind) else kind()

    def digest(self) -> str:
        """Of all that changes what the model says, as hexadecimal."""
        parts = [self.folder / file for file in READ]
        parts += [self.graph, *(Path(f"{self.graph}{end}") for end in DATA)]
        digests = []
        for path in parts:
            if path.is_file():
                with path.open("rb") as file:
                    digests.append(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}")
        return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def is_onnx(name: str) -> bool:
    """Whether a setting names such a model."""
    return name.startswith(PREFIX)


def find_onnx(name: str, setting: str) -> OnnxFiles:
    """The files of `onnx/FOLDER`, `onnx/REPOSITORY` or either with `:FILE`, fetched when needed.

    Raises `ConfigError` for another name (it is what `setting` says), and for what is not there.
    """
    place, file = name.removeprefix(PREFIX), ""
    if place == name or not place:
        raise ConfigError(
            f"{setting}={name} names no model that runs here: write {PREFIX} before a repository "
            "of the Hugging Face hub, or a folder, that has the model as an ONNX file."
        )
    if place.endswith(".onnx") and ":" in place:
        place, _, file = place.rpartition(":")
    folder = Path(place).expanduser()
    if folder.is_dir():
        return _within(folder.resolve().name, folder, file)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", place):
        raise ConfigError(f"There is no folder {place}, which {setting} names.")
    cached = _cached(place)
    if cached is not None and (cached / TOKENIZER).is_file() and _graph(cached, file) is not None:
        return _within(place, cached, file)
    return _within(place, _fetched(place, file), file)


def _within(name: str, folder: Path, file: str) -> OnnxFiles:
    graph = _graph(folder, file)
    if graph is None:
        wanted = file or f"{GRAPHS[0]} or {GRAPHS[1]}"
        raise ConfigError(
            f"{name} has no {wanted}: name its ONNX file behind a colon, {PREFIX}{name}:FILE."
        )
    if not (folder / TOKENIZER).is_file():
        raise ConfigError(f"{name} has no {TOKENIZER}, without which its ONNX file cannot be used.")
    return OnnxFiles(name, folder, graph)


def _graph(folder: Path, file: str) -> Path | None:
    """The file, or else the first of the usual ones, or the only other one."""
    for name in [file] if file else GRAPHS:
        if (folder / name).is_file():
            return folder / name
    others = [] if file else [*folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")]
    return others[0] if len(others) == 1 else None


def _cached(repository: str) -> Path | None:
    """The folder of a repository in the hub's local cache."""
    from huggingface_hub import try_to_load_from_cache

    path = try_to_load_from_cache(repository, READ[0])
    return Path(path).parent if isinstance(path, str) else None


def _fetched(repository: str, file: str) -> Path:
    """The same folder, after what is needed was fetched into it; the graph last, so that a folder
    with a graph is whole."""
    from huggingface_hub import hf_hub_download
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        _reach(repository)
        folder = Path(hf_hub_download(repository, READ[0])).parent

        def fetch(name: str) -> bool:
            try:  # all of one revision: the folder has its name
                hf_hub_download(repository, name, revision=folder.name)
            except LocalEntryNotFoundError:
                raise
            except EntryNotFoundError:
                return False
            return True

        for name in READ[1:]:
            fetch(name)
        for name in [file] if file else GRAPHS:
            for end in DATA:
                fetch(f"{name}{end}")
            if fetch(name):
                break
    except Exception as error:  # also those of the HTTP client under the hub's
        raise _unfetched(repository, error) from error
    return folder


def _reach(repository: str) -> None:
    """Ask the hub once for a repository: a download asks for half a minute where there is none.

    Raises what a download raises.
    """
    from huggingface_hub import get_hf_file_metadata, hf_hub_url
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        get_hf_file_metadata(hf_hub_url(repository, READ[0]))
    except (HfHubHTTPError, ValueError):
        raise
    except Exception as error:  # of the HTTP client: nothing answered
        raise LocalEntryNotFoundError(str(error)) from error


def _unfetched(repository: str, error: Exception) -> ConfigError:
    from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

    if isinstance(error, RepositoryNotFoundError):
        return ConfigError(
            f"There is no model {repository} on the Hugging Face hub, or only for those who log in "
            "(`hf auth login`), and no folder of that name."
        )
    if isinstance(error, LocalEntryNotFoundError):
        return ConfigError(
            f"The model {repository} is not in the Hugging Face cache and the hub cannot be "
            f"reached: be online once, or name a folder with its files, {PREFIX}FOLDER."
        )
    return ConfigError(f"The model {repository} could not be fetched: {sentence(error)}")
