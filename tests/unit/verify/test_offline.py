"""The check without a model: planted truths and falsehoods about the seed papers, and its rules."""

import random
from functools import lru_cache

import pytest

from rag.embed import CachedEmbedder
from rag.text import readable, sentences
from rag.verify import Claim, OfflineChecker, Source, Verdict, nearest
from rag.verify.offline import CANNOT_TELL, FOREIGN, NOTHING
from tests import SEEDS
from tests.builders import real_embedder

# Start of a title; sentences that its abstract supports; false ones, each with what is wrong.
PLANTED: dict[str, tuple[list[str], list[tuple[str, str]]]] = {
    "Initialization using Update Approximation": (
        [
            "LoRA-SB approximates full fine-tuning in low-rank subspaces with a carefully designed "
            "initialization strategy.",
            "LoRA-SB exceeds standard LoRA with 27-90 times fewer learnable parameters and "
            "outperforms LoRA-XS.",
            "LoRA-XS inserts a learnable r x r matrix between B and A and keeps the other matrices "
            "fixed.",
            "LoRA-SB removes the need for hyperparameter tuning.",
        ],
        [
            (
                "LoRA-SB exceeds standard LoRA with 27-50 times fewer learnable parameters.",
                "number",
            ),
            ("LoRA-XS comprehensively outperforms LoRA-SB.", "swap"),
            ("LoRA-SB does not outperform LoRA-XS.", "negation"),
            ("LoRA-SB uses 27-90 times more learnable parameters than standard LoRA.", "direction"),
            ("LoRA-SB comprehensively outperforms FooNet.", "name"),
            ("LoRA-SB needs hyperparameter tuning without removing update directions.", "negation"),
        ],
    ),
    "TÜLU 3": (
        [
            "TÜLU 3 builds on Llama 3.1 base models and surpasses the instruct versions of "
            "Llama 3.1, Qwen 2.5 and Mistral.",
            "Tulu 3 trains its models with supervised finetuning, DPO and a new method called "
            "Reinforcement Learning with Verifiable Rewards (RLVR).",
            "The weights, data, code and training recipes of TÜLU 3 are released.",
        ],
        [
            ("TÜLU 3 builds on Llama 3.3 base models.", "name"),
            ("TÜLU 3 is surpassed by GPT-4o-mini and Claude 3.5-Haiku.", "swap"),
            ("TÜLU 3 does not surpass closed models such as GPT-4o-mini.", "negation"),
            ("TÜLU 3 builds on Gemma-2 base models.", "name"),
        ],
    ),
    "P$^2$ Law": (
        [
            "The P^2 Law identifies four key factors for predicting the post-training loss of a "
            "pruned model.",
            "P^2 Law generalizes to larger datasets, larger models and higher pruning rates.",
            "The law was found in experiments on pruned Llama-3 and Qwen-2.5 models.",
        ],
        [
            (
                "The P^2 Law identifies six key factors for predicting the post-training loss.",
                "number",
            ),
            ("P^2 Law cannot generalize to larger dataset sizes.", "negation"),
            ("P^2 Law generalizes to larger model sizes and lower pruning rates.", "direction"),
            ("The law was found in experiments on the Mistral-7B series models.", "name"),
        ],
    ),
    "PANDA:": (
        [
            "PANDA outperforms vanilla prompt transfer by 2.3% on average, and by up to 24.1%.",
            "PANDA uses knowledge distillation to alleviate catastrophic forgetting of source "
            "knowledge.",
            "The experiments cover 189 combinations of 21 source and 9 target datasets.",
        ],
        [
            ("PANDA outperforms the vanilla PoT approach by 3.2% average score.", "number"),
            ("The vanilla PoT approach consistently outperforms PANDA.", "swap"),
            ("PANDA does not alleviate catastrophic forgetting.", "negation"),
            ("PANDA transfers knowledge with the help of SPoT-XL.", "name"),
            (
                "The experiments cover 189 combinations of 9 source and 21 target datasets.",
                "number",
            ),
        ],
    ),
    "DinoBloom": (
        [
            "DinoBloom is the first foundation model for single cell images in hematology.",
            "DinoBloom was built from 13 public datasets with over 380,000 white "
            "blood cell images.",
        ],
        [
            ("DinoBloom was built from 31 publicly available datasets.", "number"),
            ("DinoBloom comprises over 830,000 white blood cell images.", "number"),
            ("Existing medical vision models outperform DinoBloom.", "swap"),
            ("DinoBloom does not outperform existing medical vision models.", "negation"),
            ("DinoBloom uses a tailored MedCLIP pipeline.", "name"),
        ],
    ),
    "MegaScale": (
        [
            "MegaScale reaches 55.2% MFU when training a 175B model on 12,288 GPUs.",
            "MegaScale improves Model FLOPs Utilization 1.34× over Megatron-LM.",
        ],
        [
            ("MegaScale reaches 52.5% MFU when training a 175B model on 12,288 GPUs.", "number"),
            ("MegaScale improves the MFU by 1.34x compared to DeepSpeed-MoE.", "name"),
            ("Megatron-LM improves the MFU by 1.34x compared to MegaScale.", "swap"),
            ("MegaScale does not improve the MFU compared to Megatron-LM.", "negation"),
            ("MegaScale decreases the MFU by 1.34x compared to Megatron-LM.", "direction"),
        ],
    ),
    "Orca 2": (
        [
            "Orca 2 was evaluated on 15 benchmarks with about 100 tasks and over 36,000 prompts.",
            "Orca 2 performs similarly to or better than models 5-10 times larger on complex "
            "reasoning tasks.",
            "Orca 2 is open-sourced.",
        ],
        [
            ("Orca 2 was evaluated on 25 benchmarks.", "number"),
            ("Models of similar size significantly surpass Orca 2.", "swap"),
            ("Orca 2 does not surpass models of similar size.", "negation"),
            ("Orca 2 was distilled from Vicuna-33B.", "name"),
        ],
    ),
    "ViDiT-Q": (
        [
            "ViDiT-Q achieves lossless W8A8 quantization, where baseline methods fail.",
            "ViDiT-Q-MP gives a 2.5× memory optimization and a 1.5× latency speedup at W4A8.",
        ],
        [
            ("ViDiT-Q gives a 3.5x memory optimization.", "number"),
            ("ViDiT-Q gives a 1.5x memory optimization and a 2.5x latency speedup.", "number"),
            ("ViDiT-Q fails at W8A8 quantization.", "negation"),
            ("ViDiT-Q gives a 1.5x latency slowdown.", "direction"),
            ("ViDiT-Q is validated on PixArt-Sigma.", "name"),
        ],
    ),
    "Pointer Networks": (
        [
            "Pointer Networks use attention as a pointer to select a member of the input sequence "
            "as the output.",
            "Ptr-Nets learn approximate solutions to three geometric problems, among them planar "
            "convex hulls.",
        ],
        [
            ("Ptr-Nets learn approximate solutions to seven geometric problems.", "number"),
            ("Ptr-Nets do not improve over sequence-to-sequence with input attention.", "negation"),
            ("Sequence-to-sequence with input attention improves over Ptr-Nets.", "swap"),
            ("Ptr-Nets extend the NTM-XL architecture.", "name"),
        ],
    ),
    "Distilling Step-by-Step": (
        [
            "A finetuned 770M T5 model outperforms the few-shot prompted 540B PaLM with 80% of the "
            "data.",
            "Distilling step-by-step extracts rationales from LLMs as additional supervision.",
        ],
        [
            ("The 770M T5 model outperforms 540B PaLM using only 60% of available data.", "number"),
            ("The 540B PaLM model outperforms the finetuned 770M T5 model.", "swap"),
            ("Distilling step-by-step does not outperform few-shot prompted LLMs.", "negation"),
            (
                "Distilling step-by-step needs more labeled training examples than finetuning.",
                "direction",
            ),
            ("A finetuned GPT-J model outperforms the 540B PaLM model.", "name"),
        ],
    ),
    "MUSCLE": (
        [
            "MUSCLE reduces negative flips by up to 40% from Llama 1 to Llama 2.",
            "Updates of base models make downstream task models lose previously correct instances.",
        ],
        [
            ("MUSCLE reduces negative flips by up to 60% from Llama 1 to Llama 2.", "number"),
            ("MUSCLE increases negative flips by up to 40%.", "direction"),
            ("MUSCLE does not reduce negative flips.", "negation"),
            ("MUSCLE reduces negative flips from Falcon-40B to Llama 2.", "name"),
        ],
    ),
    "BinaryDM": (
        [
            "BinaryDM saves 16.0× FLOPs and 27.1× storage with 1-bit weights and "
            "4-bit activations.",
            "BinaryDM uses a Learnable Multi-basis Binarizer to recover representations.",
            "BinaryDM is the first binarization method for diffusion models.",
        ],
        [
            ("BinaryDM saves 27.1× FLOPs and 16.0× storage.", "number"),
            ("BinaryDM achieves 19.0 times FLOPs savings.", "number"),
            (
                "SOTA quantization methods achieve significant accuracy gains compared to BinaryDM.",  # noqa: E501
                "swap",
            ),
            ("BinaryDM does not achieve accuracy gains over quantization methods.", "negation"),
            ("BinaryDM builds on the QDiffuser library.", "name"),
        ],
    ),
    "ToolACE-R": (
        [
            "ToolACE-R is competitive with advanced API-based models even without refinement.",
            "An adaptive mechanism lets the model decide when to stop refining its tool calls.",
        ],
        [
            (
                "ToolACE-R does not achieve competitive performance compared to API-based models.",
                "negation",
            ),
            ("ToolACE-R requires external feedback to refine tool calls.", "negation"),
            ("ToolACE-R degrades its performance through adaptive self-refinement.", "direction"),
            ("ToolACE-R is trained on data from ToolLLM-2.", "name"),
        ],
    ),
    "HorNet": (
        [
            "HorNet outperforms Swin Transformers and ConvNeXt by a significant margin.",
            "The Recursive Gated Convolution performs high-order spatial interactions.",
        ],
        [
            ("Swin Transformers outperform HorNet by a significant margin.", "swap"),
            ("HorNet does not outperform ConvNeXt.", "negation"),
            ("HorNet underperforms Swin Transformers by a significant margin.", "direction"),
            ("HorNet outperforms EfficientNet-B7 by a significant margin.", "name"),
        ],
    ),
    "LaneSegNet": (
        [
            "LaneSegNet runs in real time at 14.7 FPS.",
            "LaneSegNet improves map element detection by 4.8 mAP on OpenLane-V2.",
        ],
        [
            ("LaneSegNet runs in real time at 41.7 FPS.", "number"),
            ("LaneSegNet improves map element detection by 6.9 mAP.", "number"),
            ("LaneSegNet does not outperform previous counterparts.", "negation"),
            ("LaneSegNet outperforms previous counterparts on the NuScenes-Lite dataset.", "name"),
        ],
    ),
    "DenseShift": (
        [
            "DenseShift significantly outperforms existing low-bit multiplication-free networks.",
            "DenseShift removes zero weights to simplify inference and increase model capacity.",
        ],
        [
            ("Existing low-bit multiplication-free networks outperform DenseShift.", "swap"),
            (
                "DenseShift cannot achieve competitive performance to the full-precision counterpart.",  # noqa: E501
                "negation",
            ),
            ("The zero-free shifting mechanism decreases the model capacity.", "direction"),
            ("DenseShift outperforms ShiftAddNet-v2.", "name"),
        ],
    ),
    "TokenFormer": (
        [
            "TokenFormer scales from 124M to 1.4B parameters by adding key-value parameter pairs.",
            "TokenFormer treats model parameters as tokens, which replaces all linear projections.",
        ],
        [
            ("TokenFormer scales from 124M to 2.8B parameters.", "number"),
            ("TokenFormer increases training costs.", "direction"),
            ("TokenFormer requires retraining from scratch.", "negation"),
            ("TokenFormer replaces the projections with MambaBlock layers.", "name"),
        ],
    ),
}


