"""Write down what a recording says: which the twin cannot know, so that it tells how long it is."""

from __future__ import annotations

import asyncio
import io
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from aiohttp import web

from tests.twins.desk import Order
from tests.twins.marker import asked, marker_in, spoken
from tests.twins.openai import check
from tests.twins.openai.dialect import headers, refuse
from tests.twins.openai.model import LISTENING, served
from tests.twins.wire import Answer, json_answer

FIELDS: Final = frozenset(
    (
        *("file", "model", "language", "languages[]", "keywords[]", "prompt", "response_format", "temperature"),
        *("timestamp_granularities[]", "chunking_strategy", "stream"),
    )
)
FORMATS: Final = ("json", "text", "srt", "verbose_json", "vtt")
START: Final = {"srt": "1\n00:00:00,000 --> 00:00:02,000\n", "vtt": "WEBVTT\n\n00:00.000 --> 00:02.000\n", "text": ""}


def order(form: Mapping[str, Any], latency: Callable[[], float]) -> Order:
    """Check a request for a transcript and return its order."""
    fields = dict(form)
    check.known(fields, FIELDS)
    served(fields.get("model"), LISTENING)
    kind = check.choice(fields, "response_format", FORMATS, "json") or "json"
    file = fields.get("file")
    if not isinstance(file, web.FileField):
        refuse("Missing required parameter: 'file'.", "file", "missing_required_parameter")
    data = file.file.read()
    seconds = _seconds(data)
    marker = asked(str(fields.get("prompt", ""))) or marker_in(data)
    text = f"A recording of {seconds} seconds. {spoken(marker)}"

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        if kind in START:
            return Answer(((START[kind] + text + "\n").encode(),), content_type="text/plain").told(headers())
        body = {"text": text, "usage": {"type": "duration", "seconds": seconds}}
        return json_answer(body, hollow={"text": ""}).told(headers())

    return Order(f"tr_{uuid.uuid4().hex}", marker, fulfil)


def _seconds(data: bytes) -> float:
    import av

    try:
        with av.open(io.BytesIO(data), "r") as container:
            return round((container.duration or 0) / 1_000_000, 1)
    except (av.error.FFmpegError, ValueError):
        refuse("The audio file could not be decoded or its format is not supported.", "file", "invalid_value")
