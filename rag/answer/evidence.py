"""The sentences of the retrieved abstracts, each with how it bears on the question.

Answering and deciding whether to answer look at the same evidence, so it is gathered once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from rag.answer.foreign import in_english
from rag.answer.prose import read_prose
from rag.embed import CachedEmbedder
from rag.text import mentioned, mentions, misspelt, readable, sentences, tokens
from rag.types import Hit, Judgement, Paper, Query, Quote

READ = 6
"""Papers whose sentences are looked at; in the questions tried, later ones held no answer."""
READ_MANY = 50
"""The same for lists and overviews, where every paper is decided on."""
GAP = 4
"""Characters between two sentences, at most, if none was left out between them."""


class EvidenceSentence(NamedTuple):
    """A sentence of a retrieved abstract."""

    paper: Paper
    quote: Quote
    text: str
    """The quote in display form."""
    rank: int
    """The paper's rank in retrieval, from 0."""
    place: int
    """Which sentence of its abstract it is, from 0."""
    of: int
    """How many sentences the abstract has."""
    cosine: float
    """Similarity to the question."""
    own_cosine: float
    """Similarity to the user's own words, where the question leans on what was said before."""
    overlap: float
    """Share of the question's rare words that it holds, of those its title does not."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A query, the papers retrieved for it, and the sentences of the first few."""

    query: Query
    hits: tuple[Hit, ...]
    sentences: tuple[EvidenceSentence, ...]
    subject: Paper | None
    """The paper that the question names in its title, else the best one; None without hits."""
    named: bool
    """Whether the question names the subject by its title."""
    known: bool
    """Whether it names it at all; many papers name their method only in the abstract."""
    coverage: float
    """Share of the question's rare words in the subject's title and abstract."""
    left_over: float
    """Share of the rare words that ask something of the subject (all that are not in its title)
    and are in no one sentence of its abstract; 0 when there are hardly any."""
    judgement: Judgement | None = None
    """What a reader thinks of the sentences of the subject, in their order."""
    absent: tuple[str, ...] = ()
    """The names in a comparison that no paper retrieved mentions, where one mentions another of
    them. Nothing may stand in for what they name."""
    copies: Mapping[str, tuple[Paper, ...]] = field(default_factory=dict)
    """Of a paper by id, those found with nearly the same abstract; they are not among `hits`."""
    withheld: bool = False
    """Whether papers were found that have nothing to do with the question but for what was left
    out of them."""

    def before(self, sentence: EvidenceSentence) -> EvidenceSentence | None:
        """The sentence right in front of another in its abstract; None for the first one."""
        for other in self.sentences:
            if other.paper.id == sentence.paper.id and other.place == sentence.place - 1:
                return other if sentence.quote.start - other.quote.end <= GAP else None
        return None


def gather(query: Query, hits: Sequence[Hit], embedder: CachedEmbedder) -> Evidence:
    """Read the sentences of the first papers and compare them with the question."""
    found = len(hits)
    hits, copies = read_prose(query, hits)
    closely = query.kind not in ("list", "overview", "count")
    subject, named = _subject(query, hits)
    judgement = _judged(query, subject, embedder) if closely else None
    evidence_sentences = _read(query, hits[: READ if closely else READ_MANY], embedder)
    return Evidence(
        query=query,
        hits=tuple(hits),
        sentences=tuple(evidence_sentences),
        subject=subject,
        named=named,
        known=named or _known(query, hits),
        coverage=share(query.weights, full_text(subject)) if subject else 0.0,
        left_over=_left_over(query.weights, subject, evidence_sentences),
        absent=_absent(query, hits),
        judgement=judgement,
        copies=copies,
        withheld=len(hits) + sum(map(len, copies.values())) < found,
    )


def full_text(paper: Paper) -> str:
    """All that is known of what a paper says."""
    return f"{paper.title} {paper.abstract}"


