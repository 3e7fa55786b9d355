import pytest

from rag.question import analyse


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which papers are about model merging?", "list"),
        ("vision models for aerial imagery", "list"),
        ("What approaches are there to shrink the KV cache?", "list"),
        ("Compare ZipNN and DFloat11", "comparison"),
        ("What is the difference between CacheGen and CacheBlend?", "comparison"),
        ("LoRA-SB or LoRA-XS: which one is smaller, X2 or Y3?", "comparison"),
        ("How much memory does Q-Filters save?", "number"),
        ("What word error rate do the Swedish Whisper models get?", "number"),
        ("Why does pruning help?", "reason"),
        ("What is YOCO?", "definition"),
        ("Which method removes layers?", "definition"),
        ("pruning and accuracy", "general"),
    ],
)
def test_kinds_of_question(question, kind):
    assert analyse(question).kind == kind


def test_what_is_asked_for():
    assert analyse("Who are the authors of BinaryDM?").bibliographic
    assert analyse("Which learning rate did they use?").detail
    assert analyse("Is the code available?").link
    assert analyse("How does it prune?").method
    plain = analyse("What does pruning remove?")
    assert not (plain.bibliographic or plain.detail or plain.link)


def test_names_come_from_the_question_and_the_text_from_the_query():
    asked = analyse("how much does it save with GPT-4?", "What is FNet? how much does it save")
    assert asked.names == ("GPT-4",)
    assert asked.text.startswith("What is FNet?")


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("What is the capital of Mongolia?", True),
        ("kv cache pruning", True),
        ("Wie viele Parameter hat das größte Modell der Reihe insgesamt?", False),
        ("用什么办法可以把扩散模型压缩到 1 比特?", False),
    ],
)
def test_english_is_told_from_other_languages(question, english):
    assert analyse(question).english is english


def test_capitalised_nouns_of_other_languages_are_no_names():
    assert analyse("Wie hoch ist die Wortfehlerrate der neuen Modelle für Schwedisch?").proper == ()
