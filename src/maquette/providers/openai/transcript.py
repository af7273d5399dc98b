"""Write down what is said in a recording: parameters, request and answer of the transcription endpoint."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Cost, Material, Output, Result, Upload
from maquette.core.answer import decoded
from maquette.core.errors import GenerationFailed, RequestRejected
from maquette.core.params import AudioId, Params, hint

_MODEL: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox", refresh=True))
_MOST_BYTES = 25 * 2**20


class Transcribe(Params):
    """Parameters of a transcript."""

    audio: AudioId
    """The recording, at most 25 MB."""
    model: Annotated[str, _MODEL] = "gpt-transcribe"
    """The model; a compatible server has names of its own."""
    language: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3})?$", max_length=3)] = ""
    """The language that is spoken, as a code such as de; empty to let the model hear it."""
    prompt: Annotated[str, Field(max_length=4_000, json_schema_extra=hint(widget="textarea", advanced=True))] = ""
    """Names and words that may come up, to have them spelt right."""
    format: Literal["text", "srt", "vtt"] = "text"
    """Plain text, or subtitles with times; not every model makes subtitles."""


class _Usage(msgspec.Struct):
    type: str = ""
    seconds: float | None = None
    input_tokens: int = 0
    output_tokens: int = 0


class _Transcript(msgspec.Struct):
    text: str
    usage: _Usage | None = None


def listening(params: Transcribe, audio: Material) -> list[Upload]:
    """Return the parts of the request; raises `RequestRejected` for a recording that is too large."""
    if len(audio.content) > _MOST_BYTES:
        raise RequestRejected(
            f"The recording has {len(audio.content)} bytes, and the endpoint takes {_MOST_BYTES}",
            hint="Cut it into parts, or make it smaller as MP3 first.",
        )
    said = {
        "model": params.model,
        "language": params.language,
        "prompt": params.prompt,
        "response_format": "json" if params.format == "text" else params.format,
    }
    parts = [Upload(word, value.encode()) for word, value in said.items() if value]
    return [*parts, Upload("file", audio.content, audio.name, audio.mime)]


def heard(params: Transcribe, body: bytes) -> Result:
    """Read a transcript; raises `GenerationFailed` where nothing was understood."""
    read = decoded(body, _Transcript) if params.format == "text" else _Transcript(body.decode("utf-8", "replace"))
    if not read.text.strip():
        raise GenerationFailed("The provider heard no words in the recording")
    names = {"text": "transcript.txt", "srt": "subtitles.srt", "vtt": "subtitles.vtt"}
    output = Output("text", content=read.text, name=names[params.format])
    usage = read.usage or _Usage()
    response = {"model": params.model, "usage": msgspec.to_builtins(usage)}
    return Result([output], cost=_cost(params.model, usage), response=response)


def _cost(model: str, usage: _Usage) -> Cost | None:
    if usage.seconds is None:
        return charge.cost("openai", model, {"input": usage.input_tokens, "output": usage.output_tokens})
    return charge.cost("openai", model, {"seconds": usage.seconds})
