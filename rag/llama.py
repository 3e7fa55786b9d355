"""Our retrieval as a llama-index retriever, for pipelines that are built of its parts.

Import it as `from rag.llama import PaperRetriever`; nothing else here loads llama-index to read.
"""

from __future__ import annotations

import asyncio
from typing import Any

from llama_index.core.callbacks import CallbackManager
from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.assistant import Assistant
from rag.types import Filters, Hit

_NOT_FOR_MODELS = ["paper_id", "sources", "start", "end"]


class PaperRetriever(BaseRetriever):
    """Hybrid search over a library: one node a paper, its best passage as the text.

    The score is the fused one of `Assistant.search`, from about 0 to 1. The node's metadata are
    the paper's id, title, year, venue, url, sources, and the passage's offsets in the abstract.
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
        return [_to_node(hit) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _to_node(hit: Hit) -> NodeWithScore:
    metadata: dict[str, Any] = {
        "paper_id": hit.paper.id,
        "title": hit.paper.title,
        "year": hit.paper.year,
        "venue": hit.paper.venue,
        "url": hit.paper.url,
        "sources": list(hit.paper.sources),
        "start": hit.passage.start,
        "end": hit.passage.end,
    }
    node = TextNode(
        id_=hit.passage.id,
        text=hit.passage.text,
        metadata={key: value for key, value in metadata.items() if value is not None},
        excluded_llm_metadata_keys=_NOT_FOR_MODELS,
        excluded_embed_metadata_keys=_NOT_FOR_MODELS,
    )
    return NodeWithScore(node=node, score=hit.score)
