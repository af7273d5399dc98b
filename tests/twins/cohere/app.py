"""Route the wire of Cohere's chat, version 2."""

from __future__ import annotations

import argparse
import asyncio
import uuid
from typing import Final

from aiohttp import web
from typing_extensions import override

from tests.twins.counter import Counter
from tests.twins.desk import Desk, Dialect, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire
from tests.twins.storm import Conditions, Storm
from tests.twins.vendor import Words, limited, unknown, words
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

MODELS: Final = ("command-a-03-2025", "command-a-plus-05-2026", "command-r-08-2024", "command-r7b-12-2024")
GONE: Final = "command-r"
FIELDS: Final = frozenset(
    (
        *("model", "messages", "stream", "temperature", "p", "k", "seed", "max_tokens", "stop_sequences"),
        *("response_format", "safety_mode", "thinking", "tools", "documents", "citation_options", "priority"),
    )
)
SAFETY: Final = ("CONTEXTUAL", "STRICT", "OFF")


def error(status: int, message: str) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"id": str(uuid.uuid4()), "message": message}, status)


def invalid(message: str) -> Answer:
    """Return the answer to a request that is not valid."""
    return error(400, message)


class CohereDialect(Dialect):
    """Turn requests down as Cohere does."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault.startswith("rate_"):
            return limited(fault, conditions.retry_after, lambda said: error(429, said))
        messages = {
            "status_401": (401, "invalid api token"),
            "payment_402": (402, "please add or update your payment method"),
            "quota_429": (429, "You are using a Trial key, which is limited to 1000 API calls / month."),
            "moderation": (498, "the request contains a blocked token"),
        }
        return error(*messages[fault]) if fault in messages else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return error(status, "not found" if status == 404 else "internal server error")


class Vendor:
    """Serve the chat endpoint to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._counter = Counter(desk, self._admit, lambda _: error(404, "page not found"))
        self._counter.paid("/v2/chat", self._order)
        self._counter.free("GET", "/v1/models", lambda _: json_answer(listed()))
        self.app = self._counter.served()

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            raise Refused(error(401, "invalid api token"))

    async def _order(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        said = checked(fields)
        name = str(uuid.uuid4())

        async def fulfil() -> Answer:
            await asyncio.sleep(self._counter.latency())
            return json_answer(reply(name, said), hollow={"id": name})

        return Order(name, said.marker, fulfil)


def checked(fields: Json) -> Words:
    """Check a request as the vendor does and return what is said."""
    fault = _fault(fields)
    if fault is not None:
        raise Refused(fault)
    prompt = "\n".join(str(each["content"]) for each in fields["messages"])
    return words(prompt, (fields.get("response_format") or {}).get("json_schema"))


def _fault(fields: Json) -> Answer | None:
    name, model = unknown(fields, FIELDS), fields.get("model")
    faults = {
        f"unknown field: parameter '{name}' is not a valid field": name is not None,
        "invalid request: messages must be specified": not fields.get("messages"),
        "invalid request: temperature must be from 0 to 1": not 0 <= float(fields.get("temperature", 0.3)) <= 1,
        "invalid request: safety_mode is unknown": fields.get("safety_mode", "CONTEXTUAL") not in SAFETY,
    }
    for message, found in faults.items():
        if found:
            return invalid(message)
    if model == GONE:
        return error(404, f"model '{GONE}' was removed on September 15, 2025")
    return None if model in MODELS else error(404, f"model '{model}' not found, make sure the correct ID was used")


def reply(name: str, said: Words) -> Json:
    """Return the answer to a request; one that the model does not want to write ends in an error."""
    read, written = said.spent()
    content = [] if said.refused else [{"type": "text", "text": said.answer}]
    return {
        "id": name,
        "finish_reason": "ERROR" if said.refused else "COMPLETE",
        "message": {"role": "assistant", "content": content},
        "usage": {
            "billed_units": {"input_tokens": read, "output_tokens": written},
            "tokens": {"input_tokens": read + 60, "output_tokens": written},
        },
    }


def listed() -> Json:
    """Return all models."""
    rows = [{"name": name, "endpoints": ["chat"], "finetuned": False, "context_length": 256_000} for name in MODELS]
    return {"models": rows, "next_page_token": None}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    return Wire(Vendor(options.key, Desk(storm, ledger, CohereDialect())).app, dict)
