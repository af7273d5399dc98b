"""Server-sent events: the log, encoded once, as bytes from one generator."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import msgspec
from fastapi.responses import StreamingResponse

from maquette.core.model import Event
from maquette.services.follow import Reset

OPENING = b"retry: 1000\n\n"
RESET = "stream.reset"
"""The type of what is sent where the log does not go on from the number asked for."""
PING = b": ping\n\n"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}


def respond(pieces: AsyncIterator[bytes], headers: dict[str, str] | None = None) -> StreamingResponse:
    """Return pieces of a stream as a response that no proxy holds back."""
    return StreamingResponse(pieces, headers=_HEADERS | (headers or {}), media_type="text/event-stream")


def block(event: str, data: Any, identifier: str | int | None = None) -> bytes:
    """Return one event; JSON has no raw line break, so the data is one line."""
    head = f"id: {identifier}\n" if identifier is not None else ""
    return f"{head}event: {event}\ndata: ".encode() + msgspec.json.encode(data) + b"\n\n"


def row(event: Event) -> bytes:
    """Return one entry of the log as an event."""
    return block(event.type, said(event), event.seq)


def said(entry: Event | Reset) -> dict[str, Any]:
    """Return what is sent of one entry of the log, or of its being unknown."""
    if isinstance(entry, Reset):
        return {"seq": entry.as_of, "job": None, "type": RESET, "data": {"as_of": entry.as_of}}
    return {"seq": entry.seq, "job": entry.job, "type": entry.type, "at": entry.at, "data": entry.data}


async def encoded(found: AsyncGenerator[Event | Reset | None, None]) -> AsyncIterator[bytes]:
    """Yield what is followed as bytes: an opening at once, a ping in silence."""
    yield OPENING
    async with aclosing(found) as entries:
        async for entry in entries:
            if entry is None:
                yield PING
            elif isinstance(entry, Reset):
                yield block(RESET, said(entry), entry.as_of)
            else:
                yield row(entry)
