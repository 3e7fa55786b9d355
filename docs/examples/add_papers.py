"""Papers from a file, from `Paper` objects, dicts and a DataFrame; removing them again."""

import json
import tempfile
from pathlib import Path

import pandas

from rag import Assistant, Paper

folder = Path(tempfile.mkdtemp())
file = folder / "papers.jsonl"
file.write_text(json.dumps({"title": "On owls", "abstract": "Owls hear mice under snow."}))

with Assistant(home=folder / "library") as assistant:
    print(assistant.add(file))  # a path, or a list of files and folders
    print(assistant.add(Paper("larks", "On larks", "Larks sing while they climb.", year=2021)))
    print(assistant.add([{"title": "On wrens", "abstract": "Wrens nest low.", "doi": "10.1/wren"}]))
    rows = {"title": ["On kites", "On gulls"], "abstract": ["Kites glide.", "Gulls follow ships."]}
    print(assistant.add(pandas.DataFrame(rows)))

    report = assistant.add([{"title": "On nothing"}])  # bad records are told, not raised
    print(report.rejected[0])

    print(assistant.remove(["larks"]), "paper removed")
    print([paper.title for paper in assistant.papers(assistant.paper_ids())])
