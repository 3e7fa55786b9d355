import re

import pytest

from rag.text import URL, Span, fold, readable, sentences, squash, stem, tokens, words
from tests import SEEDS

SEED_LINES = {path.name[:3]: path.read_text().splitlines() for path in SEEDS.glob("*.txt")}
# By length titles and abstracts are told apart in the seeds: 143 characters at most, 584 at least.
ABSTRACTS = sorted({line for lines in SEED_LINES.values() for line in lines if len(line) > 500})


def seed(place: str) -> str:
    """The line of a seed file: `000:39`."""
    name, line = place.split(":")
    return SEED_LINES[name][int(line) - 1]


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


# --- display -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "stored", "shown"),
    [
        ("000:39", "6.54times lower latency and 1.48times", "6.54× lower latency and 1.48×"),
        ("000:39", "on 8timesRTX 4090", "on 8× RTX 4090"),
        ("001:338", "up to 1927.5times reduction", "up to 1927.5× reduction"),
        ("001:356", "ImageNet256times256 ,", "ImageNet256×256 ,"),
        ("001:742", "with 384times384 inputs", "with 384×384 inputs"),
        ("001:742", r"(85.5\% when", "(85.5% when"),
        ("000:395", "(sim0.01% of", "(~0.01% of"),
        ("001:430", r"by sim7\% after", "by ~7% after"),
        ("001:498", "with 100M sim 1B", "with 100M ~1B"),
        ("001:586", "only sim700 examples", "only ~700 examples"),
        ("001:588", "being sim10times larger", "being ~10× larger"),
        ("001:646", "into 1sim 3 digit", "into 1 ~ 3 digit"),
        ("001:860", "and sim8B tokens", "and ~8B tokens"),
        ("002:261", "neurons (sim5%)", "neurons (~5%)"),
        ("002:321", "up to sim99% of", "up to ~99% of"),
        ("001:88", "sentences~(ge10)", "sentences (≥10)"),
        ("002:173", "(ge 175B)", "(≥175B)"),
        ("002:173", "(le 11B)", "(≤11B)"),
        ("001:72", "between approx 16 and approx 25", "between ≈16 and ≈25"),
        ("001:952", "(70^circ times 70^circ)", "(70° × 70°)"),
        ("001:646", "base 10^{2} or 10^{3} system", "base 10^2 or 10^3 system"),
        ("001:786", r"to \( O(n^2) \) and", "to O(n^2) and"),
        ("001:350", "scale of 1/text{depth} in", "scale of 1/depth in"),
        ("001:50", "rate width^{-c}, where", "rate width^-c, where"),
        ("000:71", r"propose \textsc{PromptMSP}, a", "propose PromptMSP, a"),
        ("000:143", "critical textit{O}bstacles:", "critical Obstacles:"),
        ("000:143", "called G_{stack}, exhibits", "called G_stack, exhibits"),
        ("000:151", r"remains \textit{agnostic to", "remains agnostic to"),
        ("000:171", r"introduce \tool: Large", "introduce tool: Large"),
        ("000:271", "can be {it misaligned} with", "can be misaligned with"),
        ("000:279", "$textbf{specialist} and textbf{generalist}$", "specialist and generalist"),
        ("001:88", r"employ \textit{unique identifiers} for", "employ unique identifiers for"),
        ("001:414", r"LLMs (\eg, LLaMA-2)", "LLMs (eg, LLaMA-2)"),
        ("001:414", "better than {GPT-3.5-Turbo}.", "better than GPT-3.5-Turbo."),
        (
            "001:460",
            r"\textbf{Positional \textbf{Integrity Encoding}",
            "Positional Integrity Encoding",
        ),
        ("001:702", r"\InfR~ aims", "InfR aims"),
        ("001:814", "Modeling$ (WorldPM)", "Modeling (WorldPM)"),
        ("001:856", r"size\break of", "size of"),
        ("002:145", r"an object\'s potential", "an object's potential"),
        ("002:161", r"regularization, \etc. However", "regularization, etc. However"),
        ("002:205", r"{\em parameter and retrieval} levels", "parameter and retrieval levels"),
        ("001:86", "systems [52, 58], Byte", "systems (52, 58), Byte"),
        ("001:346", "by [1] and", "by (1) and"),
        ("001:36", "Task~Arithmetic, Dare", "Task Arithmetic, Dare"),
        ("001:434", "(GRPO)~Shao-2024", "(GRPO) Shao-2024"),
        ("001:434", "DeepSeek-R1~Guo-2025", "DeepSeek-R1 Guo-2025"),
        ("001:976", "i)~fragility", "i) fragility"),
        ("000:59", "Prompting~(DAM-VP)", "Prompting (DAM-VP)"),
        ("001:166", "\"A is B'' occurs", '"A is B" occurs'),
        ("002:181", 'T\\"ULU 3', "TÜLU 3"),
        ("000:307", "datasets. % With the", "datasets. With the"),
        # Meaning that was lost, or that is meant, stays as it stands.
        ("000:215", "(epsilon=8{255})", "(epsilon=8{255})"),
        ("001:304", "only ~1/6 parameters", "only ~1/6 parameters"),
        ("001:852", "the ~ 0.25B parameter", "the ~ 0.25B parameter"),
        ("001:888", "budget of $1,000.", "budget of $1,000."),
        ("001:996", "on [HOSPITAL]'s", "on [HOSPITAL]'s"),
        ("001:534", "special [MASK] symbol", "special [MASK] symbol"),
        ("001:58", "into {[REASON]} and", "into {[REASON]} and"),
        ("001:702", "github. com/Reallm-Labs", "github. com/Reallm-Labs"),
        ("001:8", "huface.online", "huface.online"),
        ("001:41", "P$^2$ Law", "P^2 Law"),
        ("001:735", "$μ$nit Scaling", "μnit Scaling"),
        ("001:811", "S*: Test", "S*: Test"),
        ("002:291", "VILA^2: VILA", "VILA^2: VILA"),
        ("002:179", "TÜLU 3: Pushing", "TÜLU 3: Pushing"),
        ("001:801", "Better? -- An", "Better? -- An"),
    ],
)
def test_export_damage_in_the_seeds_is_undone_for_display(place, stored, shown):
    assert stored in seed(place)
    assert readable(stored) == shown
    assert shown in readable(seed(place))


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("4096 times 4096 pixels", "4096 × 4096 pixels"),
        ("27-90 times fewer", "27-90 times fewer"),
        ("every simple and simulated timestamp", "every simple and simulated timestamp"),
        ("legend, general, approximate 5", "legend, general, approximate 5"),
        (r"a \'el\`eve and na\"ive \c{c}a \v{S}", "a élève and naïve ça Š"),
        (r"\textbf{bold} \emph{it} \cite{x}", "bold it cite{x}"),
        ("a set {A, B} and {1, 2}", "a set {A, B} and {1, 2}"),
        ("evil\u202etxt\u200b \x1b[31mred\x9b5m\u061c\U000e0041!", "eviltxt [31mred5m!"),
        ("", ""),
    ],
)
def test_display_form_in_general(stored, shown):
    assert readable(stored) == shown


