"""Which sentence answers: each one read for what the question asks.

A conditional logit over the sentences of the first papers (McFadden, 1974): the features below say
how a sentence bears on the question, the fit says how much each counts, so that the sentence that
answers comes first. Fitted by `rag-eval fit extraction`; the weights are in `rag/weights.json`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from rag.answer.evidence import Evidence, EvidenceSentence, held_share
from rag.answer.prose import is_question
from rag.linear_model import LinearModel
from rag.text import capitalised, mentions, stem, tokens
from rag.types import Judgement, Kind, Query

MODEL = LinearModel.load("extraction")

# What is asked for by a number, and how the answer is written.
_UNITS = tuple(
    (re.compile(asked, re.IGNORECASE), re.compile(written))
    for asked, written in (
        (
            r"parameter|how (?:big|large)|model size",
            r"\d\s?(?:B|M|K)\b|\d\s?(?:billion|million)|parameters",
        ),
        (
            r"fast|speed|quick|accelerat|latency|throughput|slow",
            r"\d(?:\.\d+)?\s?(?:×|x\b|%|times)|fold|speed|faster|ms\b|seconds|FPS",
        ),
        (
            r"accura|percent|share|rate|score|improv|better|gain|lower|reduc|less|much|drop|"
            r"outperform|cheaper|fraction",
            r"\d\s?(?:%|points?|×|x\b)|percent|\d\.\d|half|third|fold|times",
        ),
        (
            r"how long|hours|days|minutes|time",
            r"\d[\d,.]*\s?(?:hours?|days?|minutes?|seconds?|weeks?|years?|h\b|s\b|ms\b)",
        ),
        (r"token|context|length|long", r"\d[\d,.]*\s?(?:K|M|B|k|T)?\b"),
        (r"memory|storage|size|disk", r"\d\s?(?:GB|MB|×|%|x\b|bits?|KB)"),
        (r"cost|price|dollar|expens", r"\$\s?\d|\d\s?(?:×|x\b|%)"),
    )
)
NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|half|third|quarter|"
    r"twice|double|triple|hundred|thousand|million|billion)s?\b",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"how many ([\w-]+)(?: ([\w-]+))?", re.IGNORECASE)
CUES = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "cause": r"\b(?:because|due to|since|caus\w+|attribut\w+|stems?|reason|leads? to|hence|"
        r"thus|"
        r"owing|as a result|result(?:s|ing) (?:in|from)|arises?|so that|in order to|explain\w*|"
        r"driven by|to (?:avoid|prevent|mitigate|reduce|address|overcome|preserve|ensure)|"
        r"which (?:makes|allows|enables|leads)|limits?|allowing|enabl\w+)\b",
        "definition": r"\bis (?:an?|the)\b|, (?:an?|the) [\w-]+|\b(?:called|termed|named|dubbed|"
        r"refer(?:red)? to|i\.e\.|defined as|known as|namely|that is|meaning|where)\b|:",
        "proposal": r"\b(?:we|this (?:paper|work)) (?:\w+ )?(?:propose|introduce|present|develop|"
        r"design|build|release|construct)",
        "way": r"\b(?:by \w+ing|us(?:es|ing)|via|through|consists?|comprises?|first|then|"
        r"leverag\w+|"
        r"combin\w+|employ\w+|appl(?:y|ies|ying)|train\w*|based on|with an?|into|instead of|"
        r"replac\w+|integrat\w+|incorporat\w+)\b",
        "result": r"\b(?:results?|experiments?|show|demonstrate|outperform|achiev|find|found|"
        r"reveal|"
        r"observe|improv|surpass|reduc|state-of-the-art|yield|exceed|match)",
        "background": r"\b(?:recent|recently|existing|remains?|challeng\w+|despite|widely|"
        r"typically|"
        r"often|traditional|current|prior|previous)\b",
        "link": r"https?://|\bcode (?:is|and|will)|available at|publicly|open-sourc",
    }.items()
}
_EXPANSION = re.compile(r"\([A-Z][\w-]+\)")
_DANGLING = re.compile(
    r"^(?:However|These|This|To address|Furthermore|Moreover|In addition|Additionally|It|They|Such|"
    r"Therefore|Thus|Also|Finally)\b"
)

READER = 2.0
"""How much the reader's judgement counts beside the model's. Of the labelled sentences that were
not trained on, the first sentence is right for .80 of the questions with it, .70 without."""
OTHER = 20.0
"""What a sentence of another paper loses, where the question names the paper that it is about; and
what a question loses: it answers nothing."""


def relevance(
    evidence: Evidence, values: Sequence[Mapping[str, float]] | None = None
) -> list[float]:
    """How likely each sentence answers the question beside the others, as log-probabilities.

    The model's; where an embedder has a reader, its judgement decides within the paper that was
    read closely, not between papers. `values` are the sentences' `features`, where they are known.
    """
    about = _about(evidence)
    own = normed(
        [
            MODEL.score(each)
            - OTHER * (sentence.paper.id not in about or is_question(sentence.text))
            for each, sentence in zip(values or features(evidence), evidence.sentences, strict=True)
        ]
    )
    return own if evidence.judgement is None else _closely(own, evidence.judgement, evidence)


def _closely(own: list[float], judgement: Judgement, evidence: Evidence) -> list[float]:
    """Log-probabilities in which the sentences of the paper read closely share what it has anew."""
    places = [at for at, s in enumerate(evidence.sentences) if of_subject(s, evidence)]
    share = _total([own[at] for at in places])
    pairs = zip(places, normed(judgement.scores), strict=True)
    judged = normed([own[at] + READER * other for at, other in pairs])
    scores = list(own)
    for at, score in zip(places, judged, strict=True):
        scores[at] = share + score
    return scores


def of_subject(sentence: EvidenceSentence, evidence: Evidence) -> bool:
    """Whether a sentence is of the paper that the question is about."""
    return evidence.subject is not None and sentence.paper.id == evidence.subject.id


def _about(evidence: Evidence) -> set[str]:
    """The papers that the question is about: those that have a name of it, if it names one."""
    papers = {s.paper.id: s.paper for s in evidence.sentences}
    names = (*evidence.query.names, *evidence.query.proper)
    named = {
        key
        for key, paper in papers.items()
        if any(mentions(f"{paper.title} {paper.abstract}", name) for name in names)
    }
    return named if evidence.known and named else set(papers)


def normed(scores: Sequence[float]) -> list[float]:
    """Logits as logarithms of probabilities."""
    total = _total(scores)
    return [score - total for score in scores]


def _total(scores: Sequence[float]) -> float:
    """The logarithm of the sum of what these are logarithms of."""
    top = max(scores, default=0.0)
    return math.log(sum(math.exp(score - top) for score in scores) or 1.0) + top


def features(evidence: Evidence) -> list[dict[str, float]]:
    """What the model sees of each sentence."""
    context = _Context(evidence)
    return [context.features(at) for at in range(len(evidence.sentences))]


class _Context:
    """What is the same for all sentences, worked out once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.query = evidence.query
        sentences = evidence.sentences
        self.tokens = [set(tokens(s.text)) for s in sentences]
        self.shares = [held_share(self.query.weights, held) for held in self.tokens]
        self.best_share = max(self.shares, default=0.0)
        self.of_paper: dict[str, set[str]] = {}
        self.best_of_paper: dict[str, tuple[float, float]] = {}
        for sentence, held, share in zip(sentences, self.tokens, self.shares, strict=True):
            key = sentence.paper.id
            self.of_paper.setdefault(key, set(tokens(sentence.paper.title))).update(held)
            cosine, best = self.best_of_paper.get(key, (-1.0, 0.0))
            self.best_of_paper[key] = (max(cosine, sentence.cosine), max(best, share))
        self.coverage = {
            key: held_share(self.query.weights, held) for key, held in self.of_paper.items()
        }
        self.units = [written for asked, written in _UNITS if asked.search(self.query.question)]
        self.counted = _counted(self.query)

    def features(self, at: int) -> dict[str, float]:
        sentence = self.evidence.sentences[at]
        values = self._paper(sentence) | self._likeness(sentence, at) | self._answer(sentence)
        return {name: float(value) for name, value in values.items()}

    def _paper(self, s: EvidenceSentence) -> dict[str, float]:
        hits = self.evidence.hits
        gap = hits[s.rank].score - hits[0].score
        subject = of_subject(s, self.evidence)
        best = max(share for _, share in self.best_of_paper.values())
        return {
            "gap": gap,
            "small_gap": max(-0.15, gap),
            "first_paper": s.rank == 0,
            "second_paper": s.rank == 1,
            "subject": subject,
            "subject_named": subject and self.evidence.known,
            "coverage": self.coverage[s.paper.id] - max(self.coverage.values()),
            "best_sentence": self.best_of_paper[s.paper.id][1] - best,
        }

    def _likeness(self, s: EvidenceSentence, at: int) -> dict[str, float]:
        best_cosine, best_share = self.best_of_paper[s.paper.id]
        share = self.shares[at]
        return {
            "cosine": s.cosine,
            "below_best": s.cosine - best_cosine,
            "own_cosine": s.own_cosine,
            "overlap": s.overlap,
            "share": share,
            "best_share": 0 < share >= self.best_share,
            "best_share_of_paper": 0 < share >= best_share,
            "before": self._neighbour(s, at - 1),
            "after": self._neighbour(s, at + 1),
            "place": s.place / max(1, s.of - 1),
            "opening": s.place == 0,
            "closing": s.place == s.of - 1,
            "length": math.log(len(s.text.split()) or 1),
        }

    def _neighbour(self, s: EvidenceSentence, at: int) -> float:
        sentences = self.evidence.sentences
        if not 0 <= at < len(sentences) or sentences[at].paper.id != s.paper.id:
            return 0.0
        return sentences[at].overlap

    def _answer(self, s: EvidenceSentence) -> dict[str, float]:
        query, text = self.query, s.text
        cue = {name: bool(pattern.search(text)) for name, pattern in CUES.items()}
        number = any(map(str.isdigit, text))
        named = any(mentions(text, name) for name in query.names)
        place = s.place / max(1, s.of - 1)
        asked = {kind: query.likely(kind) for kind in _ASKED}
        new = sum(word.lower() not in query.question.lower() for word in capitalised(text))
        return {
            "number": asked["number"] * number,
            "number_unasked": (1 - asked["number"]) * number,
            "number_word": asked["number"] * bool(NUMBER_WORD.search(text)),
            "unit": asked["number"] * any(unit.search(text) for unit in self.units),
            "counted": self.counts(text),
            "cause": asked["reason"] * cue["cause"],
            "defines": asked["definition"] * cue["definition"],
            "proposes_definition": asked["definition"] * cue["proposal"],
            "named_definition": asked["definition"] * named,
            "place_definition": asked["definition"] * place,
            "proposes_method": asked["method"] * cue["proposal"],
            "way": asked["method"] * cue["way"],
            "result_yes_no": asked["yes_no"] * cue["result"],
            "result_fact": asked["fact"] * cue["result"],
            "result_number": asked["number"] * cue["result"],
            "result_reason": asked["reason"] * cue["result"],
            "expansion": asked["acronym"] * bool(_EXPANSION.search(text)),
            "proposal": cue["proposal"],
            "background": cue["background"],
            "background_reason": asked["reason"] * cue["background"],
            "link_asked": query.link and cue["link"],
            "link_unasked": not query.link and cue["link"],
            "dangling": bool(_DANGLING.search(text)),
            "named": named,
            "new_names": min(new, 4),
            "new_names_fact": asked["fact"] * min(new, 4),
        }

    def counts(self, text: str) -> bool:
        """Whether a number stands before what "how many" asks for."""
        if not self.counted:
            return False
        words = re.findall(r"[\w.,%-]+", text.lower())
        return any(
            (any(map(str.isdigit, word)) or NUMBER_WORD.fullmatch(word))
            and any(stem(later.strip(".,")) in self.counted for later in words[at + 1 : at + 4])
            for at, word in enumerate(words)
        )


_ASKED: tuple[Kind, ...] = ("number", "reason", "definition", "method", "yes_no", "fact", "acronym")


def asks_count(query: Query) -> bool:
    """Whether the question is "how many" of something."""
    return bool(_counted(query))


def _counted(query: Query) -> frozenset[str]:
    match = _HOW_MANY.search(query.question.lower())
    return (
        frozenset(t for word in match.groups() if word for t in tokens(word))
        if match
        else frozenset()
    )
