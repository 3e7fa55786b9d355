"""What goes over the wire to a language model and comes back, played from cassettes."""

import json
from pathlib import Path

import pytest

from rag import Assistant, Turn
from rag.errors import ModelError
from tests import ROOT
from tests.builders import QUESTION, real_embedder
from tests.wire import tapes
from tests.wire.model_server import ModelServer


@pytest.fixture(scope="module", autouse=True)
def server():
    """The local server, when cassettes are being recorded from it."""
    if tapes.RECORDING == "none":
        yield None
        return
    with ModelServer(tapes.PORT) as running:
        yield running


@pytest.fixture
def assistant(home, tmp_path):
    """Makes an assistant over the small library with a model of the local server."""

    def make(model: str = "", **settings) -> Assistant:
        given = {
            "llm": f"openai/{model or tapes.model()}",
            "llm_base_url": f"{tapes.LOCAL}/v1" if model else tapes.url(),
            "llm_api_key": tapes.PLANTED if model else tapes.key(),
            "cache": tmp_path / "cache", "k": 3, "llm_retries": 1,
        }  # fmt: skip
        return Assistant(home=home, embedding=real_embedder(), **{**given, **settings})

    return make


def grounded(answer) -> bool:
    """Whether an answer is cited, quoted verbatim, and free of keys."""
    quotes = [(c.paper.abstract, q) for c in answer.citations for q in c.quotes]
    return (
        answer.status == "answered" and bool(quotes) and "src-" not in answer.text
        and all(abstract[q.start : q.end] == q.text for abstract, q in quotes)
        and all(answer.text[s.start : s.end] for s in answer.sentences)
    )  # fmt: skip


@pytest.mark.real
def test_an_answer_is_streamed_cited_and_metered(assistant):
    with tapes.playing("streamed") as tape:
        steps = list(assistant().stream(QUESTION))
    written = [step.text for step in steps if step.stage == "write"]
    assert len(written) > 5 and written == sorted(written, key=len)
    assert not any("src-" in text or text.endswith("[") for text in written)
    answer = steps[-1]
    assert grounded(answer) and "30%" in answer.text and not answer.fallback
    assert answer.citations[0].paper.title.startswith("KVSharer")
    (sent,) = tapes.bodies(tape)
    assert sent["temperature"] == 0 and sent["stream"] is True
    assert sent["stream_options"] == {"include_usage": True}
    assert sent["max_completion_tokens"] == 1024 and "max_tokens" not in sent
    assert "KVSharer shares the key-value cache" in sent["messages"][1]["content"]
    assert answer.usage.calls == 1
    assert answer.usage.tokens_in > 300 and answer.usage.tokens_out > 10


@pytest.mark.real
def test_a_conversation_is_planned_by_a_call_and_a_simple_question_costs_none(assistant):
    history = [Turn("user", QUESTION), Turn("assistant", "By 30% [1].")]
    with tapes.playing("conversation") as tape:
        one = assistant()
        first = one.ask(QUESTION)
        second = one.ask("Does it need training?", history=history)
    assert first.query == QUESTION and "plan" not in first.usage.seconds
    assert "KVSharer" in second.query and second.question == "Does it need training?"
    assert [answer.usage.calls for answer in (first, second)] == [1, 2]
    assert {"plan", "retrieve", "decide", "answer", "verify"} <= set(second.usage.seconds)
    _, planning, answering = tapes.bodies(tape)
    assert "stream" not in planning or planning["stream"] is False
    assert f"user: {QUESTION}\nassistant: By 30% (1).\n" in planning["messages"][1]["content"]
    assert planning["messages"][1]["content"].endswith("Question: Does it need training?")
    assert "By 30%" not in answering["messages"][1]["content"]
    assert answering["messages"][1]["content"].endswith(f"Question: {second.query}")


@pytest.mark.real
def test_a_question_in_another_language_is_translated_and_answered_in_it(assistant):
    asked = "Um wie viel verkleinert KVSharer den Speicher des Caches?"
    with tapes.playing("translated") as tape:
        answer = assistant().ask(asked)
    planning, answering = tapes.bodies(tape)
    assert planning["messages"][1]["content"] == f"Question: {asked}"
    assert answer.query.startswith("By how much") and answer.plan.language == "de"
    assert answering["messages"][1]["content"].endswith(f"Question: {answer.query}")
    assert "\n- Answer in German.\n" in answering["messages"][0]["content"]
    assert answer.citations[0].paper.title.startswith("KVSharer") and answer.usage.calls == 2


