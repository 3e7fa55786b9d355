"""The citation checker on planted truths and falsehoods about the seed papers."""

import random
from collections.abc import Sequence
from functools import lru_cache

import pytest

from rag.text import readable, sentences
from rag.verify import Source, check
from rag.verify.alignment import Similarity
from tests import SEEDS

# Words of a `why`, by what is wrong with the claim.
WHY = {
    "number": ("the abstract says", "no such number"),
    "swap": ("other way round", "the abstract says"),
    "negation": ("opposite",),
    "direction": ("opposite", "other way round"),
    "name": ("no such name", "the abstract says"),
}

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


TRUE = [(start, claim) for start, (true, _) in PLANTED.items() for claim in true]
FALSE = [(start, claim, kind) for start, (_, bad) in PLANTED.items() for claim, kind in bad]


@pytest.mark.parametrize(("start", "claim"), TRUE)
def test_a_true_paraphrase_is_not_unsupported(start: str, claim: str) -> None:
    verdict = check(claim + " [1]", [paper(start)])
    assert verdict.support != "unsupported", verdict
    assert not verdict.contradicted


@pytest.mark.parametrize(("start", "claim", "kind"), FALSE)
def test_a_false_sentence_is_not_supported_and_says_why(start: str, claim: str, kind: str) -> None:
    verdict = check(claim, [paper(start)])
    assert verdict.support == "unsupported", verdict
    assert any(words in verdict.why for words in WHY[kind]), verdict


@pytest.mark.parametrize(("start", "claim"), TRUE)
def test_a_true_sentence_citing_the_wrong_paper_is_unsupported(start: str, claim: str) -> None:
    papers = seeds()
    wrong = papers[(papers.index(paper(start)) + 101) % len(papers)]
    assert check(claim, [wrong]).support == "unsupported"


@pytest.mark.slow
def test_every_sentence_of_every_seed_is_supported_by_its_own_abstract() -> None:
    for evidence in seeds():
        for start, end in sentences(evidence.abstract):
            quote = evidence.abstract[start:end]
            for shown in (quote, readable(quote) + " [1, 2]"):
                verdict = check(shown, [evidence])
                assert (verdict.support, verdict.why) == ("supported", ""), (shown, verdict)
                assert verdict.score > 0.99


@pytest.mark.slow
def test_a_sentence_of_another_seed_is_hardly_ever_supported() -> None:
    papers, draw = seeds(), random.Random(7)
    supported = total = 0
    for evidence in papers:
        other = draw.choice([paper for paper in papers if paper is not evidence])
        for start, end in sentences(evidence.abstract):
            total += 1
            verdict = check(evidence.abstract[start:end], [other])
            supported += verdict.support == "supported"
            assert verdict.score < 0.99
    assert supported / total < 0.01


@pytest.mark.parametrize(
    ("claim", "why"),
    [
        ("MegaScale reaches 52.5% MFU on 12,288 GPUs.", "says 52.5%, the abstract says 55.2%"),
        ("MegaScale beats FooNet.", 'no such name in the cited abstract: "FooNet"'),
        (
            "The code is at https://example.org/mega.",
            "no such link in the cited abstract: https://example.org/mega",
        ),
    ],
)
def test_why_names_what_is_missing_or_contradicted(claim: str, why: str) -> None:
    assert check(claim, [paper("MegaScale")]).why == why


def test_a_claim_may_draw_on_several_papers() -> None:
    cited = [paper("MegaScale"), paper("PANDA:")]
    claim = "MegaScale trains on 12,288 GPUs, and PANDA uses knowledge distillation."
    assert check(claim, cited).support == "supported"
    assert check(claim, cited[:1]).why == 'no such name in the cited abstract: "PANDA"'


ABSTRACT = (
    "We present Zip, a Long Range Cache (LRC). It is 2.5times faster than Zap and uses 30% of "
    "the memory. Zip may improve accuracy on some tasks. Zap does not improve recall on images."
)


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("Zip is 2.5× faster than Zap.", "supported"),
        ("Zip is 2.5x faster than Zap.", "supported"),
        ("Zip uses 30 percent of the memory.", "supported"),
        ("The LRC uses 30% of the memory.", "supported"),
        ("Zip is 2.5% faster than Zap.", "unsupported"),
        ("Zip is 2.5× slower than Zap.", "unsupported"),
        ("Zap is 2.5× faster than Zip.", "unsupported"),
        ("Zip uses 2.5% of the memory.", "unsupported"),
        ("Zap improves recall on images.", "unsupported"),
        ("improve recall on images", "unsupported"),
        ("Zip always improves accuracy on all tasks.", "partial"),
    ],
)
def test_small_changes_decide(claim: str, support: str) -> None:
    verdict = check(claim, [Source("A cache", ABSTRACT)])
    assert verdict.support == support, verdict


MEASURED = "On GLUE, Zip keeps 47.35% of the accuracy. On SQuAD, Zap loses 31% of the memory."


@pytest.mark.parametrize(
    ("claim", "support"),
    [
        ("Zip keeps 47.4% of the accuracy on GLUE.", "supported"),
        ("Zip keeps about 50% of the accuracy on GLUE.", "supported"),
        ("Zip keeps about 46.91% of the accuracy on GLUE.", "unsupported"),
        ("Zap loses about 33% of the memory on SQuAD.", "unsupported"),
        ("Zap loses about 30% of the memory on SQuAD.", "unsupported"),
    ],
)
def test_only_a_number_with_fewer_digits_is_a_rounded_one(claim: str, support: str) -> None:
    verdict = check(claim, [Source("Zip", MEASURED)])
    assert verdict.support == support, verdict


@pytest.mark.parametrize(
    ("claim", "evidence", "why"),
    [
        ("Zip is fast.", [], "cites nothing"),
        ("Here is what they say: [1]", [Source("A cache", ABSTRACT)], "nothing to check"),
        ("", [Source("A cache", ABSTRACT)], "nothing to check"),
        ("Bananas ripen slowly.", [Source("", "")], "the cited abstract is empty"),
    ],
)
def test_nothing_cited_or_said(claim: str, evidence: list[Source], why: str) -> None:
    verdict = check(claim, evidence)
    assert (verdict.support, verdict.score, verdict.why) == ("unsupported", 0.0, why)


def test_similarity_is_asked_once_and_raises_the_score() -> None:
    calls: list[tuple[str, int]] = []

    def similarity(near: float) -> Similarity:
        def cosines(claim: str, texts: Sequence[str]) -> list[float]:
            calls.append((claim, len(texts)))
            return [near] * len(texts)

        return cosines

    evidence = [Source("A cache", ABSTRACT)]
    claim = "Zip is a quick cache over a long range [1]."
    far = check(claim, evidence, similarity=similarity(0.1)).score
    assert check(claim, evidence, similarity=similarity(0.8)).score > far
    assert calls == [("Zip is a quick cache over a long range.", 5)] * 2