@lru_cache(maxsize=1)
def seeds() -> list[Source]:
    """The 721 papers: a line under 300 characters is the title of the long line after it."""
    found: dict[str, Source] = {}
    for path in sorted(SEEDS.glob("*.txt")):
        lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
        for title, abstract in zip(lines, lines[1:], strict=False):
            if len(abstract) > 500 and len(title) < 300:
                title = title.removeprefix("Subscribe")
                found[title] = Source(title, abstract)
    return list(found.values())


def paper(start: str) -> Source:
    return next(p for p in seeds() if p.title.startswith(start))


@lru_cache(maxsize=1)
def with_minilm() -> OfflineChecker:
    embedder = CachedEmbedder(real_embedder())
    return OfflineChecker(embedder.similarities, embedder.verify, embedder=embedder.name)


def judged(claim: str, *sources: Source, read: float | None = None) -> Verdict:
    """The verdict where the network says `read` of everything; by words alone without."""
    reading = None if read is None else lambda claim, evidence: read
    (verdict,) = OfflineChecker(None, reading).check([Claim(claim, sources)])
    assert_quoted(verdict, sources)
    return verdict


def assert_quoted(verdict: Verdict, sources) -> None:
    """The span that decided is one of the source that is named."""
    if verdict.quote is not None:
        text, start, end = verdict.quote.text, verdict.quote.start, verdict.quote.end
        assert text == sources[verdict.source].abstract[start:end] != ""


