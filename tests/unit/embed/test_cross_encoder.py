"""Pairs of texts read by a model from its ONNX file; the model adds up a number a word."""

import numpy as np
import pytest

from rag.embed import load_cross_encoder
from rag.errors import ConfigError
from tests.onnx_models import write_model

WORDS = {"a": [1.0], "b": [10.0], "c": [100.0]}


def open_tiny(folder, rows=WORDS, **more):
    return load_cross_encoder(f"onnx/{write_model(folder, rows, **more)}", "RAG_RERANK")


def test_every_pair_is_scored_in_order_whatever_its_length(tmp_path):
    """More than a batch; padding counts for nothing."""
    passages = [" ".join("b" * (1 + 7 * n % 20)) for n in range(40)]
    found = open_tiny(tmp_path).logits("a", passages)
    assert found.tolist() == [[1.0 + 10 * len(passage.split())] for passage in passages]


def test_the_second_text_is_told_from_the_first(tmp_path):
    model = open_tiny(tmp_path, {**WORDS, "2:a": [2.0], "2:b": [20.0]})
    assert model.logits("a", ["b"]).tolist() == [[21.0]]
    assert model.logits("a", ["b"], passage_first=True).tolist() == [[12.0]]


def test_a_graph_gets_only_what_it_wants(tmp_path):
    model = open_tiny(tmp_path, inputs=("input_ids", "attention_mask"))
    assert model.logits("a", ["b b", "c"]).tolist() == [[21.0], [101.0]]
    with pytest.raises(ConfigError, match="tiny wants position_ids besides tokens"):
        open_tiny(tmp_path / "tiny", inputs=("input_ids", "attention_mask", "position_ids"))


@pytest.mark.parametrize("passage_first", [False, True])
def test_only_the_passage_is_cut(tmp_path, passage_first):
    """11 positions hold 3 special tokens and 8 words."""
    model = open_tiny(tmp_path, config={"max_position_embeddings": 11})
    found = model.logits("a a a", ["b " * 30], passage_first=passage_first)
    assert found.tolist() == [[3.0 + 10 * 5]]
    assert model.fits("a " * 4) and not model.fits("a " * 5)
    assert model.logits("a " * 30, ["b " * 30]).tolist() == [[4.0 + 10 * 4]]


@pytest.mark.parametrize(
    ("config", "files", "words"),
    [
        ({}, {}, 512 - 3),
        ({"max_position_embeddings": 14, "pad_token_id": 1}, {}, 14 - 3),
        ({"max_position_embeddings": 14, "pad_token_id": 1, "model_type": "roberta"}, {}, 12 - 3),
        ({}, {"tokenizer_config": {"model_max_length": 9}}, 9 - 3),
        ({}, {"tokenizer_config": {"model_max_length": 10**30}}, 512 - 3),
    ],
)
def test_how_much_is_read_is_what_the_files_say(tmp_path, config, files, words):
    model = open_tiny(tmp_path, config=config, **files)
    assert model.logits("a", ["b " * 600]).tolist() == [[1.0 + 10 * (words - 1)]]


def test_labels_are_in_the_order_of_the_logits(tmp_path):
    rows = {"a": [1.0, 2.0]}
    assert open_tiny(tmp_path / "1", rows).labels == ["LABEL_0", "LABEL_1"]
    named = {"id2label": {"1": "yes", "0": "no"}}
    assert open_tiny(tmp_path / "2", rows, config=named).labels == ["no", "yes"]


def test_nothing_in_nothing_out(tmp_path):
    assert np.array(open_tiny(tmp_path).logits("a", [])).shape == (0, 1)


def test_a_model_is_loaded_once(tmp_path):
    name = f"onnx/{write_model(tmp_path, WORDS)}"
    assert load_cross_encoder(name, "X") is load_cross_encoder(name, "X")


@pytest.mark.parametrize("broken", ["model.onnx", "tokenizer.json"])
def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path, broken):
    folder = write_model(tmp_path / "tiny", WORDS)
    (folder / broken).write_bytes(b"garbage")
    with pytest.raises(ConfigError, match=r"^tiny cannot be loaded: .*\.$"):
        load_cross_encoder(f"onnx/{folder}", "X")


def test_an_embedding_model_is_no_cross_encoder(tmp_path):
    with pytest.raises(ConfigError, match="tiny is no cross-encoder"):
        open_tiny(tmp_path / "tiny", output="last_hidden_state")
