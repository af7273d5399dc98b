"""A provider that answers a paid call with the result itself: as JSON, as bytes, or as a stream of events."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from typing_extensions import override

from maquette.core.action import Answer, Call, Output, Provider, Result, operation
from maquette.core.errors import ContentRejected, ProviderError
from tests.engine.plugins._wire import Order, ServerAccount, price


class Printer(Provider):
    """Text, at once."""

    title = "Printer"
    settings = ServerAccount

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        return ContentRejected("the policy says no") if body.get("error") == "policy" else None

    @operation(produces="text", title="Print", price=price)
    async def txt2txt(self, params: Order, call: Call) -> Result:
        """Print texts that come as JSON."""
        body = {"prompt": params.prompt, "n": params.n}
        answer = await call.once(lambda: call.http.post("/print", body))
        return Result([Output("text", content=text) for text in answer["texts"]])

    @operation(produces="text", title="Print bytes", price=price)
    async def plain(self, params: Order, call: Call) -> Result:
        """Print a text that comes as bytes."""

        async def work() -> Answer:
            return await call.http.send("POST", "/bytes", body={"prompt": params.prompt})

        return Result([Output("text", content=(await call.once(work)).body)])

    @operation(produces="text", title="Print as it comes", price=price)
    async def stream(self, params: Order, call: Call) -> Result:
        """Print a text that comes word by word."""

        async def work() -> str:
            body = {"prompt": params.prompt}
            return " ".join([event.data async for event in call.http.stream("POST", "/stream", body=body)])

        return Result([Output("text", content=await call.once(work))])


PROVIDER = Printer()
