"""Our search as a retriever in a query engine of llama-index.

It asks the library of RAG_HOME. `MockLLM` repeats the prompt; put a real model in its place.
"""

from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine

from rag import Assistant
from rag.llama import PaperRetriever

with Assistant() as assistant:
    retriever = PaperRetriever(assistant, k=3)
    engine = RetrieverQueryEngine.from_args(retriever, llm=MockLLM())
    response = engine.query("By how much does ZipNN shrink models?")

for node in response.source_nodes:
    print(f"{node.score:.2f} {node.node.metadata['title']}")
