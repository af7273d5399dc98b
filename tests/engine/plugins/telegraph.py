"""A provider whose work is polled, and that can neither stop it nor look it up."""

from __future__ import annotations

from maquette.core.action import Call, Output, Provider, Result, operation
from tests.engine.plugins._wire import Order, ServerAccount, deliver, price


class Telegraph(Provider):
    """Text, later, by a server that forgets who asked."""

    title = "Telegraph"
    settings = ServerAccount

    @operation(produces="text", title="Send", price=price)
    async def txt2txt(self, params: Order, call: Call) -> Result:
        """Send text."""
        return await deliver(params, call)

    @operation(produces="text", title="Collect", price=price)
    async def collect(self, params: Order, call: Call) -> Result:
        """Submit, then collect the text from a shelf at once."""
        task = await call.once(lambda: call.http.post("/tasks", {"prompt": params.prompt}))
        answer = await call.http.send("GET", f"/files/{task['id']}")
        return Result([Output("text", content=answer.body)])


PROVIDER = Telegraph()
