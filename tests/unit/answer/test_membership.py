"""Which papers belong to a list, and which condition they miss."""

import pytest

from rag.answer import membership
from rag.answer.membership import ALIKE, DESPITE, FITS, HELD, LIKE, NEAR, PARTLY, judge
from rag.linear_model import LinearModel
from rag.types import Paper
from tests.builders import hit
from tests.finding import EMBEDDER, evidence_of

BITS = Paper("bits", "One-Bit Diffusion", "We binarise diffusion models to 1 bit. Images are good.")
FOUR = Paper("four", "Small Image Generators", "We quantise diffusion models to 4 bits.")
TREES = Paper("trees", "On Trees", "Trees grow slowly in the north.")


def candidates(*papers: Paper, facets=("diffusion models", "1 bit"), **given):
    found = evidence_of("diffusion models of 1 bit", *papers, kind="list", facets=facets, **given)
    return membership.Candidates(found, EMBEDDER)


def test_features_and_weights_have_the_same_names():
    (values,) = candidates(BITS).features()
    assert set(values) == set(membership.MODEL.weights)


@pytest.mark.parametrize(
    ("paper", "missing"),
    [(BITS, ()), (FOUR, ("1 bit",)), (TREES, ("diffusion models", "1 bit"))],
)
def test_the_facets_that_nothing_in_a_paper_shows_are_missing(paper, missing):
    assert candidates(paper).missing(hit(paper)) == missing


@pytest.mark.parametrize(
    ("abstract", "missing"),
    [
        ("Diffusion models are trained with labels.", ("not labels",)),
        ("Diffusion models are trained without labels.", ()),
        ("Diffusion models are trained.", ()),
        ("Labels help. Diffusion models need no labels.", ()),
    ],
)
def test_what_a_paper_must_not_have_counts_where_it_says_that_it_has_it(abstract, missing):
    paper = Paper("a", "A Title", abstract)
    found = candidates(paper, facets=("diffusion models", "not labels"))
    assert found.missing(hit(paper)) == missing
    assert found.features()[0]["against"] == float(bool(missing))


@pytest.mark.parametrize(
    ("held", "similar", "numbers", "met"),
    [
        (HELD, 0.0, True, True), (HELD - 0.01, 0.0, True, False),
        (PARTLY, LIKE, True, True), (PARTLY, LIKE - 0.01, True, False),
        (PARTLY - 0.01, LIKE, True, False), (0.0, ALIKE, True, True),
        (0.0, ALIKE - 0.01, True, False), (1.0, 0.0, False, False), (1.0, ALIKE, False, True),
    ],
)  # fmt: skip
def test_a_facet_is_met_by_words_or_likeness_and_its_numbers(held, similar, numbers, met):
    assert membership._met(held, similar, numbers) is met


@pytest.mark.parametrize(
    ("probability", "missing", "fits"),
    [
        (FITS, (), True), (FITS - 0.01, (), False),
        (DESPITE, ("speed",), True), (DESPITE - 0.01, ("speed",), False),
    ],
)  # fmt: skip
def test_a_paper_that_misses_something_must_be_likelier_to_fit(probability, missing, fits):
    assert membership.fits(probability, missing) is fits
    assert 0 < NEAR < FITS < DESPITE < 1


def test_every_paper_is_judged_and_the_likeliest_is_first(monkeypatch):
    monkeypatch.setattr(membership, "MODEL", LinearModel(0.0, {"held": 4.0}, {}))
    found = evidence_of("diffusion of 1 bit", TREES, FOUR, BITS, kind="list",
                        facets=("diffusion models", "1 bit"))  # fmt: skip
    judged = judge(found, EMBEDDER)
    assert [each.hit.paper.id for each in judged] == ["bits", "four", "trees"]
    assert [each.missing for each in judged][:2] == [(), ("1 bit",)]
    assert judged[0].probability > judged[1].probability > judged[2].probability == 0.5


def test_the_best_line_of_a_paper_shows_most_of_the_facets():
    paper = Paper("a", "T", "Recent work grows. We propose diffusion models of 1 bit. It is new.")
    best = candidates(paper).best(hit(paper))
    assert best is not None and best.place == 1


def test_a_paper_without_a_sentence_has_no_best_line():
    empty = Paper("e", "Diffusion models", "")
    assert candidates(BITS, empty).best(hit(empty)) is None


def test_papers_stand_beside_each_other():
    first, second = candidates(BITS, TREES, scores=(0.9, 0.5)).features()
    assert (first["gap"], second["gap"]) == pytest.approx((0.0, -0.4))
    assert (first["score_beside"], second["score_beside"]) == pytest.approx((1.0, -1.0))
    assert (first["rank"], second["rank"]) == (0.0, 1 / 40)
    assert first["held"] == 1.0 and second["held"] == 0.0 and second["held_beside"] == -1.0
    assert first["like_first"] > 0


def test_without_facets_the_question_itself_is_the_condition():
    found = candidates(TREES, facets=())
    assert found.missing(hit(TREES)) == ("diffusion models of 1 bit",)
