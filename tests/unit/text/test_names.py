import pytest

from rag.text.names import (
    capitalised,
    distinctive,
    is_name,
    is_plain_compound,
    leading_name,
    mentioned,
    mentions,
    proper,
    short_title,
    titled,
)


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


def test_abbreviations_of_the_field_name_no_paper_in_any_case_or_number():
    assert distinctive("Which APIs do SLMs of SoTA quality in the US call, and VITS?") == ["VITS"]


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("FooNet", True), ("GPT-4", True), ("T5", True), ("RLHF", True), ("LLMs's", False),
        ("Adam", False), ("Co-Training", False), ("4k", False), ("3D", False),
    ],
)  # fmt: skip
def test_a_word_that_can_only_be_a_name(word, name):
    assert is_name(word) is name


@pytest.mark.parametrize("mark", ["“", "„", "«", "- “", "["])
def test_what_opens_a_quotation_opens_a_sentence(mark):
    assert capitalised(f"1 paper fits: {mark}It beats FNet by far.") == (
        ["It", "FNet"] if mark == "[" else ["FNet"]
    )


def test_capitalised_words_without_those_that_open_a_sentence():
    text = "Recently. FNet beats Bert on GLUE. Others, in 2024, do not."
    assert capitalised(text) == ["FNet", "Bert", "GLUE", "2024"]


@pytest.mark.parametrize(
    ("title", "name", "short"),
    [
        ("ZipNN: lossless compression", "ZipNN", "ZipNN"),
        ("rStar-Coder: more data", "rStar-Coder", "rStar-Coder"),
        ("LLMs: a survey", "", "LLMs"),
        ("On names", "", "On names"),
        ("A look at many things: a survey", "", "A look at many things: a survey"),
    ],
)
def test_titles_in_short(title, name, short):
    assert (leading_name(title), short_title(title)) == (name, short)


@pytest.mark.parametrize(
    ("question", "names"),
    [
        ("What does Mixture of Depths route?", ["Mixture of Depths"]),
        ("Is Chain of Thought used with GPT-4?", ["GPT-4", "Chain of Thought"]),
        ("What is the Reversal Curse?", ["Reversal Curse"]),
        ("Longformer: how does it attend?", ["Longformer"]),
        ("How does Longformer attend to LLMs in Sweden?", ["Longformer"]),
        ("Does pruning help?", []),
        ("Merging of models", []),
    ],
)
def test_names_that_a_paper_may_be_titled_with(question, names):
    assert titled(question) == names


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("French-to-Dutch", True), ("Sequence-to-Sequence", True), ("LoRA-SB", False),
        ("GPT-4", False), ("Transformer-XL", False), ("French", False), ("ZipNN-like", False),
    ],
)  # fmt: skip
def test_compounds_of_ordinary_words(name, plain):
    assert is_plain_compound(name) is plain
