"""Sentences that an abstract bears out, and their false twins: what a check of claims is worth.

`eval/data/support/pairs.jsonl` holds pairs of sentences about an abstract, of the same length and
style, that differ in a few words: the first is true, the second is not. They are split by paper;
what is fitted is fitted on the tune half, and all figures are those of the other one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from eval.cases import QUESTIONS
from eval.fit.labels import invented
from eval.score.judge_check import Claim as LabelledClaim
from eval.score.judge_check import built_in, containment, judge_check, read, table
from eval.statistics import Mean, mean, roc_areas, wilson
from rag import Assistant
from rag.errors import ConfigError
from rag.settings import Settings
from rag.types import Paper, Support
from rag.verify import Checker, Claim, Source, Verdict, offline_checker

FOLDER = QUESTIONS.parent / "support"
PAIRS = FOLDER / "pairs.jsonl"
VERDICTS: tuple[Support, ...] = ("supported", "partial", "unverified", "contradicted", "uncited")
BOUNDS = {
    "true sentences contradicted": (0.03, True),
    "true sentences supported": (0.55, False),
    "false twins supported": (0.12, True),
    "contradicted rightly": (0.85, False),
    "wrong numbers contradicted": (0.6, False),
}
"""What the offline check has to keep on the held-out half: a share, and whether it is the most."""
TRAINING = FOLDER / "training.jsonl"
"""Pairs on other papers, labelled once."""


class Pair(NamedTuple):
    """A true sentence about an abstract and a false one, a few words apart."""

    id: str
    paper: str
    register: str
    """`close` to the abstract's words, `free`, or `condensed` from two of its sentences."""
    language: str
    type: str
    """What was changed: number, exchange, negation, overclaim, scope, cause, invented,
    wrong_paper."""
    true: str
    wrong: str
    span: tuple[int, ...]
    """The sentences of the abstract that the true one rests on, from 0."""

    @property
    def tune(self) -> bool:
        """Whether it is of the half that is fitted on: one paper, one half."""
        digest = hashlib.sha256(self.paper.encode()).hexdigest()
        return int(digest[:8], 16) % 2 == 0


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a file."""
    rows = map(json.loads, path.read_text("utf-8").splitlines())
    names = Pair._fields
    return [Pair(**{n: row[n] for n in names[:-1]}, span=tuple(row["span"])) for row in rows]


class Judged(NamedTuple):
    """A pair with what a check says of both sentences."""

    pair: Pair
    true: Verdict
    wrong: Verdict


def judge_pairs(
    pairs: Sequence[Pair], papers: Mapping[str, Paper], checker: Checker
) -> list[Judged]:
    """What a check says of the pairs, each sentence by itself."""
    judged = []
    for pair in pairs:
        source = Source(papers[pair.paper].title, papers[pair.paper].abstract)
        true, wrong = (checker.check([Claim(x, (source,))])[0] for x in (pair.true, pair.wrong))
        judged.append(Judged(pair, true, wrong))
    return judged


def confusion(judged: Sequence[Judged]) -> list[str]:
    """Which verdicts true sentences and false twins get, in Markdown, with 95 % intervals."""
    lines = ["| sentences | n | " + " | ".join(VERDICTS) + " |", "|---" * (len(VERDICTS) + 2) + "|"]
    rows = {"true": [each.true for each in judged], "false twins": [each.wrong for each in judged]}
    for register in sorted({each.pair.register for each in judged}):
        rows[f"true, {register}"] = [e.true for e in judged if e.pair.register == register]
    foreign = [each.true for each in judged if each.pair.language != "en"]
    rows["true, not in English"] = foreign
    for kind in sorted({each.pair.type for each in judged}):
        rows[f"false: {kind}"] = [e.wrong for e in judged if e.pair.type == kind]
    for name, verdicts in rows.items():
        supports = [verdict.support for verdict in verdicts]
        shares = (wilson(supports.count(verdict), len(supports)) for verdict in VERDICTS)
        lines.append(f"| {name} | {len(supports)} | {' | '.join(map(_percent, shares))} |")
    return lines


def _percent(share: Mean) -> str:
    return f"{share.value:.0%} [{share.low:.0%}, {share.high:.0%}]"


def rivals(judged: Sequence[Judged], papers: Mapping[str, Paper]) -> list[str]:
    """How often a check ranks the true sentence of a pair above its twin, and true ones above false
    ones at all, in Markdown, beside checks that hardly read."""
    scores = {
        "the check": [(ranked(each.true), ranked(each.wrong)) for each in judged],
        "shared words": [_shared(each.pair, papers[each.pair.paper]) for each in judged],
        "length": [(-len(e.pair.true), -len(e.pair.wrong)) for e in judged],
        "always yes": [(1.0, 1.0) for _ in judged],
    }
    lines = ["| by | right within pairs | AUC |", "|---|---|---|"]
    for name, pairs in scores.items():
        true, wrong = np.array(pairs, dtype=float).T
        within = mean(list((true > wrong) + (true == wrong) / 2))
        labels = np.r_[np.ones(len(true)), np.zeros(len(wrong))].astype(bool)
        (area,) = roc_areas(np.r_[true, wrong][None], labels[None])
        lines.append(f"| {name} | {_percent(within)} | {area:.3f} |")
    return lines


def ranked(verdict: Verdict) -> float:
    """A verdict as a number: what is contradicted is below what cannot be told."""
    return -1.0 if verdict.support == "contradicted" else verdict.score


def _shared(pair: Pair, paper: Paper) -> tuple[float, float]:
    evidence = f"{paper.title} {paper.abstract}"
    true, wrong = (
        containment(LabelledClaim(text, "", evidence, "")) for text in (pair.true, pair.wrong)
    )
    return true, wrong


def faults(judged: Sequence[Judged]) -> list[str]:
    """Which of the bounds that a release has to keep are broken, a sentence each."""
    true, wrong = [e.true.support for e in judged], [e.wrong.support for e in judged]
    numbers = [e.wrong.support for e in judged if e.pair.type == "number"]
    flagged = true.count("contradicted") + wrong.count("contradicted")
    figures = {
        "true sentences contradicted": true.count("contradicted") / len(true),
        "true sentences supported": true.count("supported") / len(true),
        "false twins supported": wrong.count("supported") / len(wrong),
        "contradicted rightly": wrong.count("contradicted") / max(1, flagged),
        "wrong numbers contradicted": numbers.count("contradicted") / max(1, len(numbers)),
    }
    return [
        f"{name}: {figures[name]:.1%}, {'at most' if at_most else 'at least'} {bound:.0%} is wanted"
        for name, (bound, at_most) in BOUNDS.items()
        if (figures[name] > bound if at_most else figures[name] < bound)
    ]


def cited_papers(assistant: Assistant) -> dict[str, Paper]:
    """The papers that the pairs are on, by id: of the library, and invented ones of other fields.

    Raises `ConfigError` when the library lacks some.
    """
    known = {paper.id: paper for paper in assistant.papers(assistant.paper_ids())} | invented()
    named = {pair.paper for path in (PAIRS, TRAINING) for pair in read_pairs(path)}
    if lacking := named - set(known):
        raise ConfigError(
            f"The library lacks {len(lacking)} bundled papers; add them first: rag add seeds/."
        )
    return {key: known[key] for key in named}


def told(bench: Path | None, *, tune: bool) -> int:
    """Print what the offline check is worth; 3 when it falls below `BOUNDS`.

    `bench` is a folder of public sets, of which `support/*.jsonl` are judged, too. Raises
    `ConfigError` when the library lacks papers of ours.
    """
    settings = Settings.load()
    with Assistant(settings) as assistant:
        papers = cited_papers(assistant)
        embedder = assistant.sentences
        checker = offline_checker(embedder)
        pairs = [pair for pair in read_pairs(PAIRS) if pair.tune is tune]
        judged = judge_pairs(pairs, papers, checker)
    print("\n".join([*confusion(judged), "", *rivals(judged, papers)]))
    for path in sorted((bench / "support").glob("*.jsonl")) if bench is not None else ():
        rows = judge_check(read(path), {"offline check": built_in(checker)})
        print(f"\n{path.stem}, held-out half\n\n{table(rows)}")
    broken = faults(judged)
    print("".join(f"\n{each}" for each in broken))
    return 3 if broken else 0
