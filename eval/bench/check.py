"""How long the offline check takes for an answer of eight sentences: python -m eval.bench.check

Over the library of `RAG_HOME`. Each answer has eight true sentences of `eval/data/support/` about
three papers; the papers' sentences have been read before, as they are when an answer is written
about them, the answer's own have not.
"""

from __future__ import annotations

from statistics import median

from eval.bench.harness import heading, percentile, row, timed
from eval.support import PAIRS, cited_papers, read_pairs
from rag import Assistant
from rag.verify import Claim, Source, offline_checker

SENTENCES, PAPERS = 8, 3
ANSWERS = 40


def main() -> None:
    """Measure, and print a table."""
    with Assistant() as assistant:
        papers = cited_papers(assistant)
        checker = offline_checker(assistant.sentences)
        pairs = [pair for pair in read_pairs(PAIRS) if pair.language == "en"]
        times = []
        for start in range(0, ANSWERS * SENTENCES, SENTENCES):
            some = pairs[start : start + SENTENCES]
            cited = list(dict.fromkeys(pair.paper for pair in some))[:PAPERS]
            sources = [Source(papers[key].title, papers[key].abstract) for key in cited]
            claims = [
                Claim(pair.true, (sources[number % len(sources)],))
                for number, pair in enumerate(some)
            ]
            checker.check([Claim("Papers are read.", tuple(sources))])
            times.append(1000 * timed(lambda claims=claims: checker.check(claims))[0])  # type: ignore[misc]
    heading("an answer of eight sentences", "median ms", "95 % ms")
    row("offline check", f"{median(times):.0f}", f"{percentile(times, 0.95):.0f}")


if __name__ == "__main__":
    main()