SURE, DOUBTFUL = 9.0, -9.0
"""Log-odds of a network that bears out anything, or nothing."""
TRUE = [(start, claim) for start, (true, _) in PLANTED.items() for claim in true]
FALSE = [(start, claim, kind) for start, (_, bad) in PLANTED.items() for claim, kind in bad]


# -- what it says of the planted sentences ---------------------------------------------------------


def test_true_paraphrases_are_mostly_supported_and_never_contradicted() -> None:
    verdicts = [
        with_minilm().check([Claim(claim + " [1]", (paper(start),))])[0] for start, claim in TRUE
    ]
    assert {verdict.support for verdict in verdicts} == {"supported", "unverified"}
    assert sum(verdict.support == "supported" for verdict in verdicts) >= 0.8 * len(verdicts)
    for (start, _), verdict in zip(TRUE, verdicts, strict=True):
        assert_quoted(verdict, [paper(start)])


@pytest.mark.parametrize(
    ("start", "claim", "kind"), [row for row in FALSE if row[2] in ("number", "name")]
)
def test_a_wrong_number_or_name_is_never_supported_and_named(start, claim, kind) -> None:
    """By rule, so whatever the network reads."""
    for read in (SURE, DOUBTFUL, None):
        verdict = judged(claim, paper(start), read=read)
        missing = verdict.why.startswith(f"no such {kind} in the cited abstract: ")
        otherwise = kind == "number" and ", the abstract says " in verdict.why
        assert verdict.support == ("contradicted" if otherwise else "unverified"), verdict
        assert missing or otherwise, verdict
        assert (verdict.quote is not None) is otherwise


