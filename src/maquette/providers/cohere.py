"""Text by Cohere: the chat endpoint of the second version."""

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
from maquette.core.errors import ContentRejected, GenerationFailed, ProviderError, QuotaExhausted
from maquette.core.params import Prompted, hint, slider
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

_NAME = "cohere"
_MODEL: Any = Field(min_length=1, max_length=200, json_schema_extra=hint(widget="combobox"))
_LONG: Any = Field(max_length=100_000, json_schema_extra=hint(widget="textarea", advanced=True))
_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
_BLOCKED_TOKEN = 498


class Account(Settings):
    """Credentials of a Cohere account."""

    api_key: SecretStr
    """The key from the vendor's dashboard; trial keys are limited to a thousand calls a month."""
    base_url: HttpUrl = HttpUrl("https://api.cohere.com")
    """Where the API listens, without the version path."""

    @override
    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}


class Write(Prompted):
    """Parameters of a text."""

    model: Annotated[str, _MODEL] = "command-a-03-2025"
    """The model."""
    instructions: Annotated[str, _LONG] = ""
    """What holds for the whole answer: role, tone, language."""
    max_tokens: Annotated[int, Field(ge=16, le=128_000, json_schema_extra=hint(advanced=True))] | None = None
    """The most tokens to write; what is cut off is kept and marked."""
    temperature: Annotated[float, slider(0, 1, step=0.05, advanced=True)] = 0.3
    """How freely to write: 0 is the same each time, 1 is bold."""
    safety: Annotated[Literal["contextual", "strict", "off"], _ADVANCED] = "contextual"
    """How strictly the vendor filters; some models do not take `off`."""
    json_schema: Annotated[dict[str, Any], Field(json_schema_extra=hint(widget="json", advanced=True))] | None = None
    """A JSON Schema that the answer must follow; the answer is then JSON."""


class _Block(msgspec.Struct):
    type: str = ""
    text: str | None = None


class _Message(msgspec.Struct):
    content: list[_Block] | None = None


class _Tokens(msgspec.Struct):
    input_tokens: float | None = 0
    output_tokens: float | None = 0


class _Usage(msgspec.Struct):
    billed_units: _Tokens | None = None
    tokens: _Tokens | None = None

    def by_rate(self) -> dict[str, int]:
        counted = self.billed_units or self.tokens or _Tokens()
        return {"input": int(counted.input_tokens or 0), "output": int(counted.output_tokens or 0)}


class _Reply(msgspec.Struct):
    message: _Message
    id: str = ""
    finish_reason: str = ""
    usage: _Usage | None = None


def writing(params: Write) -> dict[str, Any]:
    """Return the JSON body of a request."""
    system = [{"role": "system", "content": params.instructions}] if params.instructions else []
    said: dict[str, Any] = {
        "model": params.model,
        "messages": [*system, {"role": "user", "content": params.prompt}],
        "stream": False,
        "temperature": params.temperature,
    }
    if params.max_tokens is not None:
        said["max_tokens"] = params.max_tokens
    if params.safety != "contextual":
        said["safety_mode"] = params.safety.upper()
    if params.json_schema is not None:
        said["response_format"] = {"type": "json_object", "json_schema": params.json_schema}
    return said


def written(params: Write, body: bytes) -> Result:
    """Read the answer; raises `GenerationFailed` where there is none."""
    read = decoded(body, _Reply)
    text = "".join(block.text or "" for block in read.message.content or () if block.type == "text")
    if not text or read.finish_reason in ("ERROR", "TIMEOUT"):
        raise GenerationFailed(f"The provider wrote no answer and stopped with {plain(read.finish_reason)!r}")
    usage = (read.usage or _Usage()).by_rate()
    output = Output("text", content=text, notes={"cut": True} if read.finish_reason == "MAX_TOKENS" else {})
    response = {"id": read.id, "model": params.model, "finish": read.finish_reason, "usage": usage}
    return Result([output], cost=charge.cost(_NAME, params.model, usage), response=response)


def writing_price(params: Write) -> Price | None:
    """Estimate a text."""
    return charge.text_price(_NAME, params.model, params.instructions + params.prompt, params.max_tokens)


class Cohere(Provider):
    """Text by Cohere's models."""

    title: ClassVar[str] = "Cohere"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"CO_API_KEY": "api_key", "COHERE_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """List the models: free, and fails on a bad key."""
        await self.models(call)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that can chat."""
        told = await proved(
            call,
            "/v1/models",
            vendor=self.title,
            fits=holds("models", list),
            endpoint="chat",
            page_size=1000,
        )
        return [
            {"id": row["name"], "title": row["name"], "media": "text"}
            for row in parts(told["models"])
            if row.get("name")
        ]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        message = plain(body.get("message") or "")
        if status == _BLOCKED_TOKEN:
            return ContentRejected(f"The provider's filter refused: {message or 'a word that it does not take'}")
        if status == 429 and "month" in message:
            return QuotaExhausted(message, hint="A trial key is used up: make a production key, or wait for the month.")
        return _unserved(message) if status == 404 else None

    @operation(produces="text", title="Text to text", price=writing_price)
    async def txt2txt(self, params: Write, call: Call) -> Result:
        """Write a text, or JSON by a schema of yours."""
        retirement.admit(_NAME, params.model)
        body = writing(params)

        async def work() -> Result:
            return written(params, (await call.http.send("POST", "/v2/chat", body=body)).body)

        return await call.once(work)


def _unserved(message: str) -> ProviderError | None:
    named = re.search(r"model ['\"`]?([\w.:/-]+?)['\"`]?(?:[ ,]|$)", message)
    if named is None:
        return None
    return retirement.unserved(_NAME, named[1], message)


PROVIDER = Cohere()
