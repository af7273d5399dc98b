"""Serve `generateContent`: texts and pictures."""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections.abc import Callable
from typing import Final

from tests.twins.desk import Order
from tests.twins.google.dialect import no_model, refuse
from tests.twins.marker import asked
from tests.twins.picture import Picture, painted
from tests.twins.vendor import REFUSE, Words, unknown, words
from tests.twins.wire import Answer, Json, Refused, json_answer

TEXT: Final = ("gemini-3.8-flash", "gemini-flash-latest", "gemini-flash-lite-latest", "gemini-4-hydrogen")
IMAGE: Final = ("gemini-nano-banana-2.1", "gemini-3-pro-image", "gemini-3.1-flash-image")
FIELDS: Final = frozenset(
    ("contents", "generationConfig", "safetySettings", "systemInstruction", "tools", "toolConfig", "cachedContent")
)
CONFIG: Final = frozenset(
    (
        *("maxOutputTokens", "responseMimeType", "responseJsonSchema", "responseModalities", "imageConfig"),
        *("thinkingConfig", "temperature", "topP", "topK", "seed", "stopSequences", "candidateCount", "speechConfig"),
    )
)
RATIOS: Final = frozenset(
    "1:1 2:3 3:2 3:4 4:3 4:5 5:4 9:16 16:9 21:9 1:4 4:1 1:8 8:1".split()  # noqa: SIM905 - reads best as the vendor's list
)
SIZES: Final = {"512": 747, "1K": 1120, "2K": 1680, "4K": 2520}
LEVELS: Final = ("MINIMAL", "LOW", "MEDIUM", "HIGH")
THRESHOLDS: Final = frozenset(("BLOCK_LOW_AND_ABOVE", "BLOCK_MEDIUM_AND_ABOVE", "BLOCK_ONLY_HIGH", "BLOCK_NONE", "OFF"))


def order(model: str, fields: Json, latency: Callable[[], float]) -> Order:
    """Check a request and return its order."""
    if model not in (*TEXT, *IMAGE):
        raise Refused(no_model(model, "generateContent"))
    _check(fields)
    config = fields.get("generationConfig") or {}
    said = words(_prompt(fields), config.get("responseJsonSchema"))
    _check_pictures(fields)
    make = _drawn if model in IMAGE else _written

    async def fulfil() -> Answer:
        await asyncio.sleep(latency())
        return json_answer(await asyncio.to_thread(make, model, said, config))

    return Order(uuid.uuid4().hex, said.marker, fulfil)


def _check(fields: Json) -> None:
    config = fields.get("generationConfig") or {}
    if name := unknown(fields, FIELDS) or unknown(config, CONFIG):
        refuse(f'Invalid JSON payload received. Unknown name "{name}": Cannot find field.')
    if not fields.get("contents"):
        refuse("contents are not specified")
    if (config.get("thinkingConfig") or {}).get("thinkingLevel", "LOW") not in LEVELS:
        refuse("Invalid value at 'generation_config.thinking_config.thinking_level'.")
    shape = config.get("imageConfig") or {}
    if shape.get("aspectRatio", "1:1") not in RATIOS or shape.get("imageSize", "1K") not in SIZES:
        refuse("Invalid imageConfig.")
    if any(each.get("threshold") not in THRESHOLDS for each in fields.get("safetySettings") or ()):
        refuse("Invalid safetySettings.")


def _prompt(fields: Json) -> str:
    return "\n".join(str(part.get("text", "")) for each in fields["contents"] for part in each["parts"])


def _check_pictures(fields: Json) -> None:
    for part in (part for each in fields["contents"] for part in each["parts"]):
        if found := part.get("inlineData"):
            if not str(found.get("mimeType")).startswith("image/"):
                refuse("Unsupported MIME type")
            base64.b64decode(found["data"], validate=True)


def _base(model: str, read: int) -> Json:
    return {"modelVersion": model, "responseId": uuid.uuid4().hex, "usageMetadata": {"promptTokenCount": read}}


def _written(model: str, said: Words, _: Json) -> Json:
    read, written = said.spent()
    body = _base(model, read)
    if said.refused:
        return body | {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}}
    usage = {"promptTokenCount": read, "candidatesTokenCount": written, "totalTokenCount": read + written}
    content = {"role": "model", "parts": [{"text": "hm", "thought": True}, {"text": said.answer}]}
    return body | {"candidates": [{"content": content, "finishReason": "STOP", "index": 0}], "usageMetadata": usage}


def _drawn(model: str, said: Words, config: Json) -> Json:
    read, _ = said.spent()
    if REFUSE in said.prompt:
        return _base(model, read) | {"candidates": [{"finishReason": "IMAGE_SAFETY", "index": 0}]}
    shape = config.get("imageConfig") or {}
    across, down = map(int, shape.get("aspectRatio", "1:1").split(":"))
    width = max(96, round(320 * (across / down) ** 0.5))
    data = painted(Picture(width, max(96, round(102_400 / width)), said.prompt, asked(said.prompt)))
    tokens = SIZES[shape.get("imageSize", "1K")]
    usage = {
        "promptTokenCount": read,
        "candidatesTokenCount": tokens + 5,
        "candidatesTokensDetails": [{"modality": "IMAGE", "tokenCount": tokens}, {"modality": "TEXT", "tokenCount": 5}],
        "thoughtsTokenCount": 7,
        "totalTokenCount": read + tokens + 12,
    }
    picture = {"inlineData": {"mimeType": "image/png", "data": base64.b64encode(data).decode()}}
    content = {"role": "model", "parts": [{"text": "Here it is."}, picture]}
    return _base(model, read) | {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
        "usageMetadata": usage,
    }
