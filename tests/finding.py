"""Questions put to a retriever as the assistant puts them."""

from rag.retrieve import make_query
from rag.types import Filters, Hit, Query, Retriever


def find(
    retriever: Retriever, question: str, *, k: int = 10, filters: Filters | None = None
) -> list[Hit]:
    """What a retriever with a vocabulary of its own finds for a question."""
    return retriever.search(make_query(question, retriever.vocabulary(), filters=filters), k=k)


class FlatVocabulary:
    """Every word is known, and as rare as every other."""

    def idf(self, token: str) -> float:
        return 1.0

    def suggest(self, word: str) -> None:
        return None

    def knows(self, word: str) -> bool:
        return True


def query_of(question: str, standalone: str | None = None) -> Query:
    """A question as the steps after retrieval see it."""
    return make_query(question, FlatVocabulary(), standalone=standalone)
