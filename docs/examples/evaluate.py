"""Your own questions asked with two settings, and whether the difference is real.

It asks the library of RAG_HOME; `open_dataset(None, …)` opens the questions that come along. On the
command line: `rag-eval run mine.jsonl`, `rag-eval compare BEFORE AFTER`.
"""

import json
import tempfile
from pathlib import Path

from eval import compare_runs, open_dataset, run
from rag import Settings

QUESTIONS = [
    ("By how much does ZipNN shrink models?", ["ZipNN: Lossless Compression for AI Models"]),
    ("What is the capital of Mongolia?", []),  # the library does not answer it
]

file = Path(tempfile.mkdtemp()) / "mine.jsonl"
rows = [
    {"id": f"q{n}", "question": question, "relevant": titles}
    for n, (question, titles) in enumerate(QUESTIONS)
]
file.write_text("".join(json.dumps(row) + "\n" for row in rows))

data = open_dataset(str(file), Settings.load())
with data.assistant as assistant:
    long = run(data.cases, lambda case: assistant.ask(case.question))
    shorter = assistant.adjusted(words=30)
    short = run(data.cases, lambda case: shorter.ask(case.question))

for name, mean in long.summary().items():
    print(f"{name}: {mean.value} (n = {mean.n})")
print(compare_runs(long, short).markdown())
