"""Streams and answers of servers that are not quite the vendor: addresses instead of bytes, errors in the midst."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pybase64
import pytest

from maquette.core.action import Result, ServerEvent
from maquette.core.errors import ContentRejected, GenerationFailed, OutcomeUnknown
from maquette.providers.openai import PROVIDER
from maquette.providers.openai.image import album, streamed
from maquette.providers.openai.settings import Account
from tests.providers.lent import LentCall, lent

PICTURE = pybase64.b64encode(b"a picture").decode()
PARTIAL = {"type": "image_generation.partial_image", "b64_json": PICTURE}
DONE = {"type": "image_generation.completed", "b64_json": PICTURE, "size": "1024x1024"}


class Script:
    """Play events as the transport would yield them."""

    def __init__(self, events: Sequence[dict[str, Any] | str]) -> None:
        self._events = events

    async def stream(self, method: str, path: str, *, body: Any, parts: Any = ()) -> AsyncIterator[ServerEvent]:
        assert (method, path, body["stream"], parts) == ("POST", "/images/generations", True, ())
        for event in self._events:
            yield ServerEvent("message", event if isinstance(event, str) else json.dumps(event))


class ScriptedCall(LentCall):
    """A call whose one request is a script."""

    def __init__(self, base: LentCall, events: Sequence[dict[str, Any] | str]) -> None:
        self.__dict__ |= base.__dict__
        self.__dict__["_http"] = Script(events)


@pytest.fixture
async def call(tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, Account(), tmp_path) as made:
        yield made


async def play(call: LentCall, *events: dict[str, Any] | str) -> Result:
    return await streamed(ScriptedCall(call, events), "/images/generations", "own-model", body={"stream": True})


async def test_what_follows_the_last_event_of_the_vendor_is_passed_over(call: LentCall) -> None:
    result = await play(call, PARTIAL, DONE, "", "[DONE]")
    assert (result.outputs[0].content, result.cost) == (b"a picture", None)
    assert result.response == {"model": "own-model", "size": "1024x1024"}
    assert call.previews == [b"a picture"]


async def test_a_stream_without_an_end_leaves_the_outcome_open(call: LentCall) -> None:
    with pytest.raises(OutcomeUnknown, match="ended before"):
        await play(call, PARTIAL)
    with pytest.raises(OutcomeUnknown, match="not the JSON"):
        await play(call, PARTIAL, '{"type": "image_gener')


@pytest.mark.parametrize(
    ("code", "error"), [("moderation_blocked", ContentRejected), ("server_error", GenerationFailed)]
)
async def test_an_error_in_the_midst_of_a_stream_is_the_end_of_it(
    call: LentCall, code: str, error: type[Exception]
) -> None:
    with pytest.raises(error, match="it stopped"):
        await play(call, PARTIAL, {"type": "error", "error": {"code": code, "message": "it stopped"}})


def test_a_picture_may_come_as_an_address() -> None:
    body = {"data": [{"url": "https://example.org/a.png", "revised_prompt": "a red fox"}]}
    (output,) = album("own-model", json.dumps(body).encode()).outputs
    assert (output.url, output.content, output.notes) == (
        "https://example.org/a.png",
        None,
        {"revised_prompt": "a red fox"},
    )


@pytest.mark.parametrize("body", [b'{"data": [{}]}', b'{"data": []}', b"[]", b"\xff", b'{"data": [{"b64_json": 1}]}'])
def test_an_answer_without_a_picture_leaves_the_outcome_open(body: bytes) -> None:
    with pytest.raises(OutcomeUnknown):
        album("own-model", body)
