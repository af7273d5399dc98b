"""Speak and film by Interactions: bodies, states and what they bring."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Material, Output, Price, Result
from maquette.core.answer import decoded, plain
from maquette.core.errors import ContentRejected, GenerationFailed, ProviderError
from maquette.core.inline import base64_of
from maquette.core.params import Media, Params, hint

from .content import MODEL, NAME, check_size

_VOICES: list[Any] = ["Kore", "Puck", "Zephyr", "Charon", "Fenrir", "Leda", "Orus", "Aoede", "Callirrhoe", "Enceladus"]
_MIME = {"mp3": "audio/mp3", "ogg": "audio/ogg_opus", "wav": "audio/wav"}
_MODERATED = re.compile(r"safety|prohibit|polic|block|moderat|recitation|spii", re.IGNORECASE)
_AUDIO_TOKENS_A_SECOND = 25
_CHARACTERS_A_SECOND = 15
_FAILED = frozenset({"failed", "incomplete", "budget_exceeded", "requires_action", "requires_continuation"})
"""The states without a result; the last two wait for a move of ours, and there is none to make."""


class Speak(Params):
    """Parameters of a text read aloud."""

    prompt: Annotated[str, Field(min_length=1, max_length=8_000, json_schema_extra=hint(widget="textarea"))]
    """The text to read."""
    model: Annotated[str, MODEL] = "gemini-3.8-flash-lite-tts"
    """The model."""
    voice: Annotated[
        str, Field(min_length=1, max_length=100, examples=_VOICES, json_schema_extra=hint(widget="combobox"))
    ] = "Kore"
    """Who reads."""
    language: Annotated[str, Field(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]+)*)?$", max_length=30)] = ""
    """The language as a code such as de-DE; empty to let the model hear it from the text."""
    instructions: Annotated[str, Field(max_length=2_000, json_schema_extra=hint(widget="textarea", advanced=True))] = ""
    """How to read: mood, pace, accent."""
    format: Literal["mp3", "ogg", "wav"] = "mp3"
    """The file format."""


def speaking(params: Speak) -> dict[str, Any]:
    """Return the JSON body of a text to read; nothing is kept at the vendor."""
    said = f"{params.instructions}: {params.prompt}" if params.instructions else params.prompt
    voice = {"voice": params.voice} | ({"language": params.language} if params.language else {})
    return {
        "model": params.model,
        "input": said,
        "store": False,
        "response_format": {"type": "audio", "mime_type": _MIME[params.format]},
        "generation_config": {"speech_config": [voice]},
    }


def pictured(images: Sequence[Material]) -> list[dict[str, Any]]:
    """Return pictures as blocks of an input; raises `RequestRejected` where they are too large together."""
    check_size(images)
    return [{"type": "image", "mime_type": image.mime, "data": base64_of(image)} for image in images]


class _Block(msgspec.Struct):
    type: str = ""
    data: str | None = None
    uri: str | None = None


class _Fault(msgspec.Struct):
    code: str | int | None = None
    message: str | None = None


class _Step(msgspec.Struct):
    type: str = ""
    content: list[_Block] | None = None
    error: _Fault | None = None


class _Count(msgspec.Struct):
    modality: str | None = None
    tokens: int | None = 0


class _Usage(msgspec.Struct):
    total_input_tokens: int | None = 0
    total_output_tokens: int | None = 0
    total_thought_tokens: int | None = 0
    output_tokens_by_modality: list[_Count] | None = None

    def by_rate(self, media: Media) -> dict[str, int]:
        whole = self.total_output_tokens or 0
        counted = self.output_tokens_by_modality
        made = whole if counted is None else sum(each.tokens or 0 for each in counted if each.modality == media)
        rest = whole - made + (self.total_thought_tokens or 0)
        return {"input": self.total_input_tokens or 0, "output": rest, f"{media}_output": made}


class Interaction(msgspec.Struct):
    """What the endpoint says of an interaction."""

    status: str
    id: str = ""
    model: str | None = None
    steps: list[_Step] | None = None
    output_audio: _Block | None = None
    output_video: _Block | None = None
    errors: list[_Fault] | None = None
    usage: _Usage | None = None

    def blocks(self, media: Media) -> Iterator[_Block]:
        """Yield what was made of one medium."""
        found = [block for step in self.steps or () if step.type == "model_output" for block in step.content or ()]
        made = [block for block in found if block.type == media and (block.data or block.uri)]
        told = self.output_audio if media == "audio" else self.output_video
        yield from made or ([told] if told is not None and (told.data or told.uri) else [])

    def fault(self) -> _Fault | None:
        """Return what went wrong: as the whole tells it, else as one of its steps does."""
        steps = [step.error for step in self.steps or () if step.error is not None]
        return next(iter([*(self.errors or ()), *steps]), None)


def read(body: bytes) -> Interaction:
    """Read an answer; raises `OutcomeUnknown` where it is none."""
    return decoded(body, Interaction)


def finished(found: Interaction) -> Interaction | None:
    """Return an interaction that is completed, None while it runs; raises what it failed with."""
    if found.status == "cancelled":
        raise GenerationFailed("The work was cancelled at the provider")
    if found.status in _FAILED:
        raise _failure(found)
    return found if found.status == "completed" else None


def _failure(found: Interaction) -> ProviderError:
    fault = found.fault() or _Fault()
    said = plain(f"{fault.code or found.status}: {fault.message or 'the provider gave no reason'}")
    if _MODERATED.search(said):
        code = None if fault.code is None else str(fault.code)
        return ContentRejected(f"The provider's safety system refused with {said}", provider_code=code)
    return GenerationFailed(f"The provider failed with {said}")


def result(model: str, found: Interaction, media: Media) -> Result:
    """Return what an interaction made, with its cost by the tokens that were used."""
    made = [_output(block, media) for block in found.blocks(media)]
    if not made and found.fault() is not None:
        raise _failure(found)
    if not made:
        raise GenerationFailed(f"The provider completed its work and gave no {media}")
    usage = (found.usage or _Usage()).by_rate(media)
    response = {"id": found.id, "model": found.model or model, "usage": usage}
    return Result(made, cost=charge.cost(NAME, model, usage), response=response)


def _output(block: _Block, media: Media) -> Output:
    if block.data:
        return Output(media, content=pybase64.b64decode(block.data, validate=True))
    return Output(media, url=block.uri)


def speaking_price(params: Speak) -> Price | None:
    """Estimate a text read aloud."""
    tokens = Decimal(len(params.prompt)) / _CHARACTERS_A_SECOND * _AUDIO_TOKENS_A_SECOND
    units: charge.Units = {"input": charge.text_tokens(params.prompt), "audio_output": tokens}
    return charge.around(NAME, params.model, units)