def test_for_a_list_a_model_names_the_conditions_and_reads_only_papers_that_may_fit(assistant):
    with tapes.playing("listed") as tape:
        answer = assistant("scribe").ask("Which papers speed up generation of a full model?")
    _, answering = tapes.bodies(tape)
    assert answer.plan.kind == "list" and answer.plan.form == "list"
    assert answer.plan.facets == ("speed up generation of a full model",)
    system, asked = (message["content"] for message in answering["messages"])
    assert "Write one line for each paper that fits" in system and "About 200 words" in system
    assert len(answer.hits) == 6 and 0 < asked.count("<passage ") < 6
    assert "Speculative Decoding" in asked and "Lossless Compression" not in asked


@pytest.mark.real
def test_openai_embeddings_come_as_unit_vectors():
    from rag.embed.load import load_embedder

    with tapes.playing("embeddings") as tape:
        embedder = load_embedder(
            "openai/text-embedding-3-small", cache_dir=Path("cache"), api_key=tapes.key(),
            base_url=tapes.url(),
        )  # fmt: skip
        vectors = embedder.embed(["A paper on caches.", "", "Another one."])
    assert vectors.shape[0] == 3 and vectors.shape[1] > 2
    assert abs((vectors**2).sum(axis=1) - 1).max() < 1e-5
    (sent,) = tapes.bodies(tape)
    assert sent["model"] == "text-embedding-3-small" and len(sent["input"]) == 3
    assert "" not in sent["input"]


@pytest.mark.real
def test_a_model_is_checked_by_a_plain_call(assistant):
    from rag.llm.model import probe

    with tapes.playing("plain") as tape:
        assert probe(assistant().settings, "answer") == ""
    (sent,) = tapes.bodies(tape)
    assert "stream_options" not in sent and sent["messages"][0]["role"] == "user"


def test_azure_is_asked_by_deployment_and_version(assistant):
    with tapes.playing("azure") as tape:
        answer = assistant(
            llm="azure/scribe", llm_base_url=tapes.LOCAL, llm_api_key="",
            azure_openai_api_key=tapes.PLANTED,
        ).ask(QUESTION)  # fmt: skip
    (request,) = tape.requests
    assert request.path == "/openai/deployments/scribe/chat/completions"
    assert request.query == [("api-version", "2024-10-21")]
    assert grounded(answer) and "30%" in answer.text


def test_ollama_is_asked_in_its_own_protocol(assistant):
    history = [Turn("user", QUESTION), Turn("assistant", "By 30% [1].")]
    with tapes.playing("ollama") as tape:
        answer = assistant(
            llm="ollama/scribe", llm_base_url=tapes.LOCAL, seed=7, context=4096
        ).ask("Does it need training?", history=history)  # fmt: skip
    planning, answering = tapes.bodies(tape)
    assert (planning["stream"], answering["stream"]) == (False, True)
    assert answering["options"] == {
        "temperature": 0.0, "num_ctx": 4096, "num_predict": 1024, "seed": 7
    }  # fmt: skip
    assert "KVSharer" in answer.query and grounded(answer)
    assert answer.usage.calls == 2 and answer.usage.cost == 0 and answer.usage.tokens_in > 300


def test_what_it_cost_is_told_by_the_users_own_prices(assistant, tmp_path):
    prices = tmp_path / "prices.json"
    prices.write_text('{"models": {"scribe": [4096, 2.0, 8.0]}}')
    with tapes.playing("priced"):
        one = assistant("scribe", prices=prices)
        usage = one.ask(QUESTION).usage
    assert usage.cost == pytest.approx((2 * usage.tokens_in + 8 * usage.tokens_out) / 1e6)
    total = usage + usage
    assert (total.calls, total.tokens_in) == (2, 2 * usage.tokens_in)
    assert total.cost == pytest.approx(2 * usage.cost)


def test_the_same_request_is_not_paid_for_twice(assistant):
    with tapes.playing("cached") as tape:
        one = assistant("scribe")
        first, second = one.ask(QUESTION), one.ask(QUESTION)
        anew = one.ask(QUESTION, fresh=True)
    assert len(tape.requests) == 2
    assert first.text == second.text == anew.text
    assert [a.usage.calls for a in (first, second, anew)] == [1, 0, 1]
    assert (second.usage.cached, second.usage.tokens_in, second.usage.cost) == (1, 0, 0)