@pytest.mark.parametrize(("kind", "most"), [("negation", 5), ("direction", 5), ("swap", 7)])
def test_what_no_rule_finds_is_left_to_the_network_which_often_cannot_tell(kind, most) -> None:
    """It reads each word beside its likest one: exchanged roles look much as the truth does."""
    rows = [(start, claim) for start, claim, wrong in FALSE if wrong == kind]
    verdicts = [with_minilm().check([Claim(claim, (paper(start),))])[0] for start, claim in rows]
    assert sum(verdict.support == "supported" for verdict in verdicts) <= most
    assert all(verdict.why for verdict in verdicts if verdict.support != "supported")


@pytest.mark.parametrize(("start", "claim"), TRUE)
def test_a_true_sentence_citing_the_wrong_paper_is_not_supported(start, claim) -> None:
    papers = seeds()
    wrong = papers[(papers.index(paper(start)) + 101) % len(papers)]
    (verdict,) = with_minilm().check([Claim(claim, (wrong,))])
    assert verdict.support in ("unverified", "contradicted") and verdict.why


@pytest.mark.slow
def test_every_sentence_of_every_seed_is_supported_by_its_own_abstract() -> None:
    for evidence in seeds():
        for start, end in sentences(evidence.abstract):
            quote = evidence.abstract[start:end]
            for shown in (quote, readable(quote) + " [1, 2]"):
                verdict = judged(shown, evidence, read=DOUBTFUL)
                assert (verdict.support, verdict.why) == ("supported", ""), (shown, verdict)
                assert verdict.score == 1.0


