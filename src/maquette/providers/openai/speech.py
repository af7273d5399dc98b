"""Read text aloud: parameters, request and answer of the speech endpoint."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Answer, Call, Cost, Output, Price, Result
from maquette.core.answer import decoded
from maquette.core.errors import OutcomeUnknown
from maquette.core.params import Params, hint, slider

from .money import speech_price
from .wire import failure

_NAME: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox"))
_MODEL: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox", refresh=True))
_VOICES: list[Any] = [
    *("alloy", "ash", "ballad", "cedar", "coral", "echo", "fable"),
    *("marin", "nova", "onyx", "sage", "shimmer", "verse"),
]


class Speak(Params):
    """Parameters of a text read aloud."""

    prompt: Annotated[str, Field(min_length=1, max_length=4096, json_schema_extra=hint(widget="textarea"))]
    """The text to read."""
    model: Annotated[str, _MODEL] = "gpt-4o-mini-tts"
    """The model; the vendor's own ones for speech end on 2027-01-06, those of compatible servers go on."""
    voice: Annotated[str, _NAME, Field(examples=_VOICES)] = "marin"
    """Who reads."""
    instructions: Annotated[str, Field(max_length=4096, json_schema_extra=hint(widget="textarea", advanced=True))] = ""
    """How to read: mood, pace, accent; the oldest models do not take it."""
    format: Literal["mp3", "opus", "aac", "flac", "wav"] = "mp3"
    """The file format."""
    speed: Annotated[float, slider(0.25, 4, step=0.05, advanced=True)] = 1.0
    """How fast; 1 is as the voice speaks."""


def reading(params: Speak) -> dict[str, Any]:
    """Return the JSON body of the request."""
    said: dict[str, Any] = {
        "model": params.model,
        "input": params.prompt,
        "voice": params.voice,
        "response_format": params.format,
    }
    if params.instructions:
        said["instructions"] = params.instructions
    if params.speed != 1:
        said["speed"] = params.speed
    return said


def heard(params: Speak, answer: Answer) -> Result:
    """Read the answer: the sound itself."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    if not answer.body or kind.startswith("text/") or kind == "application/json":
        raise OutcomeUnknown(f"The provider promised sound and sent {kind or 'nothing'}")
    return Result([Output("audio", content=answer.body)], cost=_cost(params), response={"model": params.model})


def counts(params: Speak) -> bool:
    """Tell whether the vendor's stream of this model tells what was used, which the plain answer does not."""
    return not params.model.startswith("tts-1")


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0


class _Piece(msgspec.Struct):
    type: str = ""
    audio: str | None = None
    usage: _Usage | None = None
    error: Any = None


async def streamed(params: Speak, call: Call, path: str) -> Result:
    """Follow a text as it is read, to the usage at its end."""
    sound, usage = bytearray(), _Usage()
    async for event in call.http.stream("POST", path, body=reading(params) | {"stream_format": "sse"}):
        piece = decoded(event.data, _Piece)
        if piece.error is not None or piece.type == "error":
            raise failure(piece.error or event.data)
        sound += pybase64.b64decode(piece.audio, validate=True) if piece.audio else b""
        usage = piece.usage or usage
    if not sound or not usage.output_tokens:
        raise OutcomeUnknown("The stream ended before the text was read")
    spent = {"input": usage.input_tokens, "output": usage.output_tokens}
    response = {"model": params.model, "usage": spent}
    cost = charge.cost("openai", params.model, spent)
    return Result([Output("audio", content=bytes(sound))], cost=cost, response=response)


def _cost(params: Speak) -> Cost | None:
    # The plain answer carries no usage: what is billed by the character is exact, the rest is the estimate.
    expected = speech_price(params.model, params.prompt)
    if expected is None:
        return None
    if expected.low == expected.high:
        return charge.cost("openai", params.model, {"characters": len(params.prompt)})
    return Cost(expected.likely, "estimated")


def reading_price(params: Speak) -> Price | None:
    """Estimate a text read aloud."""
    return speech_price(params.model, params.prompt)
