"""A node postprocessor of llama-index between search and answer: it drops or reorders papers.

It asks the library of RAG_HOME. Rerankers of llama-index are postprocessors, too.
"""

from llama_index.core.postprocessor import SimilarityPostprocessor

from rag import Assistant

question = "By how much does ZipNN shrink models?"

with Assistant() as assistant:
    print(len(assistant.ask(question).hits), "papers without it")

with Assistant(postprocessors=[SimilarityPostprocessor(similarity_cutoff=0.4)]) as assistant:
    answer = assistant.ask(question)
    print(len(answer.hits), "with it:", [hit.paper.title for hit in answer.hits])