@pytest.mark.slow
def test_a_sentence_of_another_seed_is_hardly_ever_supported() -> None:
    papers, draw = seeds(), random.Random(7)
    supported = total = 0
    for evidence in papers:
        other = draw.choice([paper for paper in papers if paper is not evidence])
        for start, end in sentences(evidence.abstract):
            total += 1
            verdict = judged(evidence.abstract[start:end], other)
            supported += verdict.support == "supported"
            assert verdict.score < 1
    assert supported / total < 0.01


# -- the rules -------------------------------------------------------------------------------------

ABSTRACT = (
    "We present Zip, a Long Range Cache (LRC). It is 2.5times faster than Zap and uses 30% of "
    "the memory. It trains on GLUE for 2 days. Zip may improve accuracy on some tasks."
)
ZIP = Source("A cache", ABSTRACT)
OTHER = Source("On owls", "Owls hear 30% more than larks. HootNet counts them in 7 woods.")


@pytest.mark.parametrize(
    ("claim", "why", "quoted"),
    [
        ("Zip uses 20% of the memory.", "says 20%, the abstract says 30%", "30% of"),
        ("Zip is 2.5× faster and uses 45% of the memory.", "says 45%, the abstract says 30%",
         "30% of"),
        ("Zip is 3.5× faster than Zap.", "says 3.5×, the abstract says 2.5×", "2.5times"),
        ("It trains on GLUE for 3 days.", "says 3 days, the abstract says 2 days", "2 days"),
        ("It trains on GLUE for 36 hours.", "says 36 hours, the abstract says 2 days", "2 days"),
    ],
)  # fmt: skip
def test_what_the_abstract_has_otherwise_contradicts_with_the_words_that_decide(
    claim, why, quoted
) -> None:
    verdict = judged(claim, OTHER, ZIP, read=SURE)
    assert (verdict.support, verdict.score, verdict.why) == ("contradicted", 0.0, why)
    assert verdict.source == 1 and quoted in verdict.quote.text


def test_a_name_exchanged_in_a_copied_sentence_contradicts() -> None:
    source = Source("Nets", "On large images of many sizes, ZipNet clearly outperforms ZapNet.")
    claim = "On large images of many sizes, ZapNet clearly outperforms ZipNet."
    verdict = judged(claim, source, read=SURE)
    assert verdict.support == "contradicted" and verdict.quote.text == source.abstract
    assert verdict.why == "says ZapNet, the abstract says ZipNet"


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("Zip beats FooNet.", 'no such name in the cited abstract: "FooNet"'),
        ("Zip serves 57 users.", "no such number in the cited abstract: 57"),
        ("Zip takes 12 GB.", "no such number in the cited abstract: 12 gb"),
        ("Zip builds on Llama 3.1 models.",
         'no such name in the cited abstract: "llama 3.1"'),
        ("Its code is at https://example.org/zip.",
         "no such link in the cited abstract: https://example.org/zip"),
    ],
)  # fmt: skip
def test_what_the_abstract_lacks_keeps_a_claim_from_being_supported(claim, why) -> None:
    verdict = judged(claim, ZIP, read=SURE)
    assert (verdict.support, verdict.why, verdict.quote) == ("unverified", why, None)


@pytest.mark.parametrize(
    "claim",
    [
        "Zip is 2.5× faster than Zap.",
        "Zip is 2.5x faster than Zap.",
        "Zip uses 30 percent of the memory.",
        "The LRC uses 30% of the memory.",
        "It trains on GLUE for 48 hours.",
        "Three in ten bytes of memory are used.",
    ],
)
def test_other_forms_of_a_number_or_name_are_not_missed(claim) -> None:
    verdict = judged(claim, ZIP, read=SURE)
    assert (verdict.support, verdict.why) == ("supported", "") and 0.9 < verdict.score < 1
    assert judged(claim, ZIP, read=DOUBTFUL).support == "unverified"


