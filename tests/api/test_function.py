"""Actions as functions of a language model: the vendor's own SDK, its twin, and our server between the two."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest

from tests.api.running import ACTION, SMALL, Running
from tests.twins.running import Twin, running

FUNCTION = "media-painter-txt2img"
MODEL = "gpt-6-luna"
ASKED = "Call media-painter-txt2img and draw a red disc."


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("openai", tmp_path_factory.mktemp("openai")) as found:
        yield found


@pytest.fixture
def model(twin: Twin) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=f"{twin.url}/v1", api_key="sk-twin", max_retries=0, timeout=20) as made:
        yield made


def functions(client: httpx2.Client, **query: str) -> list[Any]:
    found: list[Any] = client.get("/api/v1/functions", params=query).json()["items"]
    return found


@pytest.mark.accepts("S2.33")
def test_a_model_of_the_responses_api_calls_a_function_and_gets_what_it_made(
    admin: httpx2.Client, model: openai.OpenAI
) -> None:
    tools = functions(admin)
    first = model.responses.create(model=MODEL, input=ASKED, tools=tools)
    call = first.output[0]
    assert (call.type, call.name) == ("function_call", FUNCTION)
    made = admin.post(f"/api/v1/functions/{call.name}", json={"arguments": call.arguments}).json()
    said: list[Any] = [
        {"role": "user", "content": ASKED},
        call.model_dump(),
        {"type": "function_call_output", "call_id": call.call_id, "output": made["output"]},
    ]
    last = model.responses.create(model=MODEL, input=said, tools=tools)
    assert made["assets"][0]["id"] in last.output_text
    assert admin.get(made["assets"][0]["url"]).headers["content-type"] == "image/png"


@pytest.mark.accepts("S2.33")
def test_a_model_of_chat_completions_calls_a_function_and_gets_what_it_made(
    admin: httpx2.Client, model: openai.OpenAI
) -> None:
    tools = functions(admin, shape="chat")
    messages: list[Any] = [{"role": "user", "content": ASKED}]
    reply = model.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0]
    assert reply.finish_reason == "tool_calls"
    assert reply.message.tool_calls is not None
    call: Any = reply.message.tool_calls[0]
    path = f"/api/v1/functions/{call.function.name}"
    made = admin.post(path, json={"arguments": call.function.arguments}).json()
    messages += [reply.message, {"role": "tool", "tool_call_id": call.id, "content": made["output"]}]
    last = model.chat.completions.create(model=MODEL, messages=messages, tools=tools).choices[0]
    assert made["assets"][0]["id"] in (last.message.content or "")


def test_the_schemas_are_those_of_the_catalog(admin: httpx2.Client) -> None:
    painter = next(row for row in functions(admin) if row["name"] == FUNCTION)
    assert painter["parameters"] == admin.get(f"/api/v1/actions/{ACTION}").json()["schema"]
    assert all(len(row["name"]) <= 64 for row in functions(admin))


def test_an_answer_has_links_and_stays_small(admin: httpx2.Client) -> None:
    answer = admin.post(f"/api/v1/functions/{FUNCTION}", json={"arguments": SMALL | {"n": 4}})
    made = answer.json()
    assert (answer.status_code, made["state"], made["total"]) == (200, "succeeded", 4)
    assert len(answer.content) <= 40_000
    assert [file["url"] for file in json.loads(made["output"])["files"]] == [row["url"] for row in made["assets"]]


def test_one_key_pays_once(admin: httpx2.Client) -> None:
    ask, key = {"arguments": SMALL}, {"Idempotency-Key": "function-1"}
    first = admin.post(f"/api/v1/functions/{FUNCTION}", json=ask, headers=key).json()
    again = admin.post(f"/api/v1/functions/{FUNCTION}", json=ask, headers=key).json()
    assert again["job"] == first["job"]


def test_bad_calls_are_told_what_to_do(admin: httpx2.Client) -> None:
    wrong = admin.post(f"/api/v1/functions/{FUNCTION}", json={"arguments": "{not json"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "params_invalid")
    for text in ("[1]", "7"):
        listed = admin.post(f"/api/v1/functions/{FUNCTION}", json={"arguments": text}).json()
        assert listed["errors"][0]["path"] == "arguments"
    unknown = admin.post("/api/v1/functions/media-painter-txt2imgg", json={"arguments": {}})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_action")
    both = admin.post("/api/v1/functions/generate", json={"arguments": {"media": "image", "preset": "x", "params": {}}})
    assert both.status_code == 422


def test_whatever_serves_a_medium_is_a_function_too(admin: httpx2.Client, server: Running) -> None:
    ask = {"arguments": {"media": "image", "params": SMALL}}
    made = admin.post("/api/v1/functions/generate", json=ask).json()
    assert (made["state"], made["assets"][0]["media"]) == ("succeeded", "image")
    with server.caller("viewer") as viewer:
        assert viewer.post("/api/v1/functions/generate", json=ask).status_code == 403
        assert functions(viewer)
