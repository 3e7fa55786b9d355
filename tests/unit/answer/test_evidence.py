from rag.answer.evidence import READ, gather
from rag.testing import FakeEmbedder
from rag.types import Hit, Paper, Passage
from tests.finding import query_of

ABSTRACT = "KVSharer shares caches across layers. The memory falls by 6.54times."
PAPER = Paper("a", "KVSharer: Sharing Caches", ABSTRACT)


def hits(*papers: Paper) -> list[Hit]:
    return [Hit(p, Passage(p.id, p.id, p.abstract, 0, 1), 0.5) for p in papers]


def test_lines_are_verbatim_sentences_shown_readably():
    found = gather(query_of("How much memory?"), hits(PAPER), FakeEmbedder())
    assert [line.quote.text for line in found.sentences] == [
        "KVSharer shares caches across layers.",
        "The memory falls by 6.54times.",
    ]
    assert found.sentences[1].text == "The memory falls by 6.54×."
    for line in found.sentences:
        assert ABSTRACT[line.quote.start : line.quote.end] == line.quote.text


def test_the_named_paper_is_the_subject_though_another_is_first():
    other = Paper("b", "Caches", "Caches are shared.")
    found = gather(query_of("What does KVSharer save?"), hits(other, PAPER), FakeEmbedder())
    assert found.subject == PAPER and found.named


def test_without_a_name_the_best_paper_is_the_subject():
    found = gather(query_of("how to share caches"), hits(PAPER), FakeEmbedder())
    assert found.subject == PAPER and not found.named


def test_what_is_left_over_is_asked_for_but_in_no_sentence():
    asked = query_of("Which conference, venue and year published KVSharer?")
    stated = query_of("By how much does memory fall across layers with KVSharer caches?")
    lost, held = (gather(q, hits(PAPER), FakeEmbedder()).left_over for q in (asked, stated))
    assert lost == 1.0
    assert held < 0.7


def test_only_the_first_papers_are_read():
    many = [Paper(str(n), f"Title {n}", f"Sentence number {n}.") for n in range(READ + 3)]
    found = gather(query_of("sentence"), hits(*many), FakeEmbedder())
    assert {line.rank for line in found.sentences} == set(range(READ))
    assert len(found.hits) == READ + 3


def test_no_hits_give_empty_evidence():
    found = gather(query_of("anything"), [], FakeEmbedder())
    assert (found.sentences, found.subject, found.coverage, found.left_over) == ((), None, 0.0, 0.0)