MEASURED = Source(
    "Zip", "On GLUE, Zip keeps 47.35% of the accuracy. On SQuAD, Zap loses 31% of the memory."
)


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("Zip keeps 47.4% of the accuracy on GLUE.", "supported"),
        ("Zip keeps about 50% of the accuracy on GLUE.", "supported"),
        ("Zip keeps about 46.91% of the accuracy on GLUE.", "contradicted"),
        ("Zap loses about 33% of the memory on SQuAD.", "contradicted"),
        ("Zap loses about 30% of the memory on SQuAD.", "contradicted"),
    ],
)
def test_only_a_number_with_fewer_digits_is_a_rounded_one(claim, support) -> None:
    assert judged(claim, MEASURED, read=SURE).support == support


def test_a_count_in_words_is_the_count_in_digits() -> None:
    source = Source("Zip", "We test it on 25 tasks.")
    assert judged("They test it on twenty-five tasks.", source, read=SURE).support == "supported"
    assert judged("They test it on twenty tasks.", source, read=SURE).support == "contradicted"


# -- from the network's reading to a verdict -------------------------------------------------------


def test_a_network_in_doubt_cannot_tell() -> None:
    claim = "The method is quick to use."
    assert judged(claim, ZIP, read=SURE).support == "supported"
    verdict = judged(claim, ZIP, read=DOUBTFUL)
    assert (verdict.support, verdict.why) == ("unverified", CANNOT_TELL)
    assert verdict.score < 0.1 and verdict.quote is None


def test_what_shares_no_word_with_the_abstract_is_not_supported() -> None:
    verdict = judged("It flies.", ZIP, read=SURE)
    assert (verdict.support, verdict.why) == ("unverified", CANNOT_TELL)


@pytest.mark.parametrize(
    ("claim", "support", "why"),
    [
        ("Zip benötigt für das Training weniger Speicher als Zap.", "unverified", FOREIGN),
        ("Zip trainiert auf GLUE zwei Tage lang.", "unverified", FOREIGN),
        ("Auf GLUE trainiert Zip für 3 Tage.", "unverified", FOREIGN),
        ("Die Methode Zip spart auf GLUE 40% davon.", "contradicted",
         "says 40%, the abstract says 30%"),
    ],
)  # fmt: skip
def test_another_language_cannot_be_told_but_its_numbers_can(claim, support, why) -> None:
    verdict = judged(claim, Source("A cache", "Zip saves 30% on GLUE."), read=SURE)
    assert (verdict.support, verdict.why) == (support, why)


def test_what_stands_there_word_for_word_needs_no_network() -> None:
    for shown in ("It trains on GLUE for 2 days.", "it trains on GLUE for 2 days [1]"):
        verdict = judged(shown, ZIP, read=DOUBTFUL)
        assert (verdict.support, verdict.score, verdict.why) == ("supported", 1.0, "")
        assert verdict.quote.text == "It trains on GLUE for 2 days."
    denied = Source("Zip", "It does not improve recall on images.")
    assert judged("improve recall on images", denied, read=DOUBTFUL).support == "unverified"


def test_a_marker_that_is_the_abstracts_own_is_part_of_its_words() -> None:
    source = Source("Zip", "We extend Zap [52] to images of all sizes.")
    assert judged("We extend Zap [52] to images of all sizes.", source).score == 1.0


@pytest.mark.parametrize(
    ("claim", "sources", "support", "why"),
    [
        ("Zip is fast.", (), "uncited", "cites nothing"),
        ("Here is what they say: [1]", (ZIP,), "unverified", NOTHING),
        ("", (ZIP,), "unverified", NOTHING),
        ("Bananas ripen slowly.", (Source("", ""),), "unverified", "the cited abstract is empty"),
    ],
)
def test_nothing_cited_or_said(claim, sources, support, why) -> None:
    assert judged(claim, *sources, read=SURE) == Verdict(support, 0.0, why)


