"""What the tests build: small libraries, papers, answers and questions; and the real model."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import platformdirs

from eval.cases import Case
from rag.embed.load import load_embedder
from rag.ingest import SourceFile, Writer
from rag.types import (
    Answer,
    Citation,
    Embedder,
    Hit,
    Paper,
    Passage,
    Quote,
    Sentence,
    Usage,
)

PAPERS = [
    ("KVSharer: Efficient Inference via Layer-Wise KV Cache Sharing",
     "KVSharer shares the key-value cache between layers. It reduces the memory of the cache by "
     "30% and makes generation 1.3 times faster. No training is needed."),
    ("ZipNN: Lossless Compression for AI Models",
     "ZipNN compresses the weights of neural networks without loss. Models of the Llama family "
     "shrink by 33%, and compression runs at 80 GB per second."),
    ("LoRA-Drop: Pruning Low-Rank Adapters",
     "LoRA-Drop prunes low-rank adapters by the output of each layer. It keeps 50% of the "
     "adapters and loses no accuracy on GLUE."),
    ("Quantisation of Diffusion Models to One Bit",
     "We binarise diffusion models. Weights take one bit each, and the images keep an FID of 5.4."),
    ("Speculative Decoding with Early Exits",
     "Early exits draft tokens that the full model verifies. Generation is 2.1 times faster."),
    ("Merging Experts by Task Vectors",
     "Task vectors of several experts are added up. The merged model keeps 95% of each skill."),
]  # fmt: skip
"""Title and abstract of the papers in the fixture `home`."""
QUESTION = "By how much does KVSharer reduce the memory of the cache?"
CACHE = Path(platformdirs.user_cache_dir("paper-rag", False))
"""The user's, so that the model is converted once and not in every run of the tests."""
ALPHA = Paper("a", "Alpha", "Alpha saves 30%. It is fast.")
BETA = Paper("b", "Beta", "Beta is slow.")


@lru_cache(maxsize=1)
def real_embedder() -> Embedder:
    """The embedded MiniLM; its converted form is kept."""
    return load_embedder("minilm", cache_dir=CACHE)


def library(
    home: Path, papers: Iterable[Paper], embedder: Embedder, *, file: str = "papers"
) -> Path:
    """A library of these papers, in the folder `home`, or with them added; the folder.

    Papers without a source are the lines of `file`.
    """
    records = [
        paper if paper.sources else replace(paper, sources=(f"{file}:{line}",))
        for line, paper in enumerate(papers, 1)
    ]
    digest = hashlib.sha256(repr(records).encode()).hexdigest()
    with Writer(home, embedder) as writer:
        writer.add([SourceFile(home, file, digest)], lambda _: records)
    return home


def paper(name: str, text: str = "", **fields) -> Paper:
    """A paper on something, with an abstract that repeats its name."""
    abstract = text or f"We study {name} here. It is about {name} and no other thing."
    return Paper(f"id-{name}", f"On {name}", abstract, **fields)


def papers_of(rows: Sequence[tuple[str, str]]) -> list[Paper]:
    """Papers from titles and abstracts, their ids numbered."""
    return [Paper(f"{n:016x}", title, abstract) for n, (title, abstract) in enumerate(rows)]


def hit(paper: Paper, score: float = 0.5) -> Hit:
    return Hit(paper, Passage(paper.id, paper.id, paper.abstract, 0, len(paper.abstract)), score)


def answer(case: Case | str = "q", *, paper=ALPHA, status="answered", text="It saves 30% [1].",
           support="supported", cost=0.0, **given) -> Answer:  # fmt: skip
    """An answer of one sentence that cites Alpha, or refused; `given` are other fields of it."""
    question = case if isinstance(case, str) else case.question
    quote = Quote("Alpha saves 30%.", 0, 16)
    fields = {
        "question": question, "query": question, "text": text, "status": status, "reason": None,
        "confidence": 0.8,
        "citations": (Citation(1, paper, (quote,)),) if status != "refused" else (),
        "sentences": (Sentence(text, (1,), support, 0.9, "", 0, len(text)),)
        if status != "refused" else (),
        "hits": (hit(ALPHA), hit(BETA, 0.4)), "usage": Usage("m", 1, 10, 5, cost, {"answer": 0.5}),
    }  # fmt: skip
    return Answer(**{**fields, **given})


def cases(count: int = 4, **given) -> list[Case]:
    """So many questions that Alpha answers."""
    return [Case(f"q{n}", f"Question {n}?", frozenset("a"), **given) for n in range(count)]
