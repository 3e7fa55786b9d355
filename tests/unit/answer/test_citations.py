from rag.answer.citations import NEAR, AnswerBlock, AnswerBuilder, AnswerSentence, Composed
from rag.types import Paper, Quote

A = Paper("a", "Alpha", "Alpha prunes layers. It keeps 90% of the accuracy.")
B = Paper("b", "Beta", "Beta quantises weights to 4 bits.")


def cite(*blocks: AnswerBlock, **given) -> AnswerBuilder:
    builder = AnswerBuilder()
    builder.add_composed(Composed(blocks, **given))
    return builder


def draft(paper: Paper, text: str) -> AnswerSentence:
    start = paper.abstract.index(text)
    return AnswerSentence(text, paper, Quote(text, start, start + len(text)))


FIRST = draft(A, "Alpha prunes layers.")
SECOND = draft(A, "It keeps 90% of the accuracy.")
THIRD = draft(B, "Beta quantises weights to 4 bits.")


def test_papers_are_numbered_in_order_of_first_use():
    found = cite(AnswerBlock((THIRD, FIRST, THIRD)))
    assert found.text == (
        "“Beta quantises weights to 4 bits.” [1] “Alpha prunes layers.” [2] "
        "“Beta quantises weights to 4 bits.” [1]"
    )
    assert [(c.number, c.paper.id) for c in found.citations] == [(1, "b"), (2, "a")]


def test_a_paper_keeps_all_its_quotes_with_their_places():
    (citation,) = cite(AnswerBlock((FIRST, SECOND, FIRST))).citations
    assert [quote.text for quote in citation.quotes] == [FIRST.text, SECOND.text]
    for quote in citation.quotes:
        assert A.abstract[quote.start : quote.end] == quote.text
    assert (citation.quote, citation.start, citation.end) == (FIRST.text, 0, len(FIRST.text))


BLOCKS = (AnswerBlock((FIRST,), "Alpha"), AnswerBlock((THIRD,), "Beta"))


def test_items_stand_on_lines_of_their_own():
    assert cite(*BLOCKS, itemised=True).text.splitlines() == [
        "- Alpha: “Alpha prunes layers.” [1]",
        "- Beta: “Beta quantises weights to 4 bits.” [2]",
    ]


def test_what_is_no_list_has_no_marks_of_one():
    assert cite(*BLOCKS).text.startswith("Alpha: “Alpha prunes layers.” [1]\nBeta: ")
    assert cite(AnswerBlock((FIRST,)), BLOCKS[1], itemised=True).text.startswith("“Alpha prunes")


def test_lines_of_our_own_stand_around_what_is_quoted():
    missing = AnswerBlock((), "Gamma (missing: speed)")
    found = cite(*BLOCKS[:1], lead="1 paper fits:", near=(missing,), tail="Ask on.", itemised=True)
    assert found.text.split("\n") == [
        "1 paper fits:", "- Alpha: “Alpha prunes layers.” [1]", "", NEAR,
        "- Gamma (missing: speed)", "", "Ask on.",
    ]  # fmt: skip
    assert [c.paper.id for c in found.citations] == ["a"] and len(found.sentences) == 1


def test_a_quotation_is_no_claim_that_could_be_unsupported():
    (sentence,) = cite(AnswerBlock((FIRST,))).sentences
    assert (sentence.support, sentence.score, sentence.why) == ("quoted", 1.0, "")
    assert sentence.text == "Alpha prunes layers." and sentence.citations == (1,)
    assert (sentence.start, sentence.end) == (0, len("“Alpha prunes layers.” [1]"))


def test_our_own_words_are_checked_against_what_they_cite_and_bear_no_quotation_marks():
    good, bad, stray = (
        AnswerSentence(text, A, quote, verbatim=False)
        for text, quote in (
            (SECOND.text, SECOND.quote), ("It keeps 70% of the accuracy.", SECOND.quote),
            ("Beta quantises weights to 4 bits.", FIRST.quote),
        )
    )  # fmt: skip
    found = cite(AnswerBlock((good, bad, stray)))
    assert found.text.startswith("It keeps 90% of the accuracy. [1] It keeps 70%")
    good, bad, stray = found.sentences
    assert good.support == "supported"
    assert bad.support != "supported" and bad.why
    assert stray.support == "unsupported" and stray.why
    assert good.citations == bad.citations == (1,)
    assert found.unsupported == [s for s in found.sentences if s.support == "unsupported"]


def test_a_models_text_is_cut_into_sentences_with_their_markers():
    found = AnswerBuilder()
    text = (
        "# Head\n1. Alpha prunes layers. [1] It keeps 70% [1][2].\n- The abstracts do not say why."
    )
    absent = found.add_reply(text, {1: A, 2: B})
    assert [found.text[s.start : s.end] for s in found.sentences] == [
        "Alpha prunes layers. [1]", "It keeps 70% [1][2]."
    ]  # fmt: skip
    assert [s.citations for s in found.sentences] == [(1,), (1, 2)]
    assert [s.support for s in found.sentences] == ["supported", "unsupported"]
    assert absent == ["The abstracts do not say why."]


def test_what_follows_a_models_text_keeps_its_numbers():
    found = AnswerBuilder()
    found.add_reply("Beta quantises weights [1].", {1: B})
    found.add_line("Without the model:")
    found.add_composed(Composed((AnswerBlock((FIRST, THIRD)),)))
    assert found.text.endswith(
        "\n\nWithout the model:\n“Alpha prunes layers.” [2] “Beta quantises weights to 4 bits.” [1]"
    )
    assert [c.paper.id for c in found.citations] == ["b", "a"]
    assert all(found.text[s.start : s.end].endswith((".", "]")) for s in found.sentences)
