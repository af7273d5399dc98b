"""A provider whose work is polled, can be stopped, and can be looked up by our token."""

from __future__ import annotations

from typing import Any

from typing_extensions import override

from maquette.core.action import Call, Provider, Result, operation
from tests.engine.plugins._wire import Order, ServerAccount, deliver, price


class Courier(Provider):
    """Text, later, by a server that remembers tokens."""

    title = "Courier"
    settings = ServerAccount

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        return bool((await call.http.post(f"/tasks/{handle['id']}/cancel"))["cancelled"])

    @override
    async def find(self, token: str, call: Call) -> Any | None:
        return (await call.http.get(f"/tokens/{token}"))["task"]

    @operation(produces="text", title="Deliver", price=price)
    async def txt2txt(self, params: Order, call: Call) -> Result:
        """Deliver text."""
        return await deliver(params, call)


PROVIDER = Courier()