def test_a_title_bears_a_claim_out_without_a_span() -> None:
    verdict = judged("Lossless compression of large models", Source(
        "Lossless compression of large models", "We study it. It works."))  # fmt: skip
    assert (verdict.support, verdict.quote, verdict.source) == ("supported", None, 0)


# -- several sources, several parts ----------------------------------------------------------------


def test_the_quote_is_of_the_source_that_decides() -> None:
    claim = "HootNet counts them in 7 woods."
    for sources in ((OTHER, ZIP), (ZIP, OTHER)):
        verdict = judged(claim, *sources)
        assert sources[verdict.source] is OTHER and verdict.quote.text == claim


def test_a_claim_may_draw_on_several_papers() -> None:
    claim = "Zip uses 30% of the memory, and HootNet counts owls in 7 woods."
    assert judged(claim, ZIP, OTHER, read=SURE).support == "supported"
    verdict = judged(claim, ZIP, read=SURE)
    assert verdict.support == "partial" and "HootNet" in verdict.why or "7" in verdict.why
    assert verdict.quote.text.startswith("It is 2.5times") and verdict.source == 0


def reads(*sound: str):
    """A network that bears out only these texts."""
    return lambda claim, evidence: SURE if claim in sound else DOUBTFUL


FIRST, SECOND = "Zip may improve what is accurate", "it trains on what is old and unused"


@pytest.mark.parametrize(
    ("sound", "support", "why"),
    [
        ((FIRST, SECOND + "."), "supported", ""),
        ((FIRST,), "partial", f"not found in it: “{SECOND}.”"),
        ((SECOND + ".",), "partial", f"not found in it: “{FIRST}”"),
        ((), "unverified", CANNOT_TELL),
    ],
)
def test_a_claim_of_two_parts_is_supported_as_far_as_they_are(sound, support, why) -> None:
    checker = OfflineChecker(None, reads(*sound))
    (verdict,) = checker.check([Claim(f"{FIRST}, and {SECOND}.", (ZIP,))])
    assert (verdict.support, verdict.why) == (support, why)
    assert verdict.quote is None or support != "unverified"


def test_claims_are_judged_in_order_and_the_check_is_named_by_what_it_reads_with() -> None:
    claims = [Claim("Zip is fast.", ()), Claim("Zip uses 20% of the memory.", (ZIP,))]
    checker = OfflineChecker(embedder="minilm/x")
    assert [v.support for v in checker.check(claims)] == ["uncited", "contradicted"]
    assert checker.name.endswith(" minilm/x") and checker.name != OfflineChecker().name


def test_the_network_reads_the_claim_once_beside_every_sentence() -> None:
    asked = []

    def reading(claim, evidence):
        asked.append((claim, list(evidence)))
        return SURE

    OfflineChecker(None, reading).check([Claim("Zip is a quick cache [1].", (ZIP, OTHER))])
    ((claim, lines),) = asked
    assert claim == "Zip is a quick cache." and lines[0] == "A cache" and len(lines) == 5 + 3


def test_by_words_alone_the_nearer_text_is_likelier() -> None:
    def score(claim: str, near: float) -> float:
        checker = OfflineChecker(lambda claim, texts: [near] * len(texts))
        return checker.check([Claim(claim, (ZIP,))])[0].score

    claim = "Zip is a quick cache over a long range."
    assert score(claim, 0.8) > score(claim, 0.1)
    assert score("Zip may improve accuracy.", 0.5) > score("Bananas ripen slowly.", 0.5)


def test_the_nearest_of_some_sentences_bears_most_on_a_claim() -> None:
    texts = ["Cats sleep.", "Zip saves memory. It is fast.", "", "Zip is slow."]
    assert nearest("Zip saves much memory [1].", texts) == 1
    assert nearest("Zip is slow indeed.", texts) == 3
    assert nearest("Zip.", [""]) == 0
    far = lambda claim, lines: [float(line.startswith("Cats")) for line in lines]  # noqa: E731
    assert nearest("Felines doze.", texts, similarity=far) == 0
