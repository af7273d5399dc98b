"""Write text: parameters, requests and answers of the two text endpoints."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field

from maquette.catalog import charge
from maquette.core.action import Output, Price, Result
from maquette.core.answer import decoded, plain
from maquette.core.errors import ContentRejected, GenerationFailed, OutcomeUnknown
from maquette.core.params import Prompted, hint

from .money import reported
from .wire import failure

_ANSWER = "answer"
_NAME: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox"))
_LONG: Any = Field(max_length=32_000, json_schema_extra=hint(widget="textarea", advanced=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))


class Write(Prompted):
    """Parameters of a text."""

    model: Annotated[str, _NAME] = "gpt-6-luna"
    """The model; a compatible server has names of its own."""
    instructions: Annotated[str, _LONG] = ""
    """What holds for the whole answer: role, tone, language."""
    max_tokens: Annotated[int, Field(ge=16, le=128_000, json_schema_extra=hint(advanced=True))] | None = None
    """The most tokens to write; what is cut off is kept and marked."""
    effort: Annotated[Literal["auto", "minimal", "low", "medium", "high"], _ADVANCED] = "auto"
    """How long a reasoning model thinks first."""
    json_schema: Annotated[dict[str, Any], Field(json_schema_extra=hint(widget="json", advanced=True))] | None = None
    """A JSON Schema that the answer must follow; the answer is then JSON."""
    stream: Annotated[bool, _ADVANCED] = False
    """Whether the text is shown while it is written."""


class Reply(msgspec.Struct, omit_defaults=True):
    """What a text endpoint answered, in the words of neither."""

    id: str = ""
    model: str = ""
    text: str = ""
    refused: str = ""
    finish: str = ""
    error: str = ""
    input: int = 0
    cached: int = 0
    output: int = 0
    cost: str = ""
    """In USD, where the server tells it."""


class _Cached(msgspec.Struct):
    cached_tokens: int | None = 0


class _ResponsesUsage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    input_tokens_details: _Cached | None = None


class _Part(msgspec.Struct):
    type: str = ""
    text: str | None = None
    refusal: str | None = None


class _Item(msgspec.Struct):
    type: str = ""
    content: list[_Part] | None = None


class _Reason(msgspec.Struct):
    reason: str | None = None


class _Response(msgspec.Struct):
    output: list[_Item]
    id: str = ""
    model: str = ""
    status: str = "completed"
    error: Any = None
    incomplete_details: _Reason | None = None
    usage: _ResponsesUsage | None = None


class ChatUsage(msgspec.Struct):
    """What the chat endpoint says was used."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Cached | None = None
    cost: float | None = None

    def tell(self, reply: Reply) -> None:
        """Enter what was used into a reply."""
        reply.input, reply.output = self.prompt_tokens, self.completion_tokens
        reply.cached = (self.prompt_tokens_details.cached_tokens if self.prompt_tokens_details else 0) or 0
        reply.cost = "" if self.cost is None else str(self.cost)


class _Message(msgspec.Struct):
    content: str | None = None
    refusal: str | None = None


class _Choice(msgspec.Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(msgspec.Struct):
    choices: list[_Choice]
    id: str = ""
    model: str = ""
    usage: ChatUsage | None = None


def response_body(params: Write) -> dict[str, Any]:
    """Return the JSON body for the Responses endpoint; nothing is kept at the vendor."""
    said: dict[str, Any] = {"model": params.model, "input": params.prompt, "store": False}
    if params.instructions:
        said["instructions"] = params.instructions
    if params.max_tokens is not None:
        said["max_output_tokens"] = params.max_tokens
    if params.effort != "auto":
        said["reasoning"] = {"effort": params.effort}
    if params.json_schema is not None:
        shape = {"type": "json_schema", "name": _ANSWER, "schema": params.json_schema, "strict": True}
        said["text"] = {"format": shape}
    return said


def chat_body(params: Write, *, official: bool) -> dict[str, Any]:
    """Return the JSON body for the Chat Completions endpoint."""
    messages = [{"role": "system", "content": params.instructions}] if params.instructions else []
    said: dict[str, Any] = {"model": params.model, "messages": [*messages, {"role": "user", "content": params.prompt}]}
    if params.max_tokens is not None:
        # The vendor renamed the field; compatible servers mostly know the old name alone.
        said["max_completion_tokens" if official else "max_tokens"] = params.max_tokens
    if params.effort != "auto":
        said["reasoning_effort"] = params.effort
    if params.json_schema is not None:
        shape = {"name": _ANSWER, "schema": params.json_schema, "strict": True}
        said["response_format"] = {"type": "json_schema", "json_schema": shape}
    return said


def response_reply(body: bytes) -> Reply:
    """Read an answer of the Responses endpoint."""
    read = decoded(body, _Response)
    parts = [part for item in read.output if item.type == "message" for part in item.content or ()]
    usage = read.usage or _ResponsesUsage()
    return Reply(
        id=read.id,
        model=read.model,
        text="".join(part.text or "" for part in parts if part.type == "output_text"),
        refused="".join(part.refusal or "" for part in parts if part.type == "refusal"),
        finish=(read.incomplete_details.reason if read.incomplete_details else None) or read.status,
        error=msgspec.json.encode(read.error).decode() if read.error else "",
        input=usage.input_tokens,
        cached=(usage.input_tokens_details.cached_tokens if usage.input_tokens_details else 0) or 0,
        output=usage.output_tokens,
    )


def chat_reply(body: bytes) -> Reply:
    """Read an answer of the Chat Completions endpoint."""
    read = decoded(body, _Completion)
    if not read.choices:
        raise OutcomeUnknown("The provider's answer holds no choice")
    choice = read.choices[0]
    reply = Reply(
        id=read.id,
        model=read.model,
        text=choice.message.content or "",
        refused=choice.message.refusal or "",
        finish=choice.finish_reason or "",
    )
    (read.usage or ChatUsage()).tell(reply)
    return reply


def written(params: Write, reply: Reply) -> Result:
    """Turn a reply into the result; raises `ContentRejected` and `GenerationFailed` where there is none."""
    if reply.refused or reply.finish == "content_filter":
        raise ContentRejected(f"The model refused: {plain(reply.refused or 'its content filter stepped in')}")
    if reply.error:
        raise failure(msgspec.json.decode(reply.error))
    if not reply.text:
        raise GenerationFailed(f"The provider wrote nothing and stopped with {plain(reply.finish)!r}")
    cut = reply.finish in ("length", "max_output_tokens")
    notes = {"cut": True} if cut else {}
    usage = {"input": reply.input - reply.cached, "cached_input": reply.cached, "output": reply.output}
    response = {"id": reply.id, "model": reply.model, "finish": reply.finish, "usage": usage}
    cost = reported(reply.cost) if reply.cost else charge.cost("openai", params.model, usage)
    return Result([Output("text", content=reply.text, notes=notes)], cost=cost, response=response)


def writing_price(params: Write) -> Price | None:
    """Estimate a text."""
    return charge.text_price("openai", params.model, params.instructions + params.prompt, params.max_tokens)