@pytest.mark.parametrize(
    ("model", "said", "arrives"),
    [
        ("scribe-401", "refused the key (401): set a valid one in RAG_LLM_API_KEY", False),
        ("scribe-404", "has no model 'scribe-404'", False),
        ("scribe-quota", "has no quota left", False),
        ("scribe-limited", "too many requests (429); it asks to wait 90 s", False),
        ("scribe-500", "failed on its side (500)", False),
        ("scribe-echo", "rejected the request (400)", False),
        ("scribe-json", "is not the protocol of openai", False),
        ("scribe-page", "is not the protocol of openai", False),
        ("scribe-empty", "sent an empty reply", False),
        ("scribe-uncited", "cited none of the abstracts", True),
        ("scribe-cut", "broke off in mid-answer", True),
        ("scribe-sse", "is not the protocol of openai", True),
        ("scribe-midway", "failed on its side", True),
        ("scribe-endless", "was cut at 1024 tokens", True),
    ],
)
def test_a_failure_is_one_sentence_and_the_extractive_answer_follows(
    assistant, model, said, arrives
):
    with tapes.playing(model) as tape:
        *_, answer = assistant(model).stream(QUESTION)
    assert said in answer.notice and "\n" not in answer.notice
    assert answer.fallback and answer.status == "answered"
    before, label, after = answer.text.partition("Without the model, from the abstracts:")
    assert label and "30%" in after and bool(before.strip()) is arrives
    extracted = [s for s in answer.sentences if s.start > len(before)]
    assert extracted and {s.support for s in extracted} == {"quoted"}
    assert "\n“" in after and "” [" in after
    twice = ("scribe-500", "scribe-json", "scribe-page")  # repeated; asked again without a stream
    assert len(tape.requests) == (2 if model in twice else 1)
    shown = json.dumps(answer.to_dict())
    assert tapes.PLANTED not in shown and "src-" not in shown


@pytest.mark.parametrize("model", ["scribe-401", "scribe-cut"])
def test_without_fallback_what_arrived_stands_and_else_the_error_is_raised(assistant, model):
    with tapes.playing(f"{model}-alone"):
        one = assistant(model, fallback=False)
        if model == "scribe-401":
            with pytest.raises(ModelError, match="refused the key"):
                one.ask(QUESTION)
            return
        answer = one.ask(QUESTION)
    assert (answer.status, answer.reason, answer.fallback) == ("partial", "model_failed", False)
    assert answer.text and "broke off" in answer.notice


def test_errors_are_never_cached(assistant):
    with tapes.playing("error-again") as tape:
        one = assistant("scribe-404")
        assert one.ask(QUESTION).fallback and one.ask(QUESTION).fallback
    assert len(tape.requests) == 2


def test_a_rate_limit_is_waited_out(assistant):
    with tapes.playing("scribe-rate") as tape:
        answer = assistant("scribe-rate").ask(QUESTION)
    assert len(tape.requests) == 2 and grounded(answer) and not answer.notice


def test_a_context_too_long_is_halved_once(assistant):
    with tapes.playing("scribe-context") as tape:
        answer = assistant("scribe-context", k=6).ask(QUESTION)
    counts = [body["messages"][1]["content"].count("<passage ") for body in tapes.bodies(tape)]
    assert counts == [6, 3]
    assert grounded(answer) and "read the first 3" in answer.notice and not answer.fallback


def test_a_parameter_that_the_model_does_not_take_is_left_out(assistant):
    with tapes.playing("scribe-parameter") as tape:
        answer = assistant("scribe-parameter").ask(QUESTION)
    first, second = tapes.bodies(tape)
    assert "temperature" in first and "temperature" not in second
    assert grounded(answer) and not answer.notice


def test_unknown_citations_vanish_and_are_counted(assistant):
    with tapes.playing("scribe-unknown"):
        answer = assistant("scribe-unknown").ask(QUESTION)
    assert answer.dropped == 2 and "zzzz" not in answer.text and "[7]" not in answer.text
    assert [s.support for s in answer.sentences] == ["supported", "uncited", "uncited"]
    assert answer.sentences[1].why == "cites nothing"


def test_a_part_that_is_not_answered_makes_the_answer_partial(assistant):
    with tapes.playing("scribe-partial"):
        answer = assistant("scribe-partial").ask(QUESTION)
    assert (answer.status, answer.reason) == ("partial", "not_stated")
    assert answer.text.endswith("\n\nNot answered by the abstracts: what it costs.")
    assert "NOT ANSWERED" not in answer.text and len(answer.sentences) == 1


