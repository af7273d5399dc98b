"""Generate and edit images."""

from __future__ import annotations

import asyncio
import base64
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from tests.twins.desk import Order
from tests.twins.marker import asked
from tests.twins.openai import check
from tests.twins.openai.dialect import headers, refuse
from tests.twins.openai.model import IMAGE, served
from tests.twins.picture import Picture, moving, painted
from tests.twins.wire import Answer, Json, event_stream, json_answer

FIELDS: Final = frozenset(
    (
        *("model", "prompt", "n", "size", "quality", "complexity", "background", "output_format"),
        *("output_compression", "stream", "partial_images", "safety_identifier", "user"),
        *("frame_count", "frame_duration_ms"),
    )
)
GENERATE_FIELDS: Final = FIELDS | {"moderation"}
EDIT_FIELDS: Final = FIELDS | {"image", "mask", "markup", "input_fidelity"}
QUALITIES: Final = ("auto", "low", "medium", "high", "xhigh", "max")
EFFORT: Final = {"low": 16, "medium": 48, "high": 96, "xhigh": 96, "max": 96}
DEFAULT_SIZE: Final = (1024, 1024)
LONGEST_PROMPT: Final = 32_000


@dataclass(frozen=True)
class Wish:
    """Hold a checked request for images.

    Attributes:
        kind: `image_generation` or `image_edit`, as the events are named.
        inputs: How many images were sent along.
    """

    kind: str
    prompt: str
    count: int
    width: int
    height: int
    quality: str
    background: str
    output_format: str
    compression: int
    stream: bool
    partials: int
    frames: int
    inputs: int = 0

    @property
    def size(self) -> str:
        """Return the size as the vendor writes it."""
        return f"{self.width}x{self.height}"


def wished(kind: str, fields: Json, names: frozenset[str], inputs: int = 0) -> Wish:
    """Check the fields of a request for images."""
    check.known(fields, names)
    prompt = check.text(fields, "prompt", LONGEST_PROMPT)
    served(fields.get("model"), IMAGE)
    output_format = check.choice(fields, "output_format", ("png", "jpeg", "webp", "gif"), "png") or "png"
    background = check.choice(fields, "background", ("auto", "opaque", "transparent"), "auto") or "auto"
    if background == "transparent" and output_format == "jpeg":
        refuse("Transparent background is not supported for 'jpeg' output format.", "background")
    if "frame_count" in fields and output_format != "gif":
        refuse("frame_count needs the output format 'gif'.", "frame_count")
    if "output_compression" in fields and output_format == "png":
        refuse("Compression less than 100 is not supported for PNG output format.", "output_compression")
    check.choice(fields, "moderation", ("auto", "low"))
    check.choice(fields, "complexity", ("low", "medium", "high"))
    quality = check.choice(fields, "quality", QUALITIES, "auto") or "auto"
    width, height = _size(fields.get("size", "auto"))
    return Wish(
        kind=kind,
        prompt=prompt,
        count=check.whole(fields, "n", 1, 10, 1),
        width=width,
        height=height,
        quality="medium" if quality == "auto" else quality,
        background="opaque" if background == "auto" else background,
        output_format=output_format,
        compression=check.whole(fields, "output_compression", 0, 100, 100),
        stream=check.flag(fields, "stream"),
        partials=check.whole(fields, "partial_images", 0, 3, 0),
        frames=check.whole(fields, "frame_count", 2, 16, 9),
        inputs=inputs,
    )


def order(wish: Wish, latency: Callable[[], float]) -> Order:
    """Return the order for a checked request."""

    async def fulfil() -> Answer:
        answer = await asyncio.to_thread(_answer, wish, latency())
        if not wish.stream:
            await asyncio.sleep(latency())
        return answer.told(headers())

    return Order(f"img_{uuid.uuid4().hex}", asked(wish.prompt), fulfil, wish.count)


def usage(wish: Wish) -> Json:
    """Return the tokens of a request, by the formula that fits the vendor's published figures."""
    long, short = max(wish.width, wish.height), min(wish.width, wish.height)
    effort = EFFORT[wish.quality]
    tokens = -(-effort * round(effort * short / long) * (2_000_000 + wish.width * wish.height) // 4_000_000)
    produced, words, seen = tokens * wish.count + 100 * wish.partials, len(wish.prompt) // 4 + 1, 300 * wish.inputs
    return {
        "input_tokens": words + seen,
        "input_tokens_details": {"text_tokens": words, "image_tokens": seen},
        "output_tokens": produced,
        "output_tokens_details": {"text_tokens": 0, "image_tokens": produced},
        "total_tokens": words + seen + produced,
    }


def _size(value: object) -> tuple[int, int]:
    if value == "auto":
        return DEFAULT_SIZE
    found = re.fullmatch(r"(\d{2,4})x(\d{2,4})", str(value))
    if not found:
        refuse(f"Invalid value: '{value}'. Expected 'auto' or 'WIDTHxHEIGHT'.", "size")
    width, height = int(found[1]), int(found[2])
    if width % 16 or height % 16:
        refuse(f"Invalid size '{value}': width and height must be multiples of 16.", "size")
    if max(width, height) > 3 * min(width, height):
        refuse(f"Invalid size '{value}': the ratio must lie between 1:3 and 3:1.", "size")
    if max(width, height) > 3840 or not 655_360 <= width * height <= 8_294_400:
        refuse(f"Invalid size '{value}': too many or too few pixels.", "size")
    return width, height


def _answer(wish: Wish, latency: float) -> Answer:
    images = [_encoded(wish, number) for number in range(wish.count)]
    shared = {
        "background": wish.background,
        "output_format": wish.output_format,
        "quality": wish.quality,
        "size": wish.size,
    }
    if wish.stream:
        return _streamed(wish, images, shared, latency)
    body = {"created": int(time.time()), **shared, "usage": usage(wish)}
    return json_answer({**body, "data": [{"b64_json": image} for image in images]}, hollow={**body, "data": []})


def _streamed(wish: Wish, images: list[str], shared: Json, latency: float) -> Answer:
    stamp = {"created_at": int(time.time()), **shared}
    partial = _encoded(wish, 0)
    events = [
        {"type": f"{wish.kind}.partial_image", "partial_image_index": index, "b64_json": partial, **stamp}
        for index in range(wish.partials)
    ]
    events += [{"type": f"{wish.kind}.completed", "b64_json": image, **stamp, "usage": usage(wish)} for image in images]
    return event_stream(events, pause=latency / len(events))


def _encoded(wish: Wish, number: int) -> str:
    picture = Picture(
        wish.width, wish.height, wish.prompt, asked(wish.prompt), number, wish.background == "transparent"
    )
    if wish.output_format == "gif":
        return base64.b64encode(moving(picture, wish.frames)).decode()
    # The squares of the marker must survive, so that even the strongest compression keeps some quality.
    quality = max(30, wish.compression)
    return base64.b64encode(painted(picture, wish.output_format, min(quality, 95))).decode()
