"""Which paper of the library a cited work is."""

import pytest

from rag.manuscript.document import Reference
from rag.manuscript.matching import match
from rag.manuscript.references import described
from rag.store import Catalogue, Library
from rag.testing import FakeEmbedder
from rag.types import Paper
from tests.builders import hit, library

TEXT = "We study a thing here. It is of note."
PAPERS = [
    Paper("p1", "Alpha: Pruning Layers of Large Networks", TEXT, ("A. Lee",), 2020, doi="10.1/a"),
    Paper("p2", "Beta Pruning", TEXT + " It is beta.", arxiv_id="2101.00001"),
    Paper("p3", "Scaling Laws for Networks of Many Layers", TEXT + " It is gamma.", year=2021),
]  # fmt: skip


@pytest.fixture
def found(tmp_path):
    """Matches a reference; the search finds every paper."""
    shelf = Library(library(tmp_path / "home", PAPERS, FakeEmbedder()), readonly=True)
    catalogue = Catalogue(lambda: (shelf,))
    yield lambda reference: match(reference, catalogue, lambda _: list(map(hit, PAPERS)))
    shelf.close()


def titled(title, **given):
    return Reference("key", title, title, **given)


@pytest.mark.parametrize(
    ("reference", "paper"),
    [
        (titled("Something else", doi="10.1/a"), "p1"),
        (titled("", arxiv_id="2101.00001"), "p2"),
        (Reference("p3", "p3"), "p3"),
        (titled("ALPHA – pruning layers of large networks."), "p1"),
        (titled("Beta pruning", arxiv_id="2202.00002"), None),
        (titled("Gamma"), None),
        (described("1", "Lee, A. Alpha: Pruning layers of large networks. 2020."), "p1"),
        (described("1", "[Scaling laws for networks of many layers](https://x.org/a)"), "p3"),
        (described("1", "Scaling Laws for Networks of Many Layers https://x.org/a"), "p3"),
        (described("1", "Scaling Laws for Networks of Many Layers, Revisited"), "p3"),
        (described("1", "Scaling Laws for Networks of Many Layers Revisited. 2023"), None),
        (described("1", "On Scaling Laws for Networks of Many Layers. 2023"), None),
    ],
)
def test_by_identifier_or_title(found, reference, paper):
    work = found(reference)
    assert (work.paper and work.paper.id, work.near) == (paper, False)


@pytest.mark.parametrize(
    ("reference", "paper"),
    [
        (titled("Scaling Laws for Networks of Many Layers: A Study"), "p3"),
        (titled("Scaling laws for network of many layers"), None),
        (titled("Alpha: Pruning the Layers of Large Networks"), "p1"),
        (titled("Alpha: Pruning the Layers of Large Networks", authors=("Bob Kim",)), None),
        (titled("Alpha: Pruning the Layers of Large Networks", year=2011), None),
        (titled("Alpha: Pruning Layers of Large Networks 2"), None),
        (titled("Beta Pruning: A Survey"), None),
    ],
)
def test_a_title_that_is_nearly_the_papers_only_when_sure_and_then_said(found, reference, paper):
    work = found(reference)
    assert (work.paper and work.paper.id, work.near) == (paper, paper is not None)
