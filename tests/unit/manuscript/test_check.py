"""What becomes of each cited sentence, with a checker that says what it is told."""

import pytest

from rag.errors import StoreError
from rag.manuscript.check import check_manuscript
from rag.manuscript.judging import KeptVerdicts
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.types import Paper
from tests.builders import hit, library
from tests.unit.manuscript import FakeChecker, read

ALPHA = Paper("a", "Alpha: The Best Method", "Alpha saves 30% of it. It is fast.")
BETA = Paper("b", "Beta Is Slow in the Field", "Beta is slow. It saves 90% of it.")
TEXT = (
    "Alpha saves a third of it [1]. Alpha saves 90% of it [1]. It is known for long [3]. "
    "It saves some of it [1, 3]. Both of them are known [1, 2].\n\nReferences\n"
    "[1] Alpha: The Best Method\n[2] Beta Is Slow in the Field\n[3] Gamma: Not Here\n"
)


@pytest.fixture
def shelf(tmp_path):
    opened = Library(library(tmp_path / "home", [ALPHA, BETA], FakeEmbedder()), readonly=True)
    yield Catalogue(lambda: (opened,))
    opened.close()


def judge(claim):
    """Beta supports what is said of 90%; some and 90% go wrong for Alpha."""
    if claim.sources[0].title.startswith("Beta"):
        return "supported" if "90%" in claim.text else "unverified"
    if "some" in claim.text:
        return "partial"
    return "contradicted" if "90%" in claim.text else "supported"


def check(shelf, checker, text=TEXT, **given):
    return check_manuscript(read(text), shelf, lambda _: [hit(ALPHA), hit(BETA)], checker, **given)


def test_each_sentence_is_judged_by_what_it_cites_and_the_library_has(shelf):
    checker = FakeChecker(judge)
    report = check(shelf, checker)
    assert [one.support for one in report.sentences] == [
        "supported", "contradicted", "unverified", "unverified", "supported",
    ]  # fmt: skip
    sources = {claim.text: [source.title for source in claim.sources] for claim in checker.asked}
    assert sources["Both of them are known."] == [ALPHA.title, BETA.title]
    assert "It is known for long." not in sources
    absent = report.sentences[2]
    assert (absent.paper, absent.why) == (None, "its paper is not in the library")
    assert report.counts == {"contradicted": 1, "unverified": 2, "supported": 2}


def test_what_the_cited_papers_do_not_say_is_a_finding(shelf):
    report = check(shelf, FakeChecker(lambda claim: "uncited"))
    assert [one.support for one in report.findings] == ["uncited"] * 4
    assert {one.paper.id for one in report.findings} == {"a"}


def test_a_part_that_a_missing_paper_may_say_is_no_finding(shelf):
    report = check(shelf, FakeChecker(judge))
    assert report.sentences[3].why.endswith("another paper that it cites is not in the library")
    assert [one.text for one in report.findings] == ["Alpha saves 90% of it."]


def test_a_sentence_that_fails_is_given_a_better_paper(shelf):
    checker = FakeChecker(judge)
    report = check(shelf, checker)
    assert report.findings[0].better.paper == BETA
    assert len(checker.asked) == len(set(checker.asked))  # what it cites is not tried again
    assert all(one.better is None for one in report.sentences if one.support == "supported")
    assert report.sentences[3].better is None


def test_what_the_library_lacks_is_listed_once_with_its_places(shelf):
    (missing,) = check(shelf, FakeChecker(judge)).missing
    assert missing.work.reference.text == "Gamma: Not Here" and missing.known
    assert [place.column for place in missing.places] == [59, 85]


def test_a_key_without_an_entry_is_missing(shelf, tmp_path):
    (tmp_path / "refs.bib").write_text("@misc{a, title={Alpha: The Best Method}}")
    text = r"It saves a third \cite{a}. It saves a fourth \cite{gone}."
    manuscript = read(text, bibliographies=[tmp_path / "refs.bib"])
    report = check_manuscript(manuscript, shelf, lambda _: [], FakeChecker(judge))
    assert [one.support for one in report.sentences] == ["supported", "unverified"]
    assert [(one.work.reference.key, one.known) for one in report.missing] == [("gone", False)]


def test_progress_is_told(shelf):
    steps = []
    check(shelf, FakeChecker(judge), progress=lambda *step: steps.append(step))
    assert ("looking up", 3, 3) in steps and ("checking", 4, 4) in steps


def test_an_empty_library_is_told(tmp_path):
    with Library(tmp_path).database.transaction():
        pass
    with pytest.raises(StoreError, match="add the cited papers first"):
        check(Catalogue(lambda: (Library(tmp_path, readonly=True),)), FakeChecker(judge))


def test_only_what_changed_is_judged_again(shelf, tmp_path):
    def asked(text, *, name="one", fresh=False, verdict=judge):
        checker = FakeChecker(verdict, name)
        with KeptVerdicts(checker, tmp_path / "cache", fresh=fresh) as kept:
            report = check(shelf, kept, text)
        return [claim.text for claim in checker.asked], report

    first, report = asked(TEXT)
    assert len(first) == 6  # four sentences, and two other papers tried for those that fail
    assert asked("New first line.\n\n" + TEXT)[0] == []
    assert asked(TEXT)[1].sentences == report.sentences
    assert asked(TEXT.replace("a third", "a fourth"))[0] == ["Alpha saves a fourth of it."]
    assert asked(TEXT, name="two")[0] == first
    again, changed = asked(TEXT, fresh=True, verdict=lambda _: "supported")
    assert len(again) == 4 and not changed.findings
    assert not asked(TEXT)[1].findings  # what was judged anew is kept
