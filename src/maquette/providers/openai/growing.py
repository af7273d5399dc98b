"""Show a text while it is written: the event streams of the two text endpoints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from maquette.core.action import Call, ServerEvent
from maquette.core.answer import decoded
from maquette.core.errors import OutcomeUnknown

from .text import ChatUsage, Reply, response_reply
from .wire import failure

_ENDS = frozenset({"response.completed", "response.incomplete", "response.failed"})


class _Step(msgspec.Struct):
    type: str = ""
    delta: str | None = None
    response: msgspec.Raw = msgspec.Raw()
    error: Any = None
    message: str | None = None


class _Delta(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    delta: _Delta | None = None
    finish_reason: str | None = None


class _Chunk(msgspec.Struct):
    choices: list[_Choice] = []
    id: str = ""
    model: str = ""
    usage: ChatUsage | None = None
    error: Any = None


async def responded(call: Call, path: str, body: Mapping[str, Any]) -> Reply:
    """Follow the Responses endpoint to the whole answer that ends its stream."""
    text = ""
    async for event in call.http.stream("POST", path, body={**body, "stream": True}):
        if _is_empty(event):
            continue
        step = decoded(event.data, _Step)
        if step.type == "error" or step.error is not None:
            raise failure(step.error or {"message": step.message or event.data})
        if step.type in _ENDS:
            return response_reply(bytes(step.response))
        if step.type == "response.output_text.delta" and step.delta:
            text += step.delta
            await call.preview(text.encode())
    raise OutcomeUnknown("The stream ended before the text was complete")


async def chatted(call: Call, path: str, body: Mapping[str, Any]) -> Reply:
    """Follow the Chat Completions endpoint and put its pieces together."""
    reply = Reply()
    said = {**body, "stream": True, "stream_options": {"include_usage": True}}
    async for event in call.http.stream("POST", path, body=said):
        if _is_empty(event):
            continue
        chunk = decoded(event.data, _Chunk)
        if chunk.error is not None:
            raise failure(chunk.error)
        _add(reply, chunk)
        if reply.text:
            await call.preview(reply.text.encode())
    if not reply.finish:
        raise OutcomeUnknown("The stream ended before the text was complete")
    return reply


def _is_empty(event: ServerEvent) -> bool:
    return event.data.strip() in ("", "[DONE]")


def _add(reply: Reply, chunk: _Chunk) -> None:
    reply.id, reply.model = chunk.id or reply.id, chunk.model or reply.model
    for choice in chunk.choices[:1]:
        delta = choice.delta or _Delta()
        reply.text += delta.content or ""
        reply.refused += delta.refusal or ""
        reply.finish = choice.finish_reason or reply.finish
    if chunk.usage is not None:
        chunk.usage.tell(reply)
