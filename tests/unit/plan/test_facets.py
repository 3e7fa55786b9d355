"""The conditions that a question puts on papers."""

import pytest

from rag.plan.facets import MOST, aside, stated_facets


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("Which papers propose diffusion models with 1 bit?", ("diffusion models", "1 bit")),
        ("Find studies about soil", ("soil",)),
        ("papers on model merging", ("model merging",)),
        ("any work on soil", ("soil",)),
        ("systems methods use", ("use",)),
        ("Which models quantise language models to 4 bits?",
         ("quantise language models", "4 bits")),
        ("papers on pruning, but not on images", ("pruning", "not images")),
        ("papers on pruning except for CNNs and on GLUE", ("pruning", "not CNNs", "GLUE")),
        ("work on merging for speech, as a table please", ("merging", "speech")),
        ("List work on merging, and what gains do they report?", ("merging",)),
        ("papers on soil and on soil", ("soil",)),
        ("methods that merge “model soups”", ("merge “model soups",)),
        ("what is it?", ()),
        ("", ()),
    ],
)  # fmt: skip
def test_conditions_are_taken_apart(question, found):
    assert stated_facets(question) == found


def test_there_are_only_so_many():
    assert stated_facets("papers on " + ", ".join(f"subject{n}" for n in range(MOST + 2))) == tuple(
        f"subject{n}" for n in range(MOST)
    )


@pytest.mark.parametrize(
    ("question", "besides"),
    [
        ("List work on merging, and what gains do they report?", "what gains do they report"),
        ("papers on soil; how well does each do?", "how well does each do"),
        ("What gains do they report?", ""),  # then it is what is asked for
        ("papers on what people eat", ""),
        ("papers on merging", ""),
    ],
)
def test_what_is_asked_of_each_paper_besides(question, besides):
    assert aside(question) == besides
