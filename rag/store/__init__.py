"""The library on disk: `library.db` is the truth, Chroma and Tantivy are derived from it.

Readers see one state of it at a time; only `rag.ingest` changes it.
"""

from rag.store.catalogue import Catalogue, CatalogueField
from rag.store.chunking import embedding_text, passage_at, passages
from rag.store.database import batched
from rag.store.doctor import examine
from rag.store.index_tables import IndexVersion
from rag.store.lexical import LexicalIndex
from rag.store.library import Library, SourceRecord, Stats
from rag.store.passage_index import (
    PassageIndex,
    fingerprint,
    index_folder,
    on_server,
    remove_folder,
    remove_unknown,
)
from rag.store.suspects import suspect_papers

__all__ = [
    "Catalogue",
    "CatalogueField",
    "IndexVersion",
    "LexicalIndex",
    "Library",
    "PassageIndex",
    "SourceRecord",
    "Stats",
    "batched",
    "embedding_text",
    "examine",
    "fingerprint",
    "index_folder",
    "on_server",
    "passage_at",
    "passages",
    "remove_folder",
    "remove_unknown",
    "suspect_papers",
]
