"""Serve the Responses endpoint."""

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
        *("model", "input", "instructions", "text", "max_output_tokens", "reasoning", "stream", "store"),
        *("background", "metadata", "temperature", "top_p", "safety_identifier", "user", "truncation"),
        *("tools", "tool_choice", "parallel_tool_calls"),
    )
)


def order(fields: Json, latency: Callable[[], float]) -> Order:
    """Check a request for a response and return its order."""
    check.known(fields, FIELDS)
    model = served(fields.get("model"), TEXT)
    check.required(fields, "input")
    said = talk(fields["input"], (fields.get("text") or {}).get("format"), "input")
    call = called(fields.get("tools"), said.prompt, _has_output(fields["input"]))
    stream = check.flag(fields, "stream")
    name = f"resp_{uuid.uuid4().hex}"

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        whole = _response(name, model, fields, said, call)
        answer = event_stream(_events(whole, said)) if stream else json_answer(whole, hollow={"object": "response"})
        return answer.told(headers())

    return Order(name, said.marker, fulfil)


def _has_output(given: object) -> bool:
    return isinstance(given, list) and any(item.get("type") == "function_call_output" for item in given)


def _part(said: Talk, text: str) -> Json:
    if said.refused:
        return {"type": "refusal", "refusal": text}
    return {"type": "output_text", "text": text, "annotations": [], "logprobs": []}


def _message(name: str, status: str, content: list[Json]) -> Json:
    return {
        "id": name.replace("resp_", "msg_"),
        "type": "message",
        "role": "assistant",
        "status": status,
        "content": content,
    }


def _response(name: str, model: str, fields: Json, said: Talk, call: Called | None) -> Json:
    read, written = said.spent()
    output = call.item() if call else _message(name, "completed", [_part(said, said.answer)])
    return {
        "id": name,
        "object": "response",
        "created_at": int(time.time()),
        "status": "completed",
        "model": model,
        "error": None,
        "incomplete_details": None,
        "instructions": fields.get("instructions"),
        "metadata": fields.get("metadata") or {},
        "max_output_tokens": fields.get("max_output_tokens"),
        "output": [output],
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": fields.get("tools") or [],
        "temperature": 1.0,
        "top_p": 1.0,
        "text": fields.get("text") or {"format": {"type": "text"}},
        "usage": {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + written,
        },
    }


def _events(whole: Json, said: Talk) -> list[Json]:
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    name, kind = str(whole["id"]), "refusal" if said.refused else "output_text"
    final = "refusal" if said.refused else "text"
    extra: Json = {} if said.refused else {"logprobs": []}
    place = {"item_id": name.replace("resp_", "msg_"), "output_index": 0, "content_index": 0}
    events: list[Json] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {"type": "response.output_item.added", "output_index": 0, "item": _message(name, "in_progress", [])},
        {"type": "response.content_part.added", **place, "part": _part(said, "")},
        *({"type": f"response.{kind}.delta", **place, "delta": piece, **extra} for piece in said.pieces()),
        {"type": f"response.{kind}.done", **place, final: said.answer, **extra},
        {"type": "response.content_part.done", **place, "part": _part(said, said.answer)},
        {"type": "response.output_item.done", "output_index": 0, "item": whole["output"][0]},
        {"type": "response.completed", "response": whole},
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]
