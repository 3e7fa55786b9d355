"""How well `rag check` finds planted faults: python -m eval.manuscripts [FOLDER]

Each manuscript of the folder stands beside its key, `NAME.key.json`: the cited sentences, some with
a planted fault. They are checked against the library of `RAG_HOME`, which holds the cited papers.
Prints for what counts as a finding how many findings are faults (precision) and how many faults are
found (recall), and which kinds are missed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rapidfuzz import fuzz

from rag import Assistant
from rag.text import squash

FOLDER = Path(__file__).parent / "data" / "manuscripts"
COUNTED = ("contradicted", "unsupported", "unverified")
"""What counts as a finding, from few to many; see `--fail-on`."""
_ALIKE = 90
"""Least share of a clause's letters, in percent, that stand in the sentence that it is of."""


class KeySentence(NamedTuple):
    """A cited sentence as its key has it."""

    text: str
    keys: frozenset[str]
    fault: str
    """The kind of the planted fault; "" without one."""


class Outcome(NamedTuple):
    """What a check found of what was planted."""

    findings: int
    right: int
    """Findings that are in a sentence with a fault."""
    faults: Counter[str]
    found: Counter[str]
    """Faults by kind, and those of them that were found."""


def read_key(path: Path) -> list[KeySentence]:
    """The sentences of a key."""
    return [
        KeySentence(raw["sentence"], frozenset(raw["keys"]), raw["fault"] or "")
        for raw in json.loads(path.read_text("utf-8"))
    ]


def outcome(key: Sequence[KeySentence], findings: Sequence[tuple[str, Sequence[str]]]) -> Outcome:
    """Findings, each its text and what it cites, compared with a key."""
    met = [
        {n for n, one in enumerate(key) if one.keys & set(cited) and _is_of(text, one.text)}
        for text, cited in findings
    ]
    faults = {n: one.fault for n, one in enumerate(key) if one.fault}
    found = set().union(*met) & faults.keys()
    return Outcome(
        len(findings), sum(bool(those & faults.keys()) for those in met),
        Counter(faults.values()), Counter(faults[n] for n in found),
    )  # fmt: skip


def _is_of(clause: str, sentence: str) -> bool:
    return fuzz.partial_ratio(squash(clause), squash(sentence)) >= _ALIKE


def line(name: str, counted: str, outcomes: Sequence[Outcome]) -> str:
    """One line of the table: outcomes taken together."""
    findings, right = sum(one.findings for one in outcomes), sum(one.right for one in outcomes)
    faults = sum((one.faults for one in outcomes), Counter[str]())
    found = sum((one.found for one in outcomes), Counter[str]())
    missed = ", ".join(f"{n} {kind}" for kind, n in sorted((faults - found).items()))
    precision = f"{right / findings:.2f}" if findings else "-"
    recall = f"{found.total() / faults.total():.2f}" if faults else "-"
    return (
        f"{name:<12} {counted:<13} precision {precision} ({right}/{findings})  "
        f"recall {recall} ({found.total()}/{faults.total()})  missed: {missed or 'none'}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    folder = parser.parse_args().folder
    outcomes: dict[str, list[Outcome]] = {counted: [] for counted in COUNTED}
    with Assistant() as assistant:
        for path in sorted(folder.glob("*.key.json")):
            key = read_key(path)
            stem = path.name.removesuffix(".key.json")
            texts = [p for p in folder.glob(f"{stem}.*") if p.suffix not in (".json", ".bib")]
            report = assistant.check(texts[0])
            for counted in COUNTED:
                findings = [(one.text, one.keys) for one in report.of(counted)]
                outcomes[counted].append(outcome(key, findings))
                print(line(stem, counted, outcomes[counted][-1:]))
    for counted in COUNTED:
        print(line("all", counted, outcomes[counted]))


if __name__ == "__main__":
    main()
