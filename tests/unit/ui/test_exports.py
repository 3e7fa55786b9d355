import json
from dataclasses import replace

from rag.corpus import read
from rag.types import Answer, Citation, Paper, Quote, Sentence, Usage
from ui import exports

A = Paper("a", "Alpha: {Pruning} of 50% & more", "It prunes.", ("Ann B. Doe", "Élan Vital"), 2024,
          "Venue", "10.1000/x", "2401.00001", "https://a.test", ("pruning",))  # fmt: skip
B = Paper("b", "Beta\nquantises }weird{ sets", "It quantises. " * 3)


def answer(question: str, text: str, *papers: Paper) -> Answer:
    citations = tuple(
        Citation(number, paper, (Quote(paper.abstract[:5], 0, 5),))
        for number, paper in enumerate(papers, 1)
    )
    return Answer(question, question, text, "answered", None, 0.9, citations, (), (), Usage("m"))


TALK = [answer("First?", "Alpha [1].", A), answer("Second?", "Beta [1] and Alpha [2].", B, A)]


def test_references_run_through_a_whole_conversation():
    text = exports.markdown(TALK, "A talk")
    assert text.startswith("# A talk\n\n## First?\n\nAlpha [1].\n")
    assert "Beta [2] and Alpha [1]." in text
    _, _, references = text.partition("## References\n\n")
    first, second = references.splitlines()
    assert first.startswith("1. Ann B. Doe, Élan Vital. Alpha") and "doi.org/10.1000/x" in first
    assert second == "2. Beta quantises }weird{ sets"


def test_what_the_check_found_goes_along():
    said = Sentence("Beta saves 90%.", (1,), "contradicted", 0.0, "90% there is 30%", 0, 8)
    first, second = TALK
    text = exports.markdown([first, replace(second, sentences=(said,))], "A talk")
    assert (
        "*Answers the question · 0 of 1 claims supported, 1 contradicted*\n\nBeta [2] ✗ an" in text
    )
    assert "*✗ contradicted: Beta saves 90%. (90% there is 30%)*" in text


def test_cited_papers_come_once_in_order():
    assert exports.cited(TALK) == [A, B]


def test_our_own_readers_read_what_is_exported(tmp_path):
    for name, text in (("x.bib", exports.bibtex([A, B])), ("x.ris", exports.ris([A, B]))):
        path = tmp_path / name
        path.write_text(text)
        first, second = read(path, name=name)
        assert first.doi == A.doi and first.year == 2024 and first.authors == A.authors, name
        assert first.abstract == A.abstract and second.abstract == B.abstract.strip()
        assert "weird" in second.title


def test_keys_of_entries_are_distinct():
    assert exports.bibtex([A, A, A]).count("@article{doe2024alphaa") == 2


def test_json_holds_everything():
    data = json.loads(exports.data(TALK, "A talk"))
    assert data["title"] == "A talk"
    assert [Answer.from_dict(one) for one in data["answers"]] == TALK
