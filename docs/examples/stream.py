"""An answer as it grows: the papers found come first, then the text, then the checks.

It asks the library of RAG_HOME. With a language model the text comes in pieces.
"""

from rag import Assistant

with Assistant() as assistant:
    shown = ""
    for answer in assistant.stream("By how much does ZipNN shrink models?"):
        if answer.stage == "read":
            print(f"{len(answer.hits)} papers found")
        elif answer.text.startswith(shown):  # a check at the end may still change the text
            print(answer.text[len(shown) :], end="", flush=True)
            shown = answer.text

print()
print(f"{answer.stage}: {answer.status}, {len(answer.sentences)} sentences checked")
