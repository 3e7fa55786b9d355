"""Our retrieval as a llama-index retriever, for pipelines that are built of its parts.

Import it as `from rag.llama import PaperRetriever`; nothing else here loads llama-index to read.
"""

from __future__ import annotations

import asyncio

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from rag.assistant import Assistant
from rag.retrieve import to_node
from rag.types import Filters


class PaperRetriever(BaseRetriever):
    """Hybrid search over a library: one node a paper, its best passage as the text.

    The score is the fused one of `Assistant.search`, from about 0 to 1. The node's metadata are
    the paper's id, title, authors, year, venue, DOI, arXiv id, url and sources, and the passage's
    offsets in the abstract.
    """

    def __init__(self, assistant: Assistant, *, k: int = 8, filters: Filters | None = None) -> None:
        self._assistant = assistant
        self._k = k
        self._search_filters = filters
        super().__init__(callback_manager=CallbackManager([]))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._assistant.search(
            query_bundle.query_str, k=self._k, filters=self._search_filters
        )
        return [to_node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)