def test_a_footnote_becomes_a_remark():
    shown = readable(seed("001:48"))
    assert "concepts (A concept represents a coherent fragment" in shown
    assert "footnote" not in shown and shown.count("(") == shown.count(")")


def test_display_form_of_every_seed_is_final_and_free_of_macros():
    for text in ABSTRACTS:
        shown = readable(text)
        assert readable(shown) == shown
        assert "\\" not in shown
        assert not re.search(r"\d(?:times|sim)|\bsim\d|\[\d+\]|\s\s", shown)
        assert abs(len(shown) - len(text)) < 0.1 * len(text)


# --- search ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("LoRA-SB", "lora sb"), ("LoRA-SB", "LoRASB"), ("LoRA SB", "lora-sb"),
        ("Llama 2", "llama2"), ("Llama-2", "llama2"), ("LLaMA-2", "Llama2"),
        ("TÜLU 3", "tulu 3"), ('T\\"ULU 3', "Tulu-3"), ("P$^2$", "p2"), ("P^2", "P²"),
        ("$μ$nit", "munit"), ("µnit", "μnit"), ("VILA^2", "vila2"),
        ("quantisation", "quantization"), ("quantised", "quantize"), ("analyse", "analyzing"),
        ("colours", "color"), ("behavioural", "behavioral"), ("labelled", "labeled"),
        ("modelling", "modeling"), ("centre", "center"), ("specialised", "specialize"),
        ("1.58-bit", "1.58 bit"), ("1.58-bit", "1.58bit"), ("naïve", "naive"), ("½", "1/2"),
        ("models'", "model"), ("pruned", "pruning"), ("Adam’s", "adam"),
    ],
)  # fmt: skip
def test_spellings_of_one_thing_share_a_term(a, b):
    assert set(tokens(a)) & set(tokens(b))


