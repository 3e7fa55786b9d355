"""A question, its answer, and what each sentence of it rests on.

It asks the library of RAG_HOME; `rag add seeds/` fills one with the bundled papers.
"""

from rag import Assistant

with Assistant() as assistant:
    answer = assistant.ask("By how much does ZipNN shrink models?")

print(answer)  # the text with a mark after each sentence, then the numbered sources
print(f"{answer.status}, with confidence {answer.confidence:.2f}")
for sentence in answer.sentences:
    print(f"{sentence.support} by {sentence.citations}: {sentence.text}")
for citation in answer.citations:
    quote = citation.quotes[0]
    assert citation.paper.abstract[quote.start : quote.end] == quote.text  # always verbatim
