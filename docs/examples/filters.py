"""Only some papers: by year, author, venue, source, id, or any other field of `Paper`."""

import tempfile

from rag import Assistant, Filters, Paper

papers = [
    Paper("a", "Pruning heads", "Heads of attention are pruned.", ("Ann Lee",), 2019, "ACL"),
    Paper("b", "Pruning layers", "Whole layers are pruned.", ("Bo Chen",), 2023, "ICML"),
    Paper("c", "Pruning experts", "Experts are pruned.", ("Ann Lee",), 2024, keywords=("experts",)),
]

with Assistant(home=tempfile.mkdtemp()) as assistant:
    assistant.add(papers)
    for filters in (
        Filters(year_from=2020),
        Filters(author="lee"),
        Filters(year_from=2020, venue="icml"),
        Filters(where={"keywords": "expert"}),
    ):
        hits = assistant.search("What is pruned?", filters=filters)
        print(filters, [hit.paper.title for hit in hits])

    answer = assistant.ask("What is pruned?", filters=Filters(year_to=1990))
    print(answer.status, answer.reason)  # refused no_match_for_filter
