"""A provider of language models for Paper RAG.

Once this package is installed (`pip install docs/examples/own_provider`), `RAG_LLM=echo/MODEL` uses
it. The model here calls no server: it cites the first abstract that it is shown.
"""

import re
from typing import Any

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

from rag import Settings


class Echo(CustomLLM):
    """A language model of llama-index."""

    model: str
    words: int

    @property
    def metadata(self) -> LLMMetadata:
        """How much it reads; Paper RAG leaves out the papers beyond that."""
        return LLMMetadata(context_window=8192, model_name=self.model)

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        """The whole reply."""
        key = re.search(r'<passage key="(src-\w+)">', prompt)
        return CompletionResponse(
            text=f"This is what {self.model} found [{key[1] if key else ''}]."
        )

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        """The reply in pieces, each with what is new in `delta`."""
        text = ""
        for piece in re.findall(r"\S+\s*", self.complete(prompt).text):
            text += piece
            yield CompletionResponse(text=text, delta=piece)


def language_model(model: str, settings: Settings) -> Echo:
    """The model of this name; keys and addresses are in the settings, too."""
    return Echo(model=model, words=settings.words)
