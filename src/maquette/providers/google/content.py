"""Ask a Gemini model once and read its answer: the request and the answer of `generateContent`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
import pybase64
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Material, Output, Price, Result
from maquette.core.answer import decoded, plain
from maquette.core.errors import ContentRejected, GenerationFailed, RequestRejected
from maquette.core.inline import base64_of
from maquette.core.params import Prompted, hint

NAME = "google"
MODEL: Any = Field(
    min_length=1, max_length=200, pattern=r"^[\w.-]+$", json_schema_extra=hint(widget="combobox", refresh=True)
)
ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
Safety = Literal["auto", "block_low_and_above", "block_medium_and_above", "block_only_high", "block_none"]
_LONG: Any = Field(max_length=100_000, json_schema_extra=hint(widget="textarea", advanced=True))
_HARMS = ("HARASSMENT", "HATE_SPEECH", "SEXUALLY_EXPLICIT", "DANGEROUS_CONTENT")
_REFUSED = frozenset(
    {
        *("SAFETY", "RECITATION", "PROHIBITED_CONTENT", "SPII", "BLOCKLIST", "MODEL_ARMOR", "IMAGE_SAFETY"),
        *("IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER"),
    }
)
_INLINE_BYTES = 20 * 2**20


class Write(Prompted):
    """Parameters of a text."""

    model: Annotated[str, MODEL] = "gemini-3.8-flash"
    """The model; the names that end in `latest` follow the vendor."""
    instructions: Annotated[str, _LONG] = ""
    """What holds for the whole answer: role, tone, language."""
    max_tokens: Annotated[int, Field(ge=16, le=65_536, json_schema_extra=hint(advanced=True))] | None = None
    """The most tokens to write; what is cut off is kept and marked."""
    effort: Annotated[Literal["auto", "minimal", "low", "medium", "high"], ADVANCED] = "auto"
    """How long the model thinks first."""
    safety: Annotated[Safety, ADVANCED] = "auto"
    """How strictly the vendor filters."""
    json_schema: Annotated[dict[str, Any], Field(json_schema_extra=hint(widget="json", advanced=True))] | None = None
    """A JSON Schema that the answer must follow; the answer is then JSON."""


class _Bytes(msgspec.Struct, rename="camel"):
    data: str = ""
    mime_type: str = ""


class _Part(msgspec.Struct, rename="camel"):
    text: str | None = None
    thought: bool = False
    inline_data: _Bytes | None = None


class _Content(msgspec.Struct):
    parts: list[_Part] | None = None


class _Candidate(msgspec.Struct, rename="camel"):
    content: _Content | None = None
    finish_reason: str | None = None
    finish_message: str | None = None


class _Feedback(msgspec.Struct, rename="camel"):
    block_reason: str | None = None
    block_reason_message: str | None = None


class _Count(msgspec.Struct, rename="camel"):
    modality: str = ""
    token_count: int = 0


class _Usage(msgspec.Struct, rename="camel"):
    prompt_token_count: int = 0
    cached_content_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0
    candidates_tokens_details: list[_Count] | None = None

    def by_rate(self, pictured: bool) -> dict[str, int]:
        details = self.candidates_tokens_details
        drawn = sum(each.token_count for each in details or () if each.modality == "IMAGE")
        if details is None and pictured:
            drawn = self.candidates_token_count
        return {
            "input": self.prompt_token_count - self.cached_content_token_count,
            "cached_input": self.cached_content_token_count,
            "output": self.candidates_token_count - drawn + self.thoughts_token_count,
            "image_output": drawn,
        }


class Answer(msgspec.Struct, rename="camel"):
    """What the endpoint answered."""

    candidates: list[_Candidate] | None = None
    prompt_feedback: _Feedback | None = None
    usage_metadata: _Usage | None = None
    model_version: str = ""
    response_id: str = ""


def safety_settings(level: Safety) -> dict[str, Any]:
    """Return the words that set the filter, none where the vendor's own setting is to hold."""
    if level == "auto":
        return {}
    rows = [{"category": f"HARM_CATEGORY_{harm}", "threshold": level.upper()} for harm in _HARMS]
    return {"safetySettings": rows}