def _read(query: Query, hits: Sequence[Hit], embedder: CachedEmbedder) -> list[EvidenceSentence]:
    quotes = [quotes_of(hit.paper) for hit in hits]
    texts = [[readable(quote.text) for quote in paper_quotes] for paper_quotes in quotes]
    flat = [text for paper_texts in texts for text in paper_texts]
    asked = embedder.embed_queries([query.text, query.question])
    cosines = iter((embedder.embed(flat) @ asked.T).tolist())
    return [
        EvidenceSentence(
            hit.paper, quote, text, rank, place, len(paper_quotes), *next(cosines),  # type: ignore[call-arg]
            share(_without(query.weights, hit.paper.title), text),
        )
        for rank, (hit, paper_quotes) in enumerate(zip(hits, quotes, strict=True))
        for place, (quote, text) in enumerate(zip(paper_quotes, texts[rank], strict=True))
    ]  # fmt: skip


def _judged(query: Query, subject: Paper | None, embedder: CachedEmbedder) -> Judgement | None:
    """What the embedder's reader thinks of the subject; None where it has none."""
    if embedder.reader is None or subject is None:
        return None
    asked = in_english(query, subject) if query.plan.foreign else query.text
    texts = [readable(quote.text) for quote in quotes_of(subject)]
    return embedder.judge(asked, readable(subject.title), texts) if texts else None


def _subject(query: Query, hits: Sequence[Hit]) -> tuple[Paper | None, bool]:
    """The paper whose title the question names, else the best one; and whether it was named.

    A name in many titles (LoRA, BERT) is a subject of the field, not of one paper; and where the
    question names LoRA-SB and LoRA, a paper that has the first one in its abstract comes before
    those that have the second in their titles.
    """
    first = [hit.paper for hit in hits[:3]]
    for name in (*query.names, *query.proper):
        titled = [hit.paper for hit in hits if mentions(hit.paper.title, name)]
        if titled and len(titled) <= 3 and titled[0] in first:
            return titled[0], True
        if not titled and (user := _user(name, hits)) is not None:
            return user, False
    return (hits[0].paper if hits else None), False


def _user(name: str, hits: Sequence[Hit]) -> Paper | None:
    """A first paper with the name in its abstract, if hardly another has it."""
    users = [hit.paper for hit in hits if mentions(hit.paper.abstract, name)]
    if users and len(users) <= 2 and users[0] in [hit.paper for hit in hits[:3]]:
        return users[0]
    return None


def _known(query: Query, hits: Sequence[Hit]) -> bool:
    """Whether a first paper's abstract has a name of the question that hardly another has."""
    return any(_user(name, hits) is not None for name in query.names)


def _absent(query: Query, hits: Sequence[Hit]) -> tuple[str, ...]:
    if query.kind != "comparison":
        return ()
    texts = [full_text(hit.paper) for hit in hits]
    names = (*query.names, *query.proper)
    missing = [name for name in names if not mentioned(texts, name)]
    if len(missing) == len(names):
        return ()
    return tuple(name for name in missing if not misspelt(texts, name))


def _left_over(
    weights: Mapping[str, float],
    subject: Paper | None,
    evidence_sentences: Sequence[EvidenceSentence],
) -> float:
    if subject is None:
        return 0.0
    rest = _without(weights, subject.title)
    if len(rest) <= 2:
        return 0.0
    shares = (share(rest, s.text) for s in evidence_sentences if s.paper.id == subject.id)
    return 1 - max(shares, default=0.0)


def _without(weights: Mapping[str, float], title: str) -> dict[str, float]:
    titled = set(tokens(title))
    return {token: weight for token, weight in weights.items() if token not in titled}


def quotes_of(paper: Paper) -> list[Quote]:
    """The sentences of an abstract, verbatim."""
    return [
        Quote(paper.abstract[start:end], start, end) for start, end in sentences(paper.abstract)
    ]


def share(weights: Mapping[str, float], text: str) -> float:
    """Share of the weight whose tokens the text holds."""
    return held_share(weights, set(tokens(text)))


def held_share(weights: Mapping[str, float], held: Collection[str]) -> float:
    """Share of the weight whose tokens are among these."""
    total = sum(weights.values())
    return sum(w for token, w in weights.items() if token in held) / total if total else 0.0
