"""A follow-up question: what was said before is given as `history`, as `Turn`s or as dicts.

It asks the library of RAG_HOME.
"""

from rag import Assistant, Turn

first = "What does ZipNN compress?"

with Assistant() as assistant:
    answer = assistant.ask(first)
    print(answer.text)

    history = [Turn("user", first), Turn("assistant", answer.text)]
    followed = assistant.ask("and by how much do models shrink?", history=history)
    print(f"searched for: {followed.query}")
    print(followed.text)

    messages = [{"role": "user", "content": first}, {"role": "assistant", "content": answer.text}]
    print(assistant.ask("and how fast is it?", history=messages).query)
