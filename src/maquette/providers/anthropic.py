"""Text by Anthropic: the Messages endpoint, in the version of 2026-10-21."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette.catalog import charge, retirement
from maquette.core.action import Call, Output, Price, Provider, Result, Settings, operation
from maquette.core.answer import decoded, parts, plain
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
)
from maquette.core.params import Prompted, hint
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

_NAME = "anthropic"
_MODEL: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox"))
_LONG: Any = Field(max_length=100_000, json_schema_extra=hint(widget="textarea", advanced=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))


class Account(Settings):
    """Credentials of an Anthropic account."""

    api_key: SecretStr
    """The key from the vendor's console."""
    base_url: HttpUrl = HttpUrl("https://api.anthropic.com")
    """Where the API listens, without the version path."""
    version: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$", json_schema_extra=hint(advanced=True))] = "2026-10-21"
    """The version of the API that is asked for."""

    @override
    def base(self) -> str:
        return str(self.base_url).rstrip("/").removesuffix("/v1")

    @override
    def headers(self) -> Mapping[str, str]:
        return {"x-api-key": self.api_key.get_secret_value(), "anthropic-version": self.version}


class Write(Prompted):
    """Parameters of a text; there is no temperature here, since the vendor takes none any more."""

    model: Annotated[str, _MODEL] = "claude-haiku-5-5"
    """The model: haiku is quick and cheap, sonnet and opus think further."""
    instructions: Annotated[str, _LONG] = ""
    """What holds for the whole answer: role, tone, language."""
    max_tokens: Annotated[int, Field(ge=16, le=128_000, json_schema_extra=hint(advanced=True))] = 8_192
    """The most tokens to write; what is cut off is kept and marked."""
    effort: Annotated[Literal["auto", "low", "medium", "high", "max"], _ADVANCED] = "auto"
    """How much work goes into the answer."""
    json_schema: Annotated[dict[str, Any], Field(json_schema_extra=hint(widget="json", advanced=True))] | None = None
    """A JSON Schema that the answer must follow; the answer is then JSON."""


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None


class _Stop(msgspec.Struct):
    category: str | None = None
    explanation: str | None = None


class _Usage(msgspec.Struct):
    input_tokens: int = 0
    output_tokens: int = 0
    cache_read_input_tokens: int | None = 0
    cache_creation_input_tokens: int | None = 0

    def by_rate(self) -> dict[str, int]:
        fresh = self.input_tokens + (self.cache_creation_input_tokens or 0)
        return {"input": fresh, "cached_input": self.cache_read_input_tokens or 0, "output": self.output_tokens}


class _Message(msgspec.Struct):
    content: list[_Block]
    id: str = ""
    model: str = ""
    stop_reason: str | None = None
    stop_details: _Stop | None = None
    usage: _Usage | None = None


def writing(params: Write) -> dict[str, Any]:
    """Return the JSON body of a request."""
    said: dict[str, Any] = {
        "model": params.model,
        "max_tokens": params.max_tokens,
        "messages": [{"role": "user", "content": params.prompt}],
    }
    if params.instructions:
        said["system"] = params.instructions
    wanted: dict[str, Any] = {"effort": params.effort} if params.effort != "auto" else {}
    if params.json_schema is not None:
        wanted["format"] = {"type": "json_schema", "schema": params.json_schema}
    return said | ({"output_config": wanted} if wanted else {})


def written(params: Write, body: bytes) -> Result:
    """Read the answer; raises `ContentRejected` where the model refused and `GenerationFailed` where it is empty."""
    read = decoded(body, _Message)
    if read.stop_reason == "refusal":
        stop = read.stop_details or _Stop()
        why = plain(stop.explanation or stop.category or "the provider gave no reason")
        raise ContentRejected(f"The model refused: {why}", provider_code=stop.category)
    text = "".join(block.text or "" for block in read.content if block.type == "text")
    if not text:
        raise GenerationFailed(f"The provider wrote nothing and stopped with {plain(read.stop_reason)!r}")
    usage = (read.usage or _Usage()).by_rate()
    cut = read.stop_reason in ("max_tokens", "model_context_window_exceeded")
    response = {"id": read.id, "model": read.model, "finish": read.stop_reason, "usage": usage}
    output = Output("text", content=text, notes={"cut": True} if cut else {})
    return Result([output], cost=charge.cost(_NAME, params.model, usage), response=response)


def writing_price(params: Write) -> Price | None:
    """Estimate a text."""
    return charge.text_price(_NAME, params.model, params.instructions + params.prompt, params.max_tokens)


class Anthropic(Provider):
    """Text by Anthropic's models."""

    title: ClassVar[str] = "Anthropic"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"ANTHROPIC_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """List the models: free, and fails on a bad key."""
        await self.models(call)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that the key may use."""
        told = await proved(call, "/v1/models", vendor=self.title, fits=holds("data", list), limit=1000)
        return [_described(row) for row in parts(told["data"]) if isinstance(row.get("id"), str)]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        fault = body.get("error")
        return _refusal(status, fault) if isinstance(fault, Mapping) and status < 500 else None

    @override
    def final(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error of a vendor that has no room, and has therefore taken nothing."""
        fault = body.get("error")
        kind = fault.get("type") if isinstance(fault, Mapping) else None
        if status != 529 or kind != "overloaded_error":
            return None
        return ProviderUnavailable("Anthropic is overloaded, and has taken nothing", upstream_status=status)

    @operation(produces="text", title="Text to text", price=writing_price)
    async def txt2txt(self, params: Write, call: Call) -> Result:
        """Write a text, or JSON by a schema of yours."""
        retirement.admit(_NAME, params.model)
        body = writing(params)

        async def work() -> Result:
            return written(params, (await call.http.send("POST", "/v1/messages", body=body)).body)

        return await call.once(work)


def _refusal(status: int, fault: Mapping[str, Any]) -> ProviderError | None:
    kind, message = str(fault.get("type") or ""), plain(fault.get("message") or "")
    if kind == "billing_error" or "credit balance" in message or "spend limit" in f"{message} {fault.get('details')}":
        return QuotaExhausted(message, provider_code=kind)
    if "content filtering" in message:
        return ContentRejected(f"The provider's filter refused: {message}", provider_code=kind)
    if kind == "permission_error" and "model" in message:
        advice = "Choose a model that the key's workspace may use; the account's list of models names them."
        return AccountRejected(message, hint=advice, provider_code=kind, upstream_status=status)
    named = re.search(r"model: ?([\w.:/-]+)", message)
    if kind != "not_found_error" or named is None:
        return None
    return retirement.unserved(_NAME, named[1], f"There is no model {named[1]!r} for this key", provider_code=kind)


def _described(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], "title": plain(row.get("display_name") or row["id"]), "media": "text"}


PROVIDER = Anthropic()
