"""What is kept of a provider's answer for the record: its JSON without the strings that are bytes in disguise."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

import msgspec

from maquette.core.action import Answer

LONG = 2000
"""Characters above which a string is no longer for people."""

_SHOWN = 80
_STEP = LONG // 2
"""A run of more than `LONG` holds a whole step, wherever it begins."""
_AT_ONCE = 4 * 2**20


async def of(answer: Answer | None) -> Mapping[str, Any] | None:
    """Return the JSON of an answer with its long strings shortened, or None where it is no JSON."""
    if answer is None or "json" not in answer.headers.get("content-type", ""):
        return None
    if len(answer.body) <= _AT_ONCE:
        return _read(answer.body)
    return await asyncio.to_thread(_read, answer.body)


def shown(text: str, size: int) -> str:
    """Return the beginning of a long string, and how long it was."""
    return f"{text[:_SHOWN]}… ({size} characters)"


def _read(body: bytes) -> Mapping[str, Any] | None:
    for text in (_cut(body), body):
        with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
            return {"answer": msgspec.json.decode(text)}
    return None


def _cut(body: bytes) -> bytes:
    """Shorten the long plain strings of a JSON text before it is read: where there are any, they are nearly all of it.

    Long rows of numbers hold no quotes either; what is cut there is no JSON any more, and the whole is read instead.
    """
    kept, done, place = list[bytes](), 0, 0 if body.isascii() else len(body)
    while place < len(body):
        if body.find(b'"', place, place + _STEP) >= 0:
            place += _STEP
            continue
        begin, end = body.rfind(b'"', done, place) + 1, body.find(b'"', place)
        if end < 0:
            break
        if end - begin > LONG and body.find(b"\\", begin, end) < 0:
            kept += [body[done:begin], shown(body[begin : begin + _SHOWN].decode(), end - begin).encode()]
            done = end
        place = end + 1
    return b"".join([*kept, body[done:]])