@pytest.mark.parametrize("model", ["scribe-refuse", "scribe-sorry"])
def test_a_refusal_by_the_model_is_the_same_typed_status(assistant, model):
    with tapes.playing(model):
        *steps, answer = assistant(model).stream(QUESTION)
    assert (answer.status, answer.reason) == ("refused", "not_stated")
    assert not answer.citations and not answer.fallback and not answer.notice
    assert not any("NOT" in step.text for step in steps)


def test_thinking_aloud_is_not_shown(assistant):
    with tapes.playing("scribe-think"):
        *steps, answer = assistant("scribe-think").stream(QUESTION)
    assert grounded(answer) and answer.dropped == 0
    assert not any("think" in step.text or "user asks" in step.text for step in steps)


def test_an_answer_is_checked_by_one_more_call_that_may_be_another_models(assistant):
    with tapes.playing("checked") as tape:
        *steps, answer = assistant("scribe-reword", llm_check="openai/scribe-small").stream(
            QUESTION
        )
    writing, checking = tapes.bodies(tape)
    assert [writing["model"], checking["model"]] == ["scribe-reword", "scribe-small"]
    assert checking["messages"][0]["content"].startswith("You check sentences that others wrote")
    sent = checking["messages"][1]["content"]
    assert "\n1. (abstracts: A1) As it is put: It reduces the memory" in sent
    assert sent.count("<passage key=") == len(answer.citations) == 2 and "src-" not in sent
    assert grounded(answer) and not answer.notice
    assert [(s.support, s.score) for s in answer.sentences] == [("supported", 1.0)] * 2
    assert answer.sentences[0].quote.text.startswith("It reduces the memory of the cache by 30%")
    assert (answer.usage.calls, answer.usage.check_calls) == (1, 1)
    assert answer.usage.check_tokens > 300
    assert (steps[-1].stage, steps[-1].text, steps[-1].sentences) == ("check", answer.text, ())


def test_sentences_found_wrong_are_marked_and_mended_where_asked_for(assistant):
    with tapes.playing("repair") as tape:
        marked = assistant("scribe-false").ask(QUESTION)
        mended = assistant("scribe-false", repair=True, answer_cache=False).ask(QUESTION)
    assert [s.support for s in marked.sentences] == ["supported", "uncited"]
    assert marked.sentences[1].why == "no sentence has these words"
    assert "4711" not in mended.text and {s.support for s in mended.sentences} == {"supported"}
    assert (marked.usage.calls, mended.usage.calls) == (1, 2) and "repair" in mended.usage.seconds
    assert (marked.usage.check_calls, mended.usage.check_calls) == (1, 1)
    *_, repairing = tapes.bodies(tape)
    assert "4711 GPUs on Mars.\n  (no sentence has" in repairing["messages"][1]["content"]


def test_optional_steps_ask_the_model_for_queries_order_and_summaries(assistant):
    with tapes.playing("optional") as tape:
        answer = assistant(
            "scribe", queries=3, rerank="llm", summaries=True, llm_rewrite="openai/scribe-small"
        ).ask(QUESTION)  # fmt: skip
    sent = tapes.bodies(tape)
    assert [body["model"] for body in sent] == ["scribe-small"] * 5 + ["scribe"]
    starts = [body["messages"][0]["content"].split()[0] for body in sent]
    assert starts == ["Write", "Order", "Summarise", "Summarise", "Summarise", "You"]
    assert answer.usage.calls == 6 and answer.status == "answered" and answer.citations
    assert {"retrieve", "rerank", "summaries"} <= set(answer.usage.seconds)


def test_a_failing_optional_step_is_left_out_and_told(assistant):
    with tapes.playing("optional-failing"):
        answer = assistant(
            "scribe", queries=2, summaries=True, llm_rewrite="openai/scribe-404"
        ).ask(QUESTION)  # fmt: skip
    assert grounded(answer) and "has no model 'scribe-404'" in answer.notice
    assert not answer.fallback


def test_cassettes_are_small_and_hold_no_secret():
    files = sorted(tapes.FOLDER.glob("*.yaml"))
    assert sum(path.stat().st_size for path in files) < 1_000_000
    for path in files:
        text = path.read_text().lower()
        assert tapes.PLANTED not in text and "authorization" not in text and "api-key:" not in text


def test_every_cassette_is_played_by_a_test():
    source = "".join(p.read_text() for p in (ROOT / "tests").rglob("test_*.py"))
    for path in tapes.FOLDER.glob("*.yaml"):
        assert f'"{path.stem.removesuffix("-alone")}"' in source, path