@pytest.mark.parametrize(("a", "b"), [("LoRA-SB", "LoRA-XS"), ("1.58-bit", "1.5"), ("hour", "hor")])
def test_different_things_are_not_the_same_whole(a, b):
    assert tokens(a)[-1] != tokens(b)[-1]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("LoRA-SB", ["lora", "sb", "lorasb"]),
        ("llama2", ["llama", "2", "llama2"]),
        ("1.58-bit", ["1.58", "bit", "158bit"]),
        ("the of and", []),
        ("state-of-the-art", ["state", "art", "stateoftheart"]),
        ("on 8timesRTX", ["8", "rtx"]),
        (r"\textit{O}bstacles", ["obstacl"]),
        ("模型", ["模型"]),
        ("", []),
    ],
)
def test_index_terms(text, terms):
    assert tokens(text) == terms


def test_damage_does_not_hide_a_number_from_search():
    assert tokens("sim700 examples, 6.54times") == tokens("~700 examples, 6.54×")


def test_words_keep_compounds_and_drop_possessives():
    assert words("Adam's LoRA-SB at 1.58-bit") == ["adam", "lora-sb", "at", "1.58-bit"]
    assert words("C++, S*; VILA^2 (P$^2$)") == ["c++", "s", "vila^2", "p^2"]


def test_folding():
    assert fold("Ü²ﬁ") == "u2fi"
    assert fold("TÜLU, Øystein Straße Łódź") == "tulu, oystein strasse lodz"
    assert fold("μ µ α β λ") == "mu mu alpha beta lambda"


def test_squashing_leaves_only_letters_and_digits():
    assert squash("P$^2$ Law: A--B") == "p2lawab"
    assert squash("Only-IF:Revealing") == squash("only if : revealing")


def test_stems():
    assert stem("pruning") == stem("pruned") == "prune"
    assert stem("gpt4") == "gpt4" and stem("ides") == "ide"


# --- sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts",
    [
        ["We show this, e.g. in Fig. 3, by Smith et al. (2022).", "It works."],
        ["Models (e.g. Llama 3) and BERT, i.e. MLM, vs. GPT, w.r.t. cost.", "So they are."],
        ["As J. Smith and A. B. Jones say, it works, cf. Sec. 2.", "It does."],
        ["On ImageNet-1K.", "Our tiny variant wins."],
        ["Scaling by pass@N.", "Furthermore we suggest it."],
        ["Science and medical Q&A.", "Our results show it."],
        ["It is 4.5 points better at 3.14.", "See https://a.b/c.d?e=F.G for code."],
        ["Code is at https://github.com/a/b.", "We thank all."],
        ["It is at example.com/a.B for all.", "Yes."],
        ["See https://a.org/some.Model for code, or www.b.org/the.Data here.", "Yes."],
        ["The model is large.", "However, the cost is low."],
        ["We do three things: (1) one, (2) two. ".strip(), "Done."],
        ["with 1. compact sizes, and 2. speed."],
        ["Layers, heads, etc. are pruned.", "It works."],
        ["We prune layers, heads, etc.", "It works."],
        ["It was studied by Yang et al.", "However, transfer was not."],
        ["Does it help?", "Yes!", "It does"],
        ['He said "it works."', "Then it broke (badly.)", "[Sic.]", "End."],
        ["We wait ...", "Then we go."],
        ["It grows.", "xGen-MM is larger."],
        ["A first paragraph", "A second one"],
        ["It runs on Windows.", ".NET is needed."],
        [],
    ],
)  # fmt: skip
def test_sentence_boundaries(parts):
    glue = "\n\n" if parts and parts[0].endswith("paragraph") else " "
    assert split(glue.join(parts)) == parts


