import pytest

from rag.answer.evidence import READ, READ_MANY, gather
from rag.types import Paper
from tests.finding import EMBEDDER, evidence_of, query_of
from tests.reading import reading_embedder

ABSTRACT = "KVSharer shares caches across layers. The memory falls by 6.54times."
PAPER = Paper("a", "KVSharer: Sharing Caches", ABSTRACT)


def test_lines_are_verbatim_sentences_shown_readably():
    found = evidence_of("How much memory?", PAPER)
    assert [line.quote.text for line in found.sentences] == [
        "KVSharer shares caches across layers.",
        "The memory falls by 6.54times.",
    ]
    assert found.sentences[1].text == "The memory falls by 6.54×."
    for line in found.sentences:
        assert ABSTRACT[line.quote.start : line.quote.end] == line.quote.text


def test_the_named_paper_is_the_subject_though_another_is_first():
    other = Paper("b", "Caches", "Caches are shared.")
    found = evidence_of("What does KVSharer save?", other, PAPER)
    assert found.subject == PAPER and found.named


def test_without_a_name_the_best_paper_is_the_subject():
    found = evidence_of("how to share caches", PAPER)
    assert found.subject == PAPER and not found.named


def test_what_is_left_over_is_asked_for_but_in_no_sentence():
    asked = "Which conference, venue and year published KVSharer?"
    stated = "By how much does memory fall across layers with KVSharer caches?"
    lost, held = (evidence_of(question, PAPER).left_over for question in (asked, stated))
    assert lost == 1.0
    assert held < 0.7


@pytest.mark.parametrize(
    ("kind", "read"),
    [("fact", READ), ("comparison", READ), ("list", READ_MANY), ("overview", READ_MANY),
     ("count", READ_MANY)],
)  # fmt: skip
def test_only_the_first_papers_are_read_and_more_where_each_is_decided_on(kind, read):
    many = [Paper(str(n), f"Title {n}", f"Sentence number {n}.") for n in range(READ_MANY + 3)]
    found = evidence_of("sentence", *many, kind=kind)
    assert {line.rank for line in found.sentences} == set(range(read))
    assert len(found.hits) == READ_MANY + 3


@pytest.mark.parametrize(("kind", "closely"), [("fact", True), ("list", False)])
def test_where_each_paper_is_decided_on_none_is_read_as_the_subject(kind, closely):
    found = evidence_of("memory falls", PAPER, kind=kind, embedder=reading_embedder())
    assert (found.judgement is not None) is closely


def test_a_follow_up_is_compared_by_its_own_words_too():
    query = query_of("and how much memory?", "KVSharer: and how much memory?")
    (_, memory) = gather(query, evidence_of("q", PAPER).hits, EMBEDDER).sentences
    alone, own = EMBEDDER.embed([query.text, query.question]) @ EMBEDDER.embed([memory.text])[0]
    assert (memory.cosine, memory.own_cosine) == pytest.approx((alone, own))
    assert memory.own_cosine > memory.cosine


def test_the_sentence_before_is_of_the_same_abstract():
    found = evidence_of("caches", PAPER, Paper("b", "Other", "Caches are old."))
    first, second, other = found.sentences
    assert found.before(second) == first
    assert found.before(first) is None and found.before(other) is None


@pytest.mark.parametrize(
    ("question", "kind", "absent"),
    [
        ("Compare KVSharer and QuarkZip", "comparison", ("QuarkZip",)),
        ("Compare KVSharer and KVShaner", "comparison", ()),  # a slip of the pen
        ("Compare KVSharer and KVSharer2", "comparison", ("KVSharer2",)),  # but not in a number
        ("Compare QuarkZip and FooNet", "comparison", ()),
        ("How much does QuarkZip save, KVSharer aside?", "number", ()),
    ],
)
def test_what_no_paper_mentions_of_a_comparison_is_absent(question, kind, absent):
    assert evidence_of(question, PAPER, kind=kind).absent == absent


def test_no_hits_give_empty_evidence():
    found = evidence_of("anything")
    assert (found.sentences, found.subject, found.coverage, found.left_over) == ((), None, 0.0, 0.0)
