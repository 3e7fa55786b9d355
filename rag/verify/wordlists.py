"""Word lists of the citation checker, and what each word of a sentence means to it.

Lists hold plain words; they are stemmed once, when first used.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from rag.text import stem


class Direction(NamedTuple):
    """A word that says which way something goes: `increase` is ("amount", 1)."""

    axis: str
    sign: int


# axis: (words that mean more of it, words that mean less of it)
_AXES: dict[str, tuple[str, str]] = {
    "amount": (
        "increase increasing increment raise rise higher high more greater grow growth gain expand "
        "elevate upregulate up larger maximize excess exacerbate augment amplify multiply heighten "
        "promote exceed highest most double triple",
        "decrease decreasing reduce reduction lower low less fewer decline drop shrink diminish "
        "cut fall downregulate down smaller minimize attenuate lessen few "
        "alleviate mitigate ameliorate lowest least save halve saving curtail deplete depletion "
        "deficiency deficient "
        "shorten compress",
    ),
    "quality": (
        "improve improvement better best boost enhance strengthen outperform superior surpass beat "
        "effective efficacy benefit beneficial advantage successful successfully succeed optimal "
        "excel help strong stronger robust robustly protect protective",
        "degrade degradation worse worsen worst impair hurt harm harmful deteriorate underperform "
        "inferior ineffective weaken fail failure suboptimal suffer struggle weak weaker poor "
        "poorly lag hinder detrimental damage",
    ),
    "speed": (
        "fast faster fastest accelerate acceleration quick quickly quicker rapid rapidly speedup",
        "slow slower slowest slowdown decelerate delay slowly",
    ),
    "cause": (
        "promote induce activate activation stimulate trigger facilitate enable cause produce "
        "allow encourage generate drive lead necessary essential crucial",
        "inhibit inhibition suppress suppression block prevent deactivate repress abolish hinder "
        "disrupt disable impede counteract eliminate discourage unnecessary dispensable avoid",
    ),
    "relation": (
        "affect effect influence impact relate relationship associate association link "
        "correlate correlation depend dependent alter alteration change interact interaction "
        "predict predictive predictor indicative regulate regulation modulate mediate difference "
        "differ connection contribution responsible evidence",
        "unrelated independent independently unaffected unchanged irrelevant",
    ),
    "sign": ("positive positively", "negative negatively inverse inversely"),
    "tolerance": ("sensitive sensitivity susceptible vulnerable", "resistant resistance immune"),
    "likeness": ("same similar similarly identical equal comparable", "distinct unequal"),
    "length": ("long longer longest", "short shorter shortest brief"),
    "time": ("early earlier", "late later"),
    "age": ("old older", "young younger"),
    "cost": ("expensive costly", "cheap cheaper inexpensive affordable"),
    "difficulty": ("hard harder difficult challenging", "easy easier simple simpler"),
    "frequency": ("common frequent often always", "rare rarely infrequent seldom never uncommon"),
    "density": ("dense", "sparse"),
    "scope": ("include including", "exclude excluding omit"),
    "access": ("open public publicly", "closed private proprietary"),
    "size": ("large big", "small tiny"),
    "presence": ("presence present exist", "absence absent"),
    "direct": ("direct directly explicit explicitly", "indirect indirectly implicit implicitly"),
    "agreement": ("consistent agree confirm", "inconsistent disagree contradict refute"),
    "scale": ("static fixed constant", "dynamic adaptive varying"),
    "range": ("global globally", "local locally"),
    "width": ("wide wider broad deep deeper", "narrow narrower shallow"),
    "labels": ("supervised", "unsupervised"),
}

_SYNONYMS = """achieve attain reach obtain yield deliver get
show demonstrate indicate reveal find observe suggest report establish
propose introduce present develop design describe offer
use employ utilize leverage adopt apply exploit using via
method approach technique strategy framework algorithm scheme
need require demand necessitate
task benchmark
dataset corpus data
enable allow let permit
associate link relate correlate association correlation connect
cause induce lead trigger result
role involve function participate
people patient individual subject participant person human
cancer tumor carcinoma tumour neoplasm
big large
cost expense overhead
whole entire full complete
train finetune tune learn
analyze examine investigate study explore evaluate assess
accuracy performance
model network
death mortality die fatal
illness disease disorder
kid child children infant
drug medication medicine treatment therapy
mouse mice murine
woman women female
man men male
heart cardiac cardiovascular
kidney renal
liver hepatic
lung pulmonary
brain cerebral neural
error mistake
combine integrate merge unify
create generate produce build construct
choose select pick
mutation variant polymorphism
important crucial critical essential vital key
main primary chief major
memory storage
existing previous prior earlier
several multiple various many
state-of-the-art sota
weight parameter
limit restrict constrain
remove eliminate discard drop prune
challenge problem issue difficulty
consist comprise contain include
release publish opensource available
hundred hundreds
thousand thousands
quantization quantize quantized
""".splitlines()

# Words of almost every abstract: they say little about which abstract is meant.
_GENERIC = """paper study work method approach technique result show demonstrate propose introduce
present novel new use using based also author researcher experiment experimental extensive
evaluate model find more most approach report describe abstract cited say tell mention follow
summary however moreover furthermore finally therefore thus respectively namely include
including various several different example
according state achieve significant significantly effectively""".split()

NEGATORS = frozenset(
    """not no without never nor neither cannot hardly rarely barely scarcely seldom lack lacks
    lacking lacked unable fail fails failed failing absence absent unlikely excluding except nothing
    none non impossible free don't doesn't didn't isn't aren't wasn't weren't won't can't
    couldn't shouldn't wouldn't hasn't haven't avoid avoids avoiding unnecessary
    eliminate eliminates eliminating ignore ignores neglect neglects instead rather
    little negligible""".split()
)
# These deny a thing, not what is said of it: "without retraining", "the lack of data leads to".
SHORT_NEGATORS = frozenset(
    "without lack lacks lacking lacked absent absence free none non little negligible instead "
    "rather excluding except avoid avoids avoiding no".split()
)
# Words whose stems look like those of words with a direction, but that have none.
UNDIRECTED = frozenset(
    "relative relatively relation active actively activity activities compared compare compares "
    "comparing late lately generated generates generating generate generation leading require "
    "required requires requiring harming role roles few-shot low-rank low-bit high-order "
    "open-source short-term long-term".split()
)
# "instead" and "rather" negate only what follows "of" or "than"; "free" only after a hyphen.
NEEDS_NEXT = {"instead": "of", "rather": "than", "absence": "of"}
CLAUSE_BREAKS = frozenset(
    "but because while which whereas although though however since yet unless despite when and "
    "thereby so".split()
)
# Stop words of a search that matter to a comparison.
COMPARING = frozenset("more most same few".split())
HEDGES = frozenset(
    "may might could can possibly perhaps potentially potential suggest suggests likely appear "
    "appears seem seems preliminary hypothesize conjecture often usually sometimes some many most "
    "partially partly typically generally tend tends nearly almost".split()
)
ABSOLUTES = frozenset(
    "all every always never only must prove proves proven guarantee guarantees guaranteed "
    "entirely completely fully any definitively universally none perfect perfectly "
    "invariably".split()
)
SELF = frozenset("we our it its this ours proposed these they their".split())
NUMBER_WORDS: dict[str, float] = {
    "zero": 0,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "eighteen": 18,
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "hundred": 100,
    "dozen": 12,
}
FOLD_WORDS: dict[str, float] = {
    "twice": 2,
    "double": 2,
    "doubles": 2,
    "doubled": 2,
    "doubling": 2,
    "twofold": 2,
    "two-fold": 2,
    "thrice": 3,
    "triple": 3,
    "triples": 3,
    "tripled": 3,
    "tripling": 3,
    "threefold": 3,
    "three-fold": 3,
    "fourfold": 4,
    "quadruple": 4,
    "quadruples": 4,
    "fivefold": 5,
    "tenfold": 10,
    "ten-fold": 10,
    "quintuple": 5,
}
SHARE_WORDS: dict[str, float] = {"half": 50, "halves": 50, "halved": 50, "halving": 50}


@lru_cache(maxsize=1)
def _directions() -> dict[str, Direction]:
    found: dict[str, Direction] = {}
    for axis, sides in _AXES.items():
        for sign, side in zip((1, -1), sides, strict=True):
            for word in side.split():
                found.setdefault(stem(word), Direction(axis, sign))
    return found


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, frozenset[int]]:
    groups: dict[str, set[int]] = {}
    for number, line in enumerate(_SYNONYMS):
        for word in line.split():
            groups.setdefault(stem(word.replace("-", "")), set()).add(number)
    return {word: frozenset(numbers) for word, numbers in groups.items()}


@lru_cache(maxsize=1)
def _generic() -> frozenset[str]:
    return frozenset(stem(word) for word in _GENERIC)


def direction(key: str) -> Direction | None:
    """Which way a stemmed word points, if any."""
    return _directions().get(key)


def groups(key: str) -> frozenset[int]:
    """The synonym groups of a stemmed word."""
    return _synonyms().get(key, frozenset())


def is_generic(key: str) -> bool:
    """Whether a stemmed word occurs in abstracts of every kind."""
    return key in _generic()
