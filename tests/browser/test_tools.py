"""The page's functions for programs: Gradio's API and MCP."""

import asyncio
import json

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError
from mcp import ClientSession
from mcp.client.streamable_http import streamable_http_client

from tests.blocks import blocks
from tests.browser.visitor import serving
from tests.builders import QUESTION

TOOLS = {"search_papers", "ask", "get_paper"}


@pytest.fixture(scope="module")
def tools_url(home):
    with serving(home, "--mcp") as address:
        yield address


@pytest.fixture(scope="module")
def client(tools_url):
    return Client(tools_url, verbose=False)


def test_only_the_three_functions_are_an_interface(client):
    described = client.view_api(return_format="dict")
    assert set(described["named_endpoints"]) == {f"/{name}" for name in TOOLS}
    assert not described["unnamed_endpoints"]
    for endpoint in described["named_endpoints"].values():
        assert endpoint["description"] and endpoint["parameters"]


def test_questions_are_answered_with_citations(client):
    answer = client.predict(QUESTION, api_name="/ask")
    assert answer["status"] == "answered" and "30%" in answer["text"]
    (sentence, *_), (source, *_) = answer["sentences"], answer["sources"]
    assert sentence["support"] == "quoted" and sentence["citations"] == [source["number"]]
    assert source["quotes"] and source["paper"]["title"].startswith("KVSharer")
    refused = client.predict("What is the capital of Mongolia?", api_name="/ask")
    assert refused["status"] == "refused" and not refused["sources"]


def test_how_a_question_is_understood_is_told_and_can_be_corrected(client):
    told = client.predict(QUESTION, api_name="/ask")["plan"]
    assert (told["kind"], told["understood"]) == ("number", "a number, of KVSharer")
    again = client.predict(QUESTION, kind="list", api_name="/ask")
    assert again["plan"]["kind"] == "list" and again["text"].startswith(
        "1 paper fits:\n- KVSharer:"
    )
    with pytest.raises(AppError, match="kind is one of"):
        client.predict(QUESTION, kind="lst", api_name="/ask")


def test_papers_are_searched_and_fetched(client):
    found = client.predict("lossless compression", count=2, api_name="/search_papers")
    assert len(found) == 2 and found[0]["score"] >= found[1]["score"] and found[0]["passage"]
    assert not client.predict("x", year_from=2999, api_name="/search_papers")
    whole = client.predict(found[0]["id"], api_name="/get_paper")
    assert whole["title"] == found[0]["title"] and found[0]["passage"] in whole["abstract"]


def test_the_example_of_the_documents_runs(tools_url):
    (example,) = (b for b in blocks() if b.path.name == "page.md" and b.language == "python")
    names: dict = {}
    exec(example.code.replace("http://127.0.0.1:7860", tools_url), names)
    assert names["answer"]["status"] == "answered" and "33%" in names["answer"]["text"]


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [("/ask", "  ", "question is empty"), ("/get_paper", "nope", "no paper 'nope'")],
)
def test_a_mistake_is_one_sentence(client, name, given, said):
    with pytest.raises(AppError, match=said):
        client.predict(given, api_name=name)


def test_a_model_can_use_them_as_tools(tools_url):
    async def use():
        address = f"{tools_url}/gradio_api/mcp/"
        async with (
            streamable_http_client(address) as (reader, writer, _),
            ClientSession(reader, writer) as session,
        ):
            await session.initialize()
            tools = {tool.name: tool for tool in (await session.list_tools()).tools}
            answer = await session.call_tool("ask", {"question": QUESTION})
            wrong = await session.call_tool("get_paper", {"paper_id": "nope"})
            return tools, answer, wrong

    tools, answer, wrong = asyncio.run(use())
    assert set(tools) == TOOLS and all("Returns:" in t.description for t in tools.values())
    schema = tools["search_papers"].inputSchema
    assert schema["required"] == ["query"]
    assert all(field.get("description") for field in schema["properties"].values())
    assert "KVSharer" in answer.content[0].text and not answer.isError
    assert wrong.isError and "search for it first" in wrong.content[0].text
    assert json.dumps(schema).count("request") == 0
