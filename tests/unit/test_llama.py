import asyncio

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from rag import Assistant, Filters, Paper
from rag.ingest import SourceFile, Writer
from rag.llama import PaperRetriever
from rag.testing import FakeEmbedder

PAPERS = [
    Paper("a", "Pruning", "Pruning removes weights.", year=2020, sources=("x:1",)),
    Paper("b", "Quantisation", "Quantisation rounds weights.", ("A. Bit",), 2023, doi="10.1/b",
          arxiv_id="2301.00001", sources=("x:2",)),
]  # fmt: skip


@pytest.fixture
def assistant(tmp_path):
    file = SourceFile(tmp_path / "x", "x", "digest")
    with Writer(tmp_path / "home", FakeEmbedder()) as writer:
        writer.add([file], lambda _: PAPERS)
    with Assistant(home=tmp_path / "home", embedding=FakeEmbedder()) as found:
        yield found


def test_nodes_are_papers_with_their_passage_and_score(assistant):
    first, *_ = PaperRetriever(assistant, k=2).retrieve("what does quantisation round?")
    (hit, *_) = assistant.search("what does quantisation round?", k=2)
    assert (first.node.metadata["title"], first.score) == ("Quantisation", hit.score)
    assert first.node.get_content() == "Quantisation rounds weights."
    known = {"paper_id": "b", "authors": ["A. Bit"], "year": 2023, "doi": "10.1/b"}
    assert known.items() <= first.node.metadata.items()
    assert first.node.metadata["arxiv_id"] == "2301.00001"


def test_filters_and_k_hold(assistant):
    only = PaperRetriever(assistant, k=5, filters=Filters(year_to=2021)).retrieve("weights")
    assert [node.node.metadata["paper_id"] for node in only] == ["a"]
    assert len(PaperRetriever(assistant, k=1).retrieve("weights")) == 1


def test_async_retrieval_gives_the_same(assistant):
    retriever = PaperRetriever(assistant)
    found = asyncio.run(retriever.aretrieve("pruning"))
    assert [n.node_id for n in found] == [n.node_id for n in retriever.retrieve("pruning")]


def test_it_serves_a_query_engine_without_any_key(assistant):
    engine = RetrieverQueryEngine.from_args(PaperRetriever(assistant), llm=MockLLM())
    response = engine.query("what does pruning remove?")
    assert {node.node.metadata["title"] for node in response.source_nodes} == {
        "Pruning", "Quantisation",
    }  # fmt: skip
