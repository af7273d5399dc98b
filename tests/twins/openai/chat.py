"""Serve the chat completions endpoint."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import Final

from tests.twins.desk import Order
from tests.twins.openai import check
from tests.twins.openai.dialect import headers
from tests.twins.openai.model import TEXT, served
from tests.twins.openai.text import Talk, talk
from tests.twins.openai.tool import Called, called
from tests.twins.wire import Answer, Json, event_stream, json_answer

FIELDS: Final = frozenset(
    (
        *("model", "messages", "response_format", "max_completion_tokens", "max_tokens", "n", "stop", "stream"),
        *("stream_options", "temperature", "top_p", "seed", "reasoning_effort", "store", "metadata"),
        *("presence_penalty", "frequency_penalty", "safety_identifier", "user"),
        *("tools", "tool_choice", "parallel_tool_calls"),
    )
)
DONE: Final = b"data: [DONE]\n\n"


def order(fields: Json, latency: Callable[[], float]) -> Order:
    """Check a request for a chat completion and return its order."""
    check.known(fields, FIELDS)
    model = served(fields.get("model"), TEXT)
    check.required(fields, "messages")
    shape = fields.get("response_format")
    if isinstance(shape, dict) and shape.get("type") == "json_schema":
        shape = {"type": "json_schema", **(shape.get("json_schema") or {})}
    said = talk(fields["messages"], shape, "messages")
    answered = any(message.get("role") == "tool" for message in fields["messages"])
    call = called(fields.get("tools"), said.prompt, answered)
    stream, options = check.flag(fields, "stream"), fields.get("stream_options") or {}
    head = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": model}

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        answer = _streamed(head, said, bool(options.get("include_usage"))) if stream else _whole(head, said, call)
        return answer.told(headers())

    return Order(str(head["id"]), said.marker, fulfil)


def _usage(said: Talk) -> Json:
    read, written = said.spent()
    return {"prompt_tokens": read, "completion_tokens": written, "total_tokens": read + written}


def _whole(head: Json, said: Talk, call: Called | None) -> Answer:
    content, refusal = (None, said.answer) if said.refused else (said.answer, None)
    message: Json = {"role": "assistant", "content": content, "refusal": refusal, "annotations": []}
    if call is not None:
        message |= {"content": None, "tool_calls": [call.part()]}
    finish = "stop" if call is None else "tool_calls"
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    body = {**head, "object": "chat.completion", "choices": [choice], "usage": _usage(said)}
    return json_answer(body, hollow={"object": "chat.completion", "choices": []})


def _streamed(head: Json, said: Talk, with_usage: bool) -> Answer:
    field = "refusal" if said.refused else "content"
    deltas: list[Json] = [{"role": "assistant", field: ""}, *({field: piece} for piece in said.pieces()), {}]
    chunks = [
        {
            **head,
            "object": "chat.completion.chunk",
            "choices": [{"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}],
        }
        for delta in deltas
    ]
    if with_usage:
        chunks.append({**head, "object": "chat.completion.chunk", "choices": [], "usage": _usage(said)})
    return event_stream(chunks, named=False, end=DONE)
