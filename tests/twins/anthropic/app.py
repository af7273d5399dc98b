"""Route the wire of Anthropic's Messages, version 2026-10-21."""

from __future__ import annotations

import argparse
import asyncio
import uuid
from typing import Final, NoReturn

from aiohttp import web
from typing_extensions import override

from tests.twins.counter import Counter
from tests.twins.desk import Desk, Dialect, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire
from tests.twins.storm import Conditions, Storm
from tests.twins.vendor import Words, limited, unknown, words
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

VERSIONS: Final = frozenset({"2023-06-01", "2026-10-21"})
MODELS: Final = ("claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5", "claude-fable-5-1")
FIELDS: Final = frozenset(
    (
        *("model", "messages", "max_tokens", "system", "stop_sequences", "stream", "thinking", "output_config"),
        *("tools", "tool_choice", "cache_control", "metadata", "service_tier", "speed"),
    )
)
SORRY: Final = "This request goes against the usage policy."
EFFORTS: Final = ("low", "medium", "high", "xhigh", "max")


def error(status: int, kind: str, message: str) -> Answer:
    """Return an error in the vendor's shape."""
    request = f"req_{uuid.uuid4().hex}"
    body = {"type": "error", "error": {"type": kind, "message": message}, "request_id": request}
    return json_answer(body, status).told({"request-id": request})


def refuse(message: str) -> NoReturn:
    """Refuse a request that is not valid."""
    raise Refused(invalid(message))


def invalid(message: str) -> Answer:
    """Return the answer to a request that is not valid."""
    return error(400, "invalid_request_error", message)


class AnthropicDialect(Dialect):
    """Turn requests down as Anthropic does."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault.startswith("rate_"):
            return limited(fault, conditions.retry_after, lambda said: error(429, "rate_limit_error", said))
        if fault == "status_401":
            return error(401, "authentication_error", "invalid x-api-key")
        if fault == "payment_402":
            return error(402, "billing_error", "Your payment method was declined.")
        if fault == "quota_429":
            return error(429, "rate_limit_error", "Your organization has reached its monthly spend limit.")
        if fault == "moderation":
            return error(400, "invalid_request_error", "Output blocked by content filtering policy")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        kinds = {404: "not_found_error", 503: "overloaded_error"}
        return error(status, kinds.get(status, "api_error"), "Not found" if status == 404 else "Internal server error")


class Vendor:
    """Serve the Messages endpoint to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._counter = Counter(desk, self._admit, lambda _: error(404, "not_found_error", "Not found"))
        self._counter.paid("/v1/messages", self._order)
        self._counter.free("GET", "/v1/models", lambda _: json_answer(listed()))
        self.app = self._counter.served()

    def _admit(self, request: web.Request) -> None:
        given = request.headers.get("x-api-key") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != self._key:
            raise Refused(error(401, "authentication_error", "invalid x-api-key"))
        if request.headers.get("anthropic-version") not in VERSIONS:
            refuse("anthropic-version: a known version is required")

    async def _order(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        said = checked(fields)
        if "[[overloaded]]" in said.prompt:
            raise Refused(error(529, "overloaded_error", "Overloaded"))
        name = f"msg_{uuid.uuid4().hex}"

        async def fulfil() -> Answer:
            await asyncio.sleep(self._counter.latency())
            return json_answer(message(name, fields, said), hollow={"type": "message"})

        return Order(name, said.marker, fulfil)


def checked(fields: Json) -> Words:
    """Check a request as the vendor does and return what is said."""
    if name := unknown(fields, FIELDS):
        refuse(f"{name}: Extra inputs are not permitted")
    for name in ("model", "messages", "max_tokens"):
        if not fields.get(name):
            refuse(f"{name}: Field required")
    if fields["model"] not in MODELS:
        raise Refused(error(404, "not_found_error", f"model: {fields['model']}"))
    if not 1 <= int(fields["max_tokens"]) <= 128_000:
        refuse("max_tokens: must be from 1 to 128000")
    wanted = fields.get("output_config") or {}
    if wanted.get("effort", "high") not in EFFORTS:
        refuse("output_config.effort: unknown")
    shape = wanted.get("format") or {}
    if shape and (shape.get("type") != "json_schema" or not isinstance(shape.get("schema"), dict)):
        refuse("output_config.format: a schema is required")
    prompt = "\n".join(str(each["content"]) for each in fields["messages"])
    return words(prompt, shape.get("schema"))


def message(name: str, fields: Json, said: Words) -> Json:
    """Return the answer to a request."""
    read, written = said.spent()
    content = [] if said.refused else [{"type": "text", "text": said.answer, "citations": None}]
    stop = {"type": "refusal", "category": "general_harms", "explanation": SORRY} if said.refused else None
    return {
        "id": name,
        "type": "message",
        "role": "assistant",
        "model": fields["model"],
        "content": content,
        "stop_reason": "refusal" if said.refused else "end_turn",
        "stop_sequence": None,
        "stop_details": stop,
        "container": None,
        "usage": {
            "input_tokens": read,
            "output_tokens": written,
            "cache_creation": None,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "inference_geo": None,
            "server_tool_use": None,
            "service_tier": "standard",
        },
    }


def listed() -> Json:
    """Return all models."""
    rows = [
        {"id": name, "type": "model", "display_name": name.title(), "created_at": "2026-09-01T00:00:00Z"}
        for name in MODELS
    ]
    return {"data": rows, "has_more": False, "first_id": MODELS[0], "last_id": MODELS[-1]}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    return Wire(Vendor(options.key, Desk(storm, ledger, AnthropicDialect())).app, dict)
