"""Published embedding models from their ONNX files; the tiny one has a vector a word."""

import numpy as np
import pytest

from rag import Assistant, ConfigError, Paper, StoreError
from rag.embed import CachedEmbedder, load_embedder
from rag.testing import FakeEmbedder
from rag.types import QueryEmbedder
from tests.onnx_models import write_model

ROWS = {"[CLS]": [1.0, 0.0], "[SEP]": [0.0, 0.0], "cat": [0.0, 1.0], "dog": [0.0, -1.0]}
STATES = "last_hidden_state"
CLS = {"1_Pooling/config": {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}}
PROMPTS = {"config_sentence_transformers": {"prompts": {"query": "asked ", "passage": "said "}}}


def open_tiny(folder, rows=ROWS, output=STATES, **more):
    return load_embedder(
        f"onnx/{write_model(folder, rows, output=output, **more)}", cache_dir=folder
    )


def unit(*numbers: float) -> list[float]:
    return list(np.array(numbers, dtype=np.float32) / np.float32(np.linalg.norm(numbers)))


def near(found, *expected) -> bool:
    return np.allclose(found, expected, atol=1e-6)


def test_vectors_are_the_mean_of_the_tokens_at_length_one(tmp_path):
    """[CLS] and each word once, whatever is beside it; padding counts for nothing."""
    embedder = open_tiny(tmp_path)
    found = embedder.embed(["cat", "cat cat cat", "dog", ""])
    assert near(found, unit(1, 1), unit(1, 3), unit(1, -1), [1, 0])
    assert found.dtype == np.float32 and embedder.dimension == 2
    assert embedder.embed([]).shape == (0, 2)


@pytest.mark.parametrize("pooling", [CLS, {"1_Pooling/config": {"pooling_mode": "cls"}}])
def test_vectors_are_those_of_the_first_token_where_the_model_says_so(tmp_path, pooling):
    assert near(open_tiny(tmp_path, **pooling).embed(["cat dog", "dog"]), [1, 0], [1, 0])


def test_a_graph_that_pools_is_taken_at_its_word(tmp_path):
    rows = {"cat": [3.0, 4.0]}
    embedder = open_tiny(tmp_path, rows, output="logits", **CLS)  # summed by the graph itself
    assert near(embedder.embed(["cat cat"]), [0.6, 0.8])


def test_questions_and_passages_have_the_prompts_of_the_model(tmp_path):
    rows = {**ROWS, "asked": [0.0, 5.0], "said": [0.0, 7.0]}
    embedder = open_tiny(tmp_path, rows, **PROMPTS)
    assert isinstance(embedder, QueryEmbedder)
    assert near(embedder.embed(["cat"]), unit(1, 8))
    assert near(embedder.embed_queries(["cat"]), unit(1, 6))
    remembering = CachedEmbedder(embedder)
    for _ in range(2):
        assert near(remembering.embed(["cat"]), unit(1, 8))
        assert near(remembering.embed_queries(["cat"]), unit(1, 6))


def test_a_default_prompt_is_for_all(tmp_path):
    config = {"prompts": {"any": "cat "}, "default_prompt_name": "any"}
    embedder = open_tiny(tmp_path, config_sentence_transformers=config)
    assert near(embedder.embed(["cat"]), unit(1, 2))
    assert near(embedder.embed_queries(["cat"]), unit(1, 2))


def test_long_texts_are_cut_to_what_the_model_reads(tmp_path):
    embedder = open_tiny(tmp_path, sentence_bert_config={"max_seq_length": 6})
    assert near(embedder.embed(["cat " * 50]), unit(1, 4))
    assert (embedder.max_tokens, embedder.count_tokens("cat " * 50)) == (6, 50)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"1_Pooling/config": {"pooling_mode_lasttoken": True}}, "a vector by .*lasttoken"),
        ({"modules": [{"type": "sentence_transformers.models.Dense"}]}, "lacks, Dense"),
    ],
)
def test_what_the_graph_cannot_do_is_said(tmp_path, files, said):
    with pytest.raises(ConfigError, match=said):
        open_tiny(tmp_path, **files)


def test_usual_parts_are_no_reason(tmp_path):
    parts = [{"type": f"sentence_transformers.models.{n}"} for n in ("Transformer", "Normalize")]
    assert open_tiny(tmp_path, modules=parts).dimension == 2


def test_its_name_changes_with_the_model_and_not_with_its_place(tmp_path):
    one, same = (open_tiny(tmp_path / n / "tiny") for n in "ab")
    other = open_tiny(tmp_path / "c" / "tiny", **CLS)
    assert one.name == same.name != other.name
    assert one.name.startswith("onnx/tiny-")


def test_a_library_is_built_and_searched_with_it_and_another_model_asks_for_a_rebuild(tmp_path):
    rows = {**ROWS, "kitten": [0.0, 1.0], "[CLS]": [0.1, 0.0]}
    model = write_model(tmp_path / "model", rows, output=STATES)
    settings = {"home": tmp_path / "home", "cache": tmp_path, "embedding": f"onnx/{model}"}
    papers = [Paper("c", "One", "A cat sleeps."), Paper("d", "Two", "A dog barks.")]
    with Assistant(**settings) as assistant:
        assistant.add(papers)
        # Only the vectors know that the first is about it.
        assert assistant.search("kitten")[0].paper.id == "c"
    write_model(tmp_path / "model", {**rows, "kitten": [0.0, -1.0]}, output=STATES)
    with pytest.raises(StoreError, match="rag rebuild"), Assistant(**settings) as assistant:
        assistant.search("kitten")


class Apart(FakeEmbedder):
    """Reads questions otherwise than passages, and remembers what it read as which."""

    def __init__(self) -> None:
        super().__init__()
        self.said: set[str] = set()
        self.asked: set[str] = set()

    def embed(self, texts):
        self.said |= set(texts)
        return super().embed(texts)

    def embed_queries(self, texts):
        self.asked |= set(texts)
        return super().embed(texts)


@pytest.mark.parametrize("question", ["What does a cat do?", "Which papers are about a cat?"])
def test_what_is_asked_is_never_embedded_as_what_is_searched(tmp_path, question):
    embedder = Apart()
    with Assistant(home=tmp_path / "home", embedding=embedder) as assistant:
        assistant.add([Paper("c", "One", "A cat sleeps."), Paper("d", "Two", "A cat barks.")])
        assistant.ask(question)
    assert question in embedder.asked
    assert not embedder.asked & embedder.said
