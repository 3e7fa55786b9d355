import pytest

from tests.finding import query_of


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
        ("pruning and accuracy", "fact"),
        ("What percentage of papers use RL?", "number"),
        ("How many papers are there on pruning?", "number"),
        ("What is the speed-up of FNet?", "number"),
        ("Which method do the papers on pruning use?", "definition"),
        ("LoRA vs. QLoRA", "comparison"),
        ("In what are GPT-4 and Llama-2 different?", "comparison"),
        ("compare pruning and quantization", "comparison"),
        ("Do both LoRA-SB and LoRA-XS freeze the base?", "comparison"),
        ("all papers on pruning", "list"),
        ("Give me a list of data sets for speech", "list"),
        ("Tell me everything about merging", "list"),
        ("Are there any studies on forgetting?", "list"),
        ("What does the paper on P$^2$ say?", "definition"),
        ("What makes distillation work?", "reason"),
        ("How is LoRA-SB trained?", "fact"),
        ("WHICH PAPERS ARE ABOUT MODEL MERGING?", "list"),
        ("", "fact"),
        ("???", "fact"),
    ],
)
def test_kinds_of_question(question, kind):
    assert query_of(question).kind == kind


def test_what_is_asked_for():
    assert query_of("Who are the authors of BinaryDM?").bibliographic
    assert query_of("Which learning rate did they use?").detail
    assert query_of("Is the code available?").link
    assert query_of("How does it prune?").method
    plain = query_of("What does pruning remove?")
    assert not (plain.bibliographic or plain.detail or plain.link)


@pytest.mark.parametrize(
    ("question", "flags"),
    [
        ("Where can I download the weights?", {"link"}),
        ("When was BERT published?", {"finding", "bibliographic"}),
        ("who proposed attention", {"bibliographic"}),
        ("What year is it from?", {"finding", "bibliographic"}),
        ("Which batch size is used?", {"finding", "detail"}),
        ("What does table 3 show?", {"finding", "detail"}),
        ("By what trick is it done?", {"method", "finding"}),
        ("pruning", set()),
        ("a blackboard of labels", set()),
        ("the authority of methodical whenever", set()),
    ],
)
def test_flags(question, flags):
    asked = query_of(question)
    names = ("method", "finding", "link", "bibliographic", "detail")
    assert {name for name in names if getattr(asked, name)} == flags


def test_names_and_other_capitalised_words():
    asked = query_of("How does LESS, on GPT-4 and in Swedish with 7B models, compare for LLMs?")
    assert asked.names == ("LESS", "GPT-4")
    assert asked.proper == ("Swedish",)
    assert query_of("Which papers use it?").names == ()


def test_a_compound_of_ordinary_words_is_no_name():
    asked = query_of("How good is French-to-Dutch translation, or any to Low-resource Swedish?")
    assert (asked.names, asked.proper) == ((), ("Swedish",))


def test_names_come_from_the_question_and_the_text_from_the_query():
    asked = query_of("how much does it save with GPT-4?", "What is FNet? how much does it save")
    assert asked.names == ("GPT-4",)
    assert asked.text.startswith("What is FNet?")


@pytest.mark.parametrize(
    ("question", "english"),
    [
        ("What is the capital of Mongolia?", True),
        ("kv cache pruning", True),
        ("What is TÜLU 3?", True),
        ("How does μnit scaling work?", True),
        ("What does the “lottery ticket” – as it’s called – say?", True),
        ("", True),
        ("模型压缩方法", False),
        ("何BERT", False),
        ("BERT模型?", False),
        ("Какие МЕТОДЫ есть", False),
        ("Größe der Modelle?", False),
        ("Wie viele Parameter hat das größte Modell der Reihe insgesamt?", False),
        ("用什么办法可以把扩散模型压缩到 1 比特?", False),
    ],
)
def test_english_is_told_from_other_languages(question, english):
    assert query_of(question).english is english


def test_capitalised_nouns_of_other_languages_are_no_names():
    assert (
        query_of("Wie hoch ist die Wortfehlerrate der neuen Modelle für Schwedisch?").proper == ()
    )
