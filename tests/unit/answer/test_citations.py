from dataclasses import replace

import pytest

from rag.answer.citations import (
    NEAR,
    AnswerBlock,
    AnswerBuilder,
    AnswerSentence,
    Checks,
    Composed,
)
from rag.types import Paper, Quote
from rag.verify import Claim, OfflineChecker, Source, Verdict

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


def test_what_is_said_by_rule_of_a_span_rests_on_it_and_bears_no_quotation_marks():
    said = AnswerSentence("Alpha holds most of it.", A, SECOND.quote, verbatim=False)
    found = cite(AnswerBlock((said,)))
    assert found.text == "Alpha holds most of it. [1]"
    (sentence,) = found.sentences
    assert (sentence.support, sentence.score, sentence.why) == ("supported", 1.0, "")
    assert (sentence.quote, sentence.source) == (SECOND.quote, 1)


class Told:
    """A check that says what it is told, and keeps what it was asked."""

    name = "told"

    def __init__(self, *verdicts: Verdict):
        self.verdicts = verdicts
        self.asked = []

    def check(self, claims):
        self.asked.append(list(claims))
        return list(self.verdicts)


def reply(text: str, *verdicts: Verdict, papers=None) -> tuple[AnswerBuilder, Told]:
    """A model's text with its sentences judged."""
    checker = Told(*verdicts)
    builder = AnswerBuilder(Checks(checker, offline=OfflineChecker()))
    builder.add_reply(text, {1: A, 2: B} if papers is None else papers)
    builder.check()
    return builder, checker


GOOD = Verdict("supported", 0.9, "", FIRST.quote)
BAD = Verdict("contradicted", 0.0, "says 70%, the abstract says 90%", SECOND.quote)


def test_a_models_text_is_cut_into_sentences_that_are_checked_together():
    text = (
        "# Head\n1. Alpha prunes layers. [1] It keeps 70% [1][2].\n- The abstracts do not say why."
    )
    builder = AnswerBuilder(Checks(checker := Told(GOOD, BAD)))
    assert builder.add_reply(text, {1: A, 2: B}) == ["The abstracts do not say why."]
    found = builder.sentences
    assert [builder.text[s.start : s.end] for s in found] == [
        "Alpha prunes layers. [1]", "It keeps 70% [1][2]."
    ]  # fmt: skip
    assert [s.citations for s in found] == [(1,), (1, 2)]
    assert [(s.support, s.score) for s in found] == [("unverified", 0.0)] * 2
    assert not checker.asked and not builder.faults
    builder.check()
    builder.check()  # nothing is left to judge
    alpha, beta = (Source(paper.title, paper.abstract) for paper in (A, B))
    assert checker.asked == [
        [Claim("Alpha prunes layers.", (alpha,)), Claim("It keeps 70%.", (alpha, beta))]
    ]


def test_a_verdict_is_kept_with_the_span_that_decided_and_the_number_of_its_paper():
    found, _ = reply("Beta is small [2]. It keeps 70% [2][1].", Verdict("partial", 0.5, "why"),
                     replace(BAD, source=1))  # fmt: skip
    vague, wrong = found.sentences
    assert (vague.support, vague.score, vague.why) == ("partial", 0.5, "why")
    assert (vague.quote, vague.source) == (None, 0)
    assert (wrong.support, wrong.why, wrong.quote, wrong.source) == (
        "contradicted", BAD.why, SECOND.quote, 1
    )  # fmt: skip
    alpha, beta = found.citations
    assert alpha.quotes == (SECOND.quote,) and beta.quotes == (THIRD.quote,)


def test_every_paper_cited_gets_its_nearest_sentence_as_a_quote():
    found, _ = reply("The accuracy stays [1].", Verdict("unverified", 0.0, "cannot tell"))
    assert found.citations[0].quotes == (SECOND.quote,)


@pytest.mark.parametrize(
    ("support", "fault"),
    [("supported", False), ("partial", True), ("unverified", False), ("contradicted", True),
     ("uncited", True)],
)  # fmt: skip
def test_only_what_is_known_to_be_wrong_is_a_fault(support, fault):
    found, _ = reply("It is so [1].", Verdict(support, 0.0, "why"))
    assert found.faults == [*found.sentences] * fault


def test_a_sentence_without_a_marker_rests_on_the_paper_that_surely_supports_it():
    found, checker = reply(
        "Beta quantises weights to 4 bits. Alpha prunes layers [1]. Owls hear well.",
        GOOD, GOOD, Verdict("uncited", 0.0, "cites nothing"),
    )  # fmt: skip
    assert found.text == (
        "Beta quantises weights to 4 bits. [2] Alpha prunes layers [1]. Owls hear well."
    )
    assert [(s.citations, s.attached) for s in found.sentences] == [
        ((2,), True), ((1,), False), ((), False)
    ]  # fmt: skip
    (claims,) = checker.asked
    assert [len(claim.sources) for claim in claims] == [1, 1, 0]


def test_of_papers_that_support_it_the_one_cited_next_is_attached():
    twin = Paper("c", "Twin", f"{A.abstract} More.")
    text = "It keeps 90% of the accuracy. Twin says so, too [2]."
    found, _ = reply(text, GOOD, GOOD, papers={1: A, 2: twin})
    assert [s.citations for s in found.sentences] == [(2,), (2,)]
    found, _ = reply(text.replace(" Twin", "\n\nTwin"), GOOD, GOOD, papers={1: A, 2: twin})
    assert [s.citations for s in found.sentences] == [(1,), (2,)]


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