@pytest.mark.parametrize(
    ("place", "ends", "begins"),
    [
        ("000:55", "instance-wise annotation budget.", "Different from Point-DETR"),
        ("000:55", "RoI Fusion (D-RoI).", "Moreover, an"),
        ("000:55", "even in student models.", "Extensive experiments"),
        ("000:151", "accuracy on downstream tasks.", "Our project page"),
        ("000:343", "strong reasoning ability.", "OpenAI has claimed"),
        ("001:42", "amount of post-training data.", "Through extensive experiments"),
        ("001:42", "referred to as the P^2 Law.", "This law"),
        ("001:48", "their finetuned counterparts.", "Our results"),
        ("001:82", "longer input sequences. .", "You can find"),
        ("001:100", "quantization of weights.", "We benchmark"),
        ("001:100", "for smaller networks.", "We introduce tools"),
        ("001:112", "efficient LLM pre-training.", "We are open-sourcing"),
        ("001:520", "(Chinese knowledge-enhanced BERT).", "Specifically, both"),
        ("001:682", "for future research.", "Our code"),
        ("001:844", "model families and sizes.", "From a theoretical"),
        ("000:271", "compute via pass@N.", "Furthermore we"),
        ("001:776", "medical Q&A.", "Our experimental"),
        ("001:132", "studied in Yang et al.", "However, hyper"),
        ("001:316", "resulting suite of LMMs.", "xGen-MM, short"),
    ],
)
def test_sentences_that_an_exporter_glued_are_parted(place, ends, begins):
    parts = split(seed(place))
    found = [i for i, part in enumerate(parts[:-1]) if part.endswith(ends)]
    assert found and parts[found[0] + 1].startswith(begins)


@pytest.mark.parametrize(
    ("place", "inside"),
    [
        ("001:128", "(e.g. Llama 3) ZipNN"),
        ("001:174", "Hoffmann et al. (2022) with"),
        ("001:188", "(a.k.a. Data Parallelism)"),
        ("001:622", "50M vs. 2G FLOPs"),
        ("001:210", "(McKenzie et al. 2022)"),
        ("001:138", "(2). How to speed up"),
        ("000:407", "w.r.t. initial state"),
        ("001:646", "1) "),
        ("000:143", "https://llm-stacking.github.io/{https://llm-stacking.github.io/}."),
    ],
)
def test_no_seed_is_parted_inside(place, inside):
    assert any(inside in part for part in split(seed(place)))


@pytest.mark.slow
def test_spans_of_every_seed_abstract_are_ordered_and_lose_nothing():
    assert len(ABSTRACTS) == 721
    for text in ABSTRACTS:
        found = sentences(text)
        assert 2 <= len(found) <= 20
        end = 0
        for span in found:
            assert isinstance(span, Span) and end <= span.start < span.end <= len(text)
            assert not text[end : span.start].strip()
            assert text[span.start : span.end] == text[span.start : span.end].strip()
            end = span.end
        assert not text[end:].strip()


@pytest.mark.parametrize(
    "text", ["   ", "...", ". . .", "\n\n\n", "1.", "No end", " a. b. c. ", "é." * 50]
)
def test_odd_texts_lose_nothing_either(text):
    assert "".join("".join(split(text)).split()) == "".join(text.split())


# --- accents and addresses ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (r"G{\"o}del", "Gödel"), (r"Erd\H{o}s", "Erdős"), (r"\'{\i}ndice", "índice"),
        (r"\v{S}est\'ak", "Šesták"), (r"the model\'s size", "the model's size"),
    ],
)  # fmt: skip
def test_accents_of_latex_are_shown_as_letters(stored, shown):
    assert readable(stored) == shown


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Code at https://x.org/a_b.c.", ["https://x.org/a_b.c"]),
        ("(see github.com/x/y), www.z.net/q!", ["github.com/x/y", "www.z.net/q"]),
        (r"\url{https://x.org/a}{https://x.org/b}", ["https://x.org/a", "https://x.org/b"]),
        ("e.g. https:// or file.io or a.b", []),
    ],
)
def test_addresses_end_before_the_signs_of_the_sentence(text, addresses):
    assert URL.findall(text) == addresses
