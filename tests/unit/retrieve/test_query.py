import pytest

from tests.finding import query_of


def test_what_is_asked_for():
    assert query_of("Who are the authors of BinaryDM?").bibliographic
    assert query_of("Which learning rate did they use?").detail
    assert query_of("Is the code available?").link
    plain = query_of("What does pruning remove?")
    assert not (plain.bibliographic or plain.detail or plain.link)


@pytest.mark.parametrize(
    ("question", "flags"),
    [
        ("Where can I download the weights?", {"link"}),
        ("When was BERT published?", {"bibliographic"}),
        ("who proposed attention", {"bibliographic"}),
        ("What year is it from?", {"bibliographic"}),
        ("Which batch size is used?", {"detail"}),
        ("What does table 3 show?", {"detail"}),
        ("By what trick is it done?", set()),
        ("pruning", set()),
        ("a blackboard of labels", set()),
        ("the authority of methodical whenever", set()),
    ],
)
def test_flags(question, flags):
    asked = query_of(question)
    assert {name for name in ("link", "bibliographic", "detail") if getattr(asked, name)} == flags


def test_names_and_other_capitalised_words():
    asked = query_of("How does LESS, on GPT-4 and in Swedish with 7B models, compare for LLMs?")
    assert asked.names == ("LESS", "GPT-4")
    assert asked.proper == ("Swedish",)
    assert query_of("Which papers use it?").names == ()


def test_a_compound_of_ordinary_words_is_no_name():
    asked = query_of("How good is French-to-Dutch translation, or any to Low-resource Swedish?")
    assert (asked.names, asked.proper) == ((), ("Swedish",))


def test_names_come_from_the_standalone_form_and_flags_from_the_question():
    asked = query_of("and its code, with the rest?", "What code of FooNet runs in GPT-4?")
    assert asked.names == asked.search_names == ("FooNet", "GPT-4") and asked.link
    assert asked.text.startswith("What code") and asked.question.startswith("and its")
    assert not query_of("and the rest?", "Where is the code of FooNet?").link


def test_what_is_searched_may_be_more_than_what_is_compared():
    asked = query_of("why?", "why?", queries=("What is FooNet? why?", "reasons"))
    assert (asked.text, asked.wanted) == ("why?", "What is FooNet? why?")
    assert "foonet" in asked.tokens and "foonet" not in asked.weights
    assert asked.search_names == ("FooNet",) and asked.names == ()


def test_a_plan_that_is_known_is_kept():
    assert query_of("Why?", kind="overview", facets=("a",)).plan.facets == ("a",)
    assert query_of("Why?", kind="overview").kind == "overview"


def test_the_kind_is_as_likely_as_the_plan_says():
    assert query_of("Why?", likely={"reason": 0.7}).likely("reason") == 0.7
    said = query_of("Why?", kind="list")
    assert (said.likely("list"), said.likely("reason")) == (1.0, 0.0)


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
