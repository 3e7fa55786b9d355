"""Answers written by a language model object of llama-index, checked like any other.

Any will do, such as `Assistant(llm=Ollama(model="llama3.1:8b"))` with llama_index.llms.ollama. The
one here needs no server: it repeats the first sentence of the first abstract that it is shown.
"""

import re
from typing import Any

from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

from rag import Assistant


class Parrot(CustomLLM):
    @property
    def metadata(self) -> LLMMetadata:
        return LLMMetadata(context_window=8192, model_name="parrot")

    def complete(self, prompt: str, formatted: bool = False, **_: Any) -> CompletionResponse:
        key, passage = re.search(r'<passage key="(.*?)">\n(.*?)\n</passage>', prompt, re.S).groups()
        first, *_ = passage.splitlines()[-1].removeprefix("Abstract: ").split(". ")
        return CompletionResponse(text=f"{first.rstrip('.')} [{key}].")

    def stream_complete(self, prompt: str, formatted: bool = False, **_: Any) -> Any:
        reply = self.complete(prompt)
        yield CompletionResponse(text=reply.text, delta=reply.text)  # a real one gives many pieces


with Assistant(llm=Parrot(), answer_cache=False) as assistant:
    answer = assistant.ask("By how much does ZipNN shrink models?")

print(answer)
print(answer.usage)
