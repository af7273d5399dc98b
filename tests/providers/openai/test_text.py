"""Words at OpenAI and at servers that speak its protocol: answers, shapes, refusals."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import pytest

from maquette.core.action import Result, ServerEvent
from maquette.core.errors import ContentRejected, GenerationFailed, OutcomeUnknown
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.growing import chatted, responded
from maquette.providers.openai.settings import Account
from maquette.providers.openai.text import Reply, Write, chat_body, chat_reply, response_body, response_reply, written
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.running import Twin

PATHS = {"responses": "/v1/responses", "chat": "/v1/chat/completions"}
APIS: tuple[Literal["responses", "chat"], ...] = ("responses", "chat")


async def wrote(account: Account, folder: Path, params: Write) -> Result:
    async with lent(PROVIDER, account, folder) as call:
        return await PROVIDER.txt2txt(params, call)


@pytest.mark.parametrize("api", APIS)
async def test_a_prompt_is_answered_by_the_endpoint_that_the_account_names(
    account: Account, tmp_path: Path, twin: Twin, api: Literal["responses", "chat"]
) -> None:
    params = Write(prompt=f"name a fox [[m:text-{api}]]", instructions="Be short.", max_tokens=100)
    result = await wrote(account.model_copy(update={"api": api}), tmp_path, params)
    (output,) = result.outputs
    assert output.media == "text"
    assert f"(twin:text-{api})" in str(output.content)
    asked = [line for line in twin.log("submit") if line["marker"] == f"text-{api}"]
    assert [line["path"] for line in asked] == [PATHS[api]]


async def test_the_cost_of_a_text_is_computed_from_its_usage(account: Account, tmp_path: Path) -> None:
    result = await wrote(account, tmp_path, Write(prompt="name a fox"))
    usage = result.response["usage"]
    assert result.cost is not None
    assert usage["input"] > 0
    assert usage["output"] > 0
    assert result.cost.micro_usd == round(usage["input"] * 0.1 + usage["output"] * 0.5)


@pytest.mark.parametrize("api", APIS)
async def test_an_answer_follows_the_json_schema_that_was_given(
    account: Account, tmp_path: Path, api: Literal["responses", "chat"]
) -> None:
    schema = {
        "type": "object",
        "properties": {"title": {"type": "string"}, "year": {"type": "integer"}},
        "required": ["title", "year"],
        "additionalProperties": False,
    }
    params = Write(prompt="a film", json_schema=schema)
    result = await wrote(account.model_copy(update={"api": api}), tmp_path, params)
    answer = json.loads(str(result.outputs[0].content))
    assert answer.keys() == {"title", "year"}
    assert isinstance(answer["year"], int)


@pytest.mark.parametrize("api", APIS)
async def test_a_refusal_of_the_model_is_content_rejected(
    account: Account, tmp_path: Path, api: Literal["responses", "chat"]
) -> None:
    with pytest.raises(ContentRejected, match="can't help"):
        await wrote(account.model_copy(update={"api": api}), tmp_path, Write(prompt="no [[refuse]]"))


async def test_a_remembered_reply_is_not_asked_for_again(account: Account, tmp_path: Path, twin: Twin) -> None:
    memory, params = Memory(), Write(prompt="once [[m:text-once]]")
    async with lent(PROVIDER, account, tmp_path, memory) as first:
        made = await PROVIDER.txt2txt(params, first)
    async with lent(PROVIDER, account, tmp_path, memory) as second:
        assert await PROVIDER.txt2txt(params, second) == made
    assert twin.bills("text-once") == 1


def test_the_two_endpoints_are_asked_in_their_own_words() -> None:
    params = Write(prompt="p", instructions="i", max_tokens=64, effort="low", json_schema={"type": "object"})
    asked = response_body(params)
    assert asked["store"] is False
    assert (asked["instructions"], asked["max_output_tokens"], asked["reasoning"]) == ("i", 64, {"effort": "low"})
    assert asked["text"]["format"]["schema"] == {"type": "object"}
    chat = chat_body(params, official=False)
    assert [message["role"] for message in chat["messages"]] == ["system", "user"]
    assert (chat["max_tokens"], chat["reasoning_effort"]) == (64, "low")
    assert chat_body(params, official=True)["max_completion_tokens"] == 64
    assert chat_body(Write(prompt="p"), official=False).keys() == {"model", "messages"}


def test_a_text_that_was_cut_off_is_kept_and_marked() -> None:
    body = {"output": [{"type": "message", "content": [{"type": "output_text", "text": "half a"}]}]}
    body |= {"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    (output,) = written(Write(prompt="p"), response_reply(json.dumps(body).encode())).outputs
    assert (output.content, output.notes) == ("half a", {"cut": True})


def test_a_filtered_answer_is_content_rejected_and_a_failed_one_failed() -> None:
    choice = {"message": {"content": None}, "finish_reason": "content_filter"}
    filtered = chat_reply(json.dumps({"choices": [choice]}).encode())
    with pytest.raises(ContentRejected):
        written(Write(prompt="p"), filtered)
    failed = {"status": "failed", "output": [], "error": {"code": "server_error", "message": "it broke"}}
    with pytest.raises(GenerationFailed, match="it broke"):
        written(Write(prompt="p"), response_reply(json.dumps(failed).encode()))
    with pytest.raises(GenerationFailed, match="wrote nothing"):
        written(Write(prompt="p"), Reply(finish="stop"))


def test_cached_tokens_are_billed_at_their_own_rate_or_as_plain_ones() -> None:
    result = written(Write(prompt="p", model="gpt-6-luna"), Reply(text="t", input=1_000, cached=400, output=100))
    assert result.cost is not None
    assert result.cost.micro_usd == 150
    assert written(Write(prompt="p", model="own-model"), Reply(text="t", input=10)).cost is None


@pytest.mark.parametrize("api", APIS)
async def test_a_text_is_shown_while_it_is_written_and_ends_as_the_whole_one(
    account: Account, tmp_path: Path, twin: Twin, api: Literal["responses", "chat"]
) -> None:
    own, marker = account.model_copy(update={"api": api}), f"grow-{api}"
    whole = await wrote(own, tmp_path, Write(prompt=f"a long tale [[m:{marker}]]"))
    memory, made, shown = Memory(), list[Result](), list[str]()
    for _ in range(2):
        async with lent(PROVIDER, own, tmp_path, memory) as call:
            made.append(await PROVIDER.txt2txt(Write(prompt=f"a long tale [[m:{marker}]]", stream=True), call))
            shown += [content.decode() for content in call.previews]
    assert made[0] == made[1]
    assert made[0].outputs == whole.outputs
    assert made[0].cost == whole.cost is not None
    assert len(shown) > 2
    assert all(str(whole.outputs[0].content).startswith(text) for text in shown)
    assert twin.bills(marker) == 2


@pytest.mark.parametrize("api", APIS)
async def test_a_refusal_in_a_stream_is_one(
    account: Account, tmp_path: Path, api: Literal["responses", "chat"]
) -> None:
    with pytest.raises(ContentRejected):
        await wrote(account.model_copy(update={"api": api}), tmp_path, Write(prompt="no [[refuse]]", stream=True))


@pytest.mark.parametrize("api", APIS)
@pytest.mark.parametrize("fault", ["truncate", "reset_midway", "html"])
async def test_a_stream_that_breaks_leaves_the_outcome_open(
    account: Account, storm: Twin, tmp_path: Path, api: Literal["responses", "chat"], fault: str
) -> None:
    storm.set_faults(rate=1.0, elsewhere=0.0, kinds=[fault])
    there = account.model_copy(update={"api": api, "base_url": f"{storm.url}/v1"})
    with pytest.raises(OutcomeUnknown):
        await wrote(there, tmp_path, Write(prompt="a long tale", stream=True))


class Script(LentCall):
    """A call whose one stream is written beforehand."""

    def __init__(self, base: LentCall, *events: dict[str, Any]) -> None:
        self.__dict__ |= base.__dict__
        self.__dict__["_http"] = self
        self._events = events

    async def stream(self, *_: object, **__: object) -> AsyncIterator[ServerEvent]:
        for event in self._events:
            yield ServerEvent("message", json.dumps(event))


@pytest.mark.parametrize(
    ("follow", "events", "error", "says"),
    [
        (chatted, [{"choices": [{"delta": {"content": "half"}}]}], OutcomeUnknown, "before the text was complete"),
        (responded, [{"type": "response.output_text.delta", "delta": "half"}], OutcomeUnknown, "before the text"),
        (chatted, [{"error": {"message": "out of order"}}], GenerationFailed, "out of order"),
        (responded, [{"type": "error", "message": "out of order"}], GenerationFailed, "out of order"),
        (responded, [{"type": "error", "error": {"code": "content_filter"}}], ContentRejected, "content_filter"),
    ],
)
async def test_a_stream_that_ends_early_or_tells_an_error_is_no_text(
    account: Account, tmp_path: Path, follow: Any, events: list[dict[str, Any]], error: type[Exception], says: str
) -> None:
    async with lent(PROVIDER, account, tmp_path) as call:
        with pytest.raises(error, match=says):
            await follow(Script(call, *events), "/responses", {})
