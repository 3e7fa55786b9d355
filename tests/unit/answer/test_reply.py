"""What of a reply is a claim, with its citations and its place; what is a label; what is a loop."""

import pytest

from rag.answer.citations import AnswerBuilder
from rag.answer.reply import is_label, loop_end, read_reply
from rag.types import Paper

CLAIMS = {
    "sentences": ("It prunes. It keeps 90% [1].", ["It prunes.", "It keeps 90%."]),
    "after the stop": ("It prunes. [1] It keeps 90%. [2]", ["It prunes.", "It keeps 90%."]),
    "a heading": ("## Key findings\nIt prunes [1].", ["It prunes."]),
    "a heading that claims": ("## Alpha halves memory\nSo [1].", ["Alpha halves memory", "So."]),
    "a heading with a number": ("## Saves 30%\nSo [1].", ["Saves 30%", "So."]),
    "a numbered heading": ("### 1. Methods\nSo [1].", ["So."]),
    "an underlined heading": ("Key findings\n===\nSo [1].", ["So."]),
    "an underlined claim": ("It beats H2O\n---\nSo [1].", ["It beats H2O", "So."]),
    "a cited heading": ("## Memory [1]\nSo [1].", ["Memory", "So."]),
    "a bold line": ("**Results:**\nSo [1].", ["So."]),
    "a bold claim": ("**It needs 8 GPUs.**\nSo [1].", ["It needs 8 GPUs.", "So."]),
    "an underscored claim": ("__It needs no GPU__", ["It needs no GPU"]),
    "bold in a line": ("**Memory:** it halves it [1].", ["Memory: it halves it."]),
    "a lead": ("Methods for this:\n- Alpha prunes [1]", ["Alpha prunes"]),
    "a lead that claims": ("It is done so:\n- A way [1]", ["It is done so:", "A way"]),
    "items": ("- One a [1]\n* Two b\n  3. Three c\n(4) Four d\na) Five e\n+ Six f\n– Seven g",
              ["One a", "Two b", "Three c", "Four d", "Five e", "Six f", "Seven g"]),
    "several in an item": ("- One a. Two b [1].", ["One a.", "Two b."]),
    "a quotation": ("> It prunes [1].", ["It prunes."]),
    "a table": ("| Method | Saves |\n|---|:--:|\n| Alpha | 30% [1] |\n| Beta | 4 bits |",
                ["Alpha, 30%", "Beta, 4 bits"]),
    "a bare table": ("Method | Saves\n--- | ---\nAlpha | 30% [1]", ["Alpha, 30%"]),
    "a table without a head": ("| Alpha | 30% |", ["Alpha, 30%"]),
    "text after a table": ("A | B\n-|-\na | b\nIt prunes.", ["a, b", "It prunes."]),
    "a fence": ("```python\nIt prunes [1].\n```", ["It prunes."]),
    "backticks": ("`Alpha` prunes [1].", ["Alpha prunes."]),
    "nothing": ("\n---\n***\n[1]\n", []),
    "what is no label of the paper's": ("The paper does not use labels.",
                                        ["The paper does not use labels."]),
}  # fmt: skip


@pytest.mark.parametrize("name", CLAIMS)
def test_all_that_says_something_is_a_claim(name):
    text, claims = CLAIMS[name]
    found = read_reply(text)
    assert [each.text.replace("  ", " ").replace(" .", ".") for each in found] == claims
    ends = [0, *(each.span.end for each in found)]
    assert all(end <= each.span.start for end, each in zip(ends, found, strict=False))


@pytest.mark.parametrize("name", CLAIMS)
def test_no_word_is_lost_but_labels(name):
    text, claims = CLAIMS[name]
    spans = [text[each.span.start : each.span.end] for each in read_reply(text)]
    for claim, span in zip(claims, spans, strict=True):
        assert all(word.strip(".,") in span for word in claim.split())


