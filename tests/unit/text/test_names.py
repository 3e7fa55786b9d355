import pytest

from rag.text.names import distinctive, mentioned, mentions, proper


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does LoRA-SB change about LoRA-XS?", ["LoRA-SB", "LoRA-XS"]),
        ("Explain the P$^2$ Law", ["P$^2$"]),
        ("Is W4A8 enough for DFloat11?", ["W4A8", "DFloat11"]),
        ("how big is an RLHF-tuned BERT", ["BERT"]),
        ("What do LLMs on a GPU cost?", []),
        ("a 770M model, 3-7B parameters, 2,048 tokens", []),
        ("What is pruning?", []),
    ],
)
def test_distinctive_names(question, names):
    assert distinctive(question) == names


def test_proper_words_stand_in_mid_sentence():
    assert proper("What is the capital of Mongolia?") == ["Mongolia"]
    assert proper("Longformer: how does it attend?") == ["Longformer"]
    assert proper("Does pruning help?") == []


@pytest.mark.parametrize(
    ("text", "name", "held"),
    [
        ("We present LoRASB.", "LoRA-SB", True),
        ("TÜLU 3 is open", "Tulu 3", True),
        ("The smoothing of quantisation", "SmoothQuant", False),
        ("average precision (AP)", "AP", True),
        ("we adAPt", "AP", False),
        ("Granular adaptation, GraLoRA", "LoRA", False),
        ("We present LoRA SB.", "LoRA-SB", True),
        ("many BERTs", "BERT", True),
    ],
)
def test_mentions_ignores_hyphens_case_and_accents(text, name, held):
    assert mentions(text, name) is held


def test_mentioned_in_any_text():
    assert mentioned(["nothing", "uses GPT-4"], "gpt4")
    assert not mentioned(["nothing", "uses GPT-4"], "gpt5")
