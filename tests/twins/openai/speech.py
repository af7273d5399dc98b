"""Turn text into speech."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Callable
from typing import Final

from tests.twins import sound
from tests.twins.desk import Order
from tests.twins.marker import asked
from tests.twins.openai import check
from tests.twins.openai.dialect import headers, refuse
from tests.twins.openai.model import SPEECH, served
from tests.twins.wire import Answer, Json, event_stream

FIELDS: Final = frozenset(("model", "input", "voice", "instructions", "response_format", "speed", "stream_format"))
VOICES: Final = frozenset(
    (
        *("alloy", "ash", "ballad", "coral", "echo", "fable", "onyx"),
        *("nova", "sage", "shimmer", "verse", "marin", "cedar"),
    )
)
LONGEST_INPUT: Final = 4096
CHUNK: Final = 16_384


def order(fields: Json, latency: Callable[[], float]) -> Order:
    """Check a request for speech and return its order."""
    check.known(fields, FIELDS)
    model = served(fields.get("model"), SPEECH)
    words = check.text(fields, "input", LONGEST_INPUT)
    check.required(fields, "voice")
    check.choice(fields, "voice", VOICES)
    kind = check.choice(fields, "response_format", tuple(sound.FORMATS), "mp3") or "mp3"
    stream_format = check.choice(fields, "stream_format", ("audio", "sse"), "audio")
    if model != "gpt-4o-mini-tts" and ("instructions" in fields or stream_format == "sse"):
        refuse(f"The model '{model}' takes neither 'instructions' nor 'stream_format' 'sse'.", "model")
    if not 0.25 <= float(fields.get("speed", 1)) <= 4:
        refuse("Invalid 'speed': expected a value from 0.25 to 4.", "speed")

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        data = await asyncio.to_thread(sound.FORMATS[kind][0], words, asked(words))
        answer = _events(words, data) if stream_format == "sse" else _bytes(data, sound.FORMATS[kind][1])
        return answer.told(headers())

    return Order(f"speech_{uuid.uuid4().hex}", asked(words), fulfil)


def _bytes(data: bytes, content_type: str) -> Answer:
    return Answer(_cut(data), content_type=content_type, streamed=True, hollow=b"")


def _events(words: str, data: bytes) -> Answer:
    spent = {"input_tokens": len(words) // 4 + 1, "output_tokens": len(data) // 2400 + 1}
    return event_stream(
        [
            *({"type": "speech.audio.delta", "audio": base64.b64encode(piece).decode()} for piece in _cut(data)),
            {"type": "speech.audio.done", "usage": {**spent, "total_tokens": sum(spent.values())}},
        ],
        named=False,
    )


def _cut(data: bytes) -> list[bytes]:
    return [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