def test_citations_are_those_of_the_sentence_else_those_that_end_its_paragraph():
    one, two, three, four = read_reply("A is b. C is d [2][1]. E is f.\n\nG is h [3].")
    assert (one.numbers, one.paragraph_end) == ((), (2, 1))
    assert (two.numbers, two.paragraph_end) == ((2, 1), ())
    assert (three.numbers, three.paragraph_end) == ((), ())
    assert four.numbers == (3,)


@pytest.mark.parametrize(
    "line",
    ["Key findings", "Methods for pruning", "Results of both methods:", "Related work", "Memory",
     "The proposed method", "Limitations and open questions", "H2O", "Training data and tasks"],
)  # fmt: skip
def test_a_name_of_what_follows_is_a_label(line):
    assert is_label(line)


@pytest.mark.parametrize(
    "line",
    ["KVSharer halves memory", "Alpha outperforms Beta", "Pruning is enough", "No retraining",
     "Alpha reduced latency", "Saves 30% of memory", "Alpha Needs Labels",
     "A very long line of words that names a great many things"],
)  # fmt: skip
def test_what_says_something_is_no_label(line):
    assert not is_label(line)


A = Paper("a", "Alpha", "Alpha prunes half of the layers. It keeps 90% of the accuracy.")
B = Paper("b", "Beta", "Beta quantises weights to 4 bits.")


def test_a_paragraphs_citation_is_attached_to_the_sentences_that_its_paper_supports():
    builder = AnswerBuilder()
    text = "Beta quantises weights to 4 bits. Gamma learns to play chess. Beta is small [2]. [1]"
    builder.add_reply(text, {1: A, 2: B})
    builder.check()
    attached, invented, cited = builder.sentences
    assert (attached.citations, attached.attached, attached.support) == ((2,), True, "supported")
    assert (invented.citations, invented.attached, invented.support) == ((), False, "uncited")
    assert not cited.attached
    assert builder.text.startswith("Beta quantises weights to 4 bits. [2] Gamma")


LOOP = "It halves memory [1]. It needs no training [1]."
LIST = "\n".join(f"{n}. It is used in the field of study {n} [1]." for n in range(1, 9))
TWICE = "Alpha prunes layers [1]. Alpha prunes layers [1]. Beta does not [2]."
NOT_LOOPS = {
    "said twice": TWICE,
    "a list": LIST,
    "the same of each": "\n".join(f"- It is evaluated on ImageNet [{n}]" for n in range(1, 6)),
    "short entries": "\n".join(f"{n}. Not stated" for n in range(1, 6)),
    "apart": "Alpha prunes layers [1]. So. Alpha prunes layers [1]. No. Alpha prunes layers [1].",
}


@pytest.mark.parametrize(
    ("text", "once"),
    [
        (f"It is so [2]. {' '.join([LOOP] * 3)}", f"It is so [2]. {LOOP}"),
        (" ".join([LOOP] * 9), LOOP),
        (" ".join(["It halves the memory."] * 3), "It halves the memory."),
        ("\n".join(f"{n}. It halves the memory [1]" for n in range(1, 9)),
         "1. It halves the memory [1]"),
        (f"{LIST}\n{' '.join([LOOP] * 3)}", f"{LIST}\n{LOOP}"),
    ],
)  # fmt: skip
def test_a_loop_ends_where_it_was_round_once(text, once):
    end = loop_end(text, final=True)
    assert end is not None and text[:end] == once


@pytest.mark.parametrize("name", NOT_LOOPS)
def test_what_only_looks_like_a_loop_is_none(name):
    assert loop_end(NOT_LOOPS[name], final=True) is None


def test_a_sentence_that_still_grows_does_not_count():
    text = "It halves memory well. It halves memory well. It halves memory"
    assert loop_end(text, final=False) is None
    assert loop_end(f"{text} well. It", final=False) == len("It halves memory well.")