def asking(parts: Sequence[Mapping[str, Any]], config: Mapping[str, Any], safety: Safety) -> dict[str, Any]:
    """Return the JSON body of a request."""
    said: dict[str, Any] = {"contents": [{"role": "user", "parts": list(parts)}]}
    return said | ({"generationConfig": dict(config)} if config else {}) | safety_settings(safety)


def writing(params: Write) -> dict[str, Any]:
    """Return the JSON body of a request for text."""
    config: dict[str, Any] = {}
    if params.max_tokens is not None:
        config["maxOutputTokens"] = params.max_tokens
    if params.effort != "auto":
        config["thinkingConfig"] = {"thinkingLevel": params.effort.upper()}
    if params.json_schema is not None:
        config |= {"responseMimeType": "application/json", "responseJsonSchema": params.json_schema}
    said = asking([{"text": params.prompt}], config, params.safety)
    if params.instructions:
        said["systemInstruction"] = {"parts": [{"text": params.instructions}]}
    return said


def inline(images: Sequence[Material]) -> list[dict[str, Any]]:
    """Return pictures as parts of a request; raises `RequestRejected` where they are too large together."""
    check_size(images)
    return [{"inlineData": {"mimeType": image.mime, "data": base64_of(image)}} for image in images]


def check_size(images: Sequence[Material]) -> None:
    """Refuse pictures that are too large to travel inside a request; raises `RequestRejected`."""
    size = sum(len(image.content) for image in images) * 4 // 3
    if size > _INLINE_BYTES:
        raise RequestRejected(
            f"The pictures are {size} bytes together, and the provider takes {_INLINE_BYTES} inside a request",
            hint="Send fewer or smaller pictures, for instance after `media.converter` has made them smaller.",
        )


def parts_of(body: bytes) -> tuple[Answer, list[_Part], str]:
    """Read an answer and return it, its parts without thoughts, and why it ended.

    Raises `ContentRejected` for every form of refusal, with the vendor's word for it.
    """
    read = decoded(body, Answer)
    feedback = read.prompt_feedback
    if feedback is not None and feedback.block_reason:
        raise _rejected(feedback.block_reason, feedback.block_reason_message)
    candidate = (read.candidates or [_Candidate()])[0]
    finish = candidate.finish_reason or ""
    if finish in _REFUSED:
        raise _rejected(finish, candidate.finish_message)
    parts = (candidate.content.parts if candidate.content else None) or []
    return read, [part for part in parts if not part.thought], finish


def _rejected(reason: str, message: str | None) -> ContentRejected:
    said = f": {plain(message)}" if message else ""
    return ContentRejected(f"The provider's safety system refused with {plain(reason)}{said}", provider_code=reason)


def written(params: Write, body: bytes) -> Result:
    """Read a text; raises `GenerationFailed` where there is none."""
    read, parts, finish = parts_of(body)
    text = "".join(part.text or "" for part in parts)
    if not text:
        raise GenerationFailed(f"The provider wrote nothing and stopped with {plain(finish)!r}")
    output = Output("text", content=text, notes={"cut": True} if finish == "MAX_TOKENS" else {})
    return settled(params.model, read, [output], finish)


def drawn(model: str, body: bytes) -> Result:
    """Read pictures; raises `GenerationFailed` where there is none, with what the model said instead."""
    read, parts, finish = parts_of(body)
    said = " ".join(part.text for part in parts if part.text)
    notes = {"remark": said[:2000]} if said else {}
    pictures = [part.inline_data for part in parts if part.inline_data and part.inline_data.data]
    if not pictures:
        raise GenerationFailed(f"The provider drew nothing and stopped with {plain(finish)!r}: {plain(said)}")
    made = [Output("image", content=pybase64.b64decode(each.data, validate=True), notes=notes) for each in pictures]
    return settled(model, read, made, finish)


def settled(model: str, read: Answer, made: Sequence[Output], finish: str) -> Result:
    """Return the result with its cost by the tokens that were used."""
    pictured = any(output.media == "image" for output in made)
    usage = (read.usage_metadata or _Usage()).by_rate(pictured)
    response = {"id": read.response_id, "model": read.model_version or model, "finish": finish, "usage": usage}
    return Result(made, cost=charge.cost(NAME, model, usage), response=response)


def writing_price(params: Write) -> Price | None:
    """Estimate a text."""
    return charge.text_price(NAME, params.model, params.instructions + params.prompt, params.max_tokens)
