"""A provider whose work is polled, and that can neither stop it nor look it up."""

from __future__ import annotations

from maquette.core.action import Call, Provider, Result, operation
from tests.engine.plugins._wire import Order, ServerAccount, deliver, price


class Telegraph(Provider):
    """Text, later, by a server that forgets who asked."""

    title = "Telegraph"
    settings = ServerAccount

    @operation(produces="text", title="Send", price=price)
    async def txt2txt(self, params: Order, call: Call) -> Result:
        """Send text."""
        return await deliver(params, call)


PROVIDER = Telegraph()
