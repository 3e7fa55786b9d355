"""The lexical index: BM25 over whole papers in Tantivy. Only this file speaks Tantivy.

A passage is too short a text to be scored by itself: words of one abstract in two passages would
never meet. So each paper is one document, of its title and its abstract.

Our own analysis (`rag.text.tokens`) makes the terms on both sides, so Tantivy sees them as plain
words. Its segments are immutable and committed atomically, so readers in other processes always see
one whole commit. Queries are built from terms, never parsed: no character in them is syntax.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.errors import StoreError
from rag.text import STOP_WORDS, terms, tokens, words

if TYPE_CHECKING:
    import tantivy

MAX_TERMS = 64
"""Distinct terms of a query that are searched for; of a longer one, the rarest."""
TITLE_WEIGHT = 2
"""How often a word of the title counts, as in BM25F (Robertson et al., "Simple BM25 Extension to
Multiple Weighted Fields", CIKM 2004); measured in docs/retrieval.md."""
FORMAT = "papers-v2"
"""Names what is indexed, and how; part of the folder's name, so that what another version has made
is made anew."""
SHORTEST = 4
"""Letters of the shortest word that may be a slip of another; a shorter one is near to too many."""
_HEAP = 20_000_000
_ID, _TERMS, _WORDS = "id", "terms", "words"


class LexicalIndex:
    """BM25 search over papers; one writer, any number of readers in any process."""

    def __init__(self, index: tantivy.Index, path: Path) -> None:
        self._index = index
        self._path = path
        self._writer: tantivy.IndexWriter | None = None
        self._searcher = index.searcher()

    @classmethod
    def open(cls, path: Path, *, readonly: bool = False) -> LexicalIndex:
        """The index in a folder, made when it is missing and not `readonly`.

        Raises `StoreError` when it is missing, damaged, or of another version.
        """
        import tantivy

        try:
            if readonly and not tantivy.Index.exists(str(path)):
                raise StoreError(f"The lexical index {path} is missing; run: rag rebuild.")
            path.mkdir(parents=True, exist_ok=True)
            index = tantivy.Index(_schema(), path=str(path))
            index.register_tokenizer(
                "spaces", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
            )
            index.config_reader("manual", 1)
            return cls(index, path)
        except (ValueError, OSError) as error:
            raise StoreError(
                f"The lexical index {path} cannot be used ({error}); run: rag rebuild."
            ) from error

    def add(self, entries: Iterable[tuple[str, str, str]]) -> None:
        """Add (paper id, title, abstract); an entry with the same id is replaced."""
        import tantivy

        writer = self._open_writer()
        for paper_id, title, text in entries:
            writer.delete_documents_by_term(_ID, paper_id)
            both = f"{title}\n{text}"
            counted = tokens(title) * (TITLE_WEIGHT - 1) + tokens(both)
            document = tantivy.Document()
            document.add_text(_ID, paper_id)
            document.add_text(_TERMS, " ".join(counted))
            document.add_text(_WORDS, " ".join(dict.fromkeys(filter(_is_word, words(both)))))
            writer.add_document(document)

    def delete(self, paper_ids: Iterable[str]) -> None:
        """Remove papers; unknown ids are ignored."""
        writer = self._open_writer()
        for paper_id in paper_ids:
            writer.delete_documents_by_term(_ID, paper_id)

    def commit(self) -> None:
        """Make all changes durable and visible, at once."""
        if self._writer is not None:
            self._writer.commit()
            self.refresh()

    def search(
        self, question: str, *, k: int, paper_ids: Sequence[str] | None = None
    ) -> list[tuple[str, float]]:
        """The k best (paper id, BM25 score), best first, of these papers or of all."""
        import tantivy

        if k <= 0 or paper_ids is not None and not paper_ids:
            return []
        weights = self._weigh(question)
        if not weights:
            return []
        schema = self._index.schema
        parts: list[tuple[Any, Any]] = [
            (
                tantivy.Occur.Should,
                tantivy.Query.boost_query(
                    tantivy.Query.term_query(schema, _TERMS, term, "freq"), float(count)
                ),
            )
            for term, count in weights.items()
        ]
        query = tantivy.Query.boolean_query(parts)
        if paper_ids is not None:
            allowed = tantivy.Query.term_set_query(schema, _ID, list(paper_ids))
            query = tantivy.Query.boolean_query(
                [
                    (tantivy.Occur.Must, query),
                    (tantivy.Occur.Must, tantivy.Query.const_score_query(allowed, 0.0)),
                ]
            )
        searcher = self._searcher
        hits = searcher.search(query, k, count=False).hits
        scored = [(str(searcher.doc(address)[_ID][0]), float(score)) for score, address in hits]
        return sorted(scored, key=lambda item: (-item[1], item[0]))

    def idf(self, token: str) -> float:
        """Inverse document frequency of an analysed token, as BM25 weighs it."""
        count, frequency = len(self), self.document_frequency(token)
        return math.log(1 + (count - frequency + 0.5) / (frequency + 0.5))

    def document_frequency(self, token: str) -> int:
        """How many papers hold an analysed token."""
        return int(self._searcher.doc_freq(_TERMS, token))

    def knows(self, word: str) -> bool:
        """Whether a paper holds the word, or one of the same stem."""
        known = self._searcher.doc_freq(_WORDS, word)
        return bool(known) or any(self.document_frequency(token) for token in terms(word))

    def suggest(self, word: str) -> str | None:
        """The nearest known word to a misspelt one; None for a known word, or when none is near."""
        import tantivy
        from rapidfuzz.distance import OSA

        if not _is_word(word) or len(word) < SHORTEST or self.knows(word):
            return None
        distance = 1 if len(word) < 8 else 2
        for allowed in range(1, distance + 1):
            query = tantivy.Query.fuzzy_term_query(
                self._index.schema, _WORDS, word, allowed, transposition_cost_one=True
            )
            near: Counter[str] = Counter()
            for _, address in self._searcher.search(query, 50, count=False).hits:
                for known in set(str(self._searcher.doc(address)[_WORDS][0]).split()):
                    if OSA.distance(word, known, score_cutoff=allowed) <= allowed:
                        near[known] += 1
            if near:
                # A typist seldom misses the first letter.
                return max(near, key=lambda w: (w[0] == word[0], near[w], w))
        return None

    def refresh(self) -> None:
        """See the newest commit of any process."""
        self._index.reload()
        self._searcher = self._index.searcher()

    def ids(self) -> set[str]:
        """Ids of all papers."""
        import tantivy

        searcher = self._searcher
        hits = searcher.search(tantivy.Query.all_query(), max(1, len(self)), count=False).hits
        return {str(searcher.doc(address)[_ID][0]) for _, address in hits}

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.wait_merging_threads()
            self._writer = None

    # -- inside --------------------------------------------------------------------------------

    def _open_writer(self) -> tantivy.IndexWriter:
        if self._writer is None:
            try:
                self._writer = self._index.writer(_HEAP, 1)
            except ValueError as error:
                raise StoreError(
                    f"The lexical index {self._path} is being written by another process ({error})."
                ) from error
        return self._writer

    def _weigh(self, question: str) -> dict[str, int]:
        """Terms that some paper holds, with their counts; the rarest of a long question."""
        counts = Counter(tokens(question))
        known = {t: c for t, c in counts.items() if self.document_frequency(t)}
        if len(known) > MAX_TERMS:
            rarest = sorted(known, key=lambda t: (self.document_frequency(t), t))[:MAX_TERMS]
            known = {term: known[term] for term in rarest}
        return known


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_text_field(_ID, stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(_TERMS, tokenizer_name="spaces", index_option="freq")
    builder.add_text_field(_WORDS, stored=True, tokenizer_name="spaces", index_option="basic")
    return builder.build()


def _is_word(word: str) -> bool:
    return word.isalpha() and word not in STOP_WORDS
