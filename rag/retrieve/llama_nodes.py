"""Hits as llama-index nodes and back, for its postprocessors and pipelines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rag.text import marked
from rag.types import Hit

if TYPE_CHECKING:
    from llama_index.core.postprocessor.types import BaseNodePostprocessor
    from llama_index.core.schema import NodeWithScore

_NOT_FOR_MODELS = ["paper_id", "sources", "start", "end"]


def to_node(hit: Hit) -> NodeWithScore:
    """One node a paper: its best passage as the text, what is known of the paper as metadata."""
    from llama_index.core.schema import NodeWithScore, TextNode

    paper, passage = hit.paper, hit.passage
    metadata: dict[str, Any] = {
        "paper_id": paper.id,
        "title": paper.title,
        "authors": list(paper.authors) or None,
        "year": paper.year,
        "venue": paper.venue,
        "doi": paper.doi,
        "arxiv_id": paper.arxiv_id,
        "url": paper.url,
        "sources": list(paper.sources),
        "start": passage.start,
        "end": passage.end,
    }
    node = TextNode(
        id_=passage.id,
        text=marked(passage.text),
        metadata={key: value for key, value in metadata.items() if value is not None},
        excluded_llm_metadata_keys=_NOT_FOR_MODELS,
        excluded_embed_metadata_keys=_NOT_FOR_MODELS,
    )
    return NodeWithScore(node=node, score=hit.score)


def postprocessed(
    hits: Sequence[Hit], postprocessors: Sequence[BaseNodePostprocessor], question: str
) -> list[Hit]:
    """The hits as llama-index's postprocessors leave them: some dropped, others scored anew."""
    if not postprocessors or not hits:
        return list(hits)
    by_passage = {hit.passage.id: hit for hit in hits}
    nodes = [to_node(hit) for hit in hits]
    for postprocessor in postprocessors:
        nodes = postprocessor.postprocess_nodes(nodes, query_str=question)
    return [
        replace(by_passage[node.node_id], score=float(node.score or 0.0))
        for node in nodes
        if node.node_id in by_passage
    ]
