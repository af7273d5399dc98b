"""What the test providers share: an account on a server of the test, and work that is submitted and polled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SecretStr
from typing_extensions import override

from maquette.core.action import Call, Cost, Output, Price, Result, Settings
from maquette.core.errors import ContentRejected, GenerationFailed
from maquette.core.params import Prompted

EVERY_S = 0.05


class ServerAccount(Settings):
    """An account on a server of the test."""

    base_url: str = "http://127.0.0.1:9"
    """Where the server listens."""
    api_key: SecretStr = SecretStr("key-for-tests")
    """Sent to that server and to nobody else."""

    @override
    def headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.api_key.get_secret_value()}"}


class Order(Prompted):
    """What the test providers are asked for."""

    n: Annotated[int, Field(ge=1, le=4)] = 1
    """How many to make."""


def price(order: Order) -> Price | None:
    """Price every order alike, but for what is priceless."""
    return None if "priceless" in order.prompt else Price(100, 200, 300, "a test")


async def deliver(order: Order, call: Call) -> Result:
    """Submit an order and poll until it is done."""
    body = {"prompt": order.prompt, "n": order.n, "token": call.token}
    task = await call.once(lambda: call.http.post("/tasks", body))

    async def finished() -> dict[str, Any] | None:
        state: dict[str, Any] = await call.http.get(f"/tasks/{task['id']}")
        await call.progress(state.get("progress"), state["status"])
        if state["status"] == "rejected":
            raise ContentRejected("the policy says no")
        if state["status"] == "failed":
            broke = GenerationFailed("the press broke")
            broke.cost = Cost(state["charged"], "reported", "in ink") if state["charged"] is not None else None
            raise broke
        return state if state["status"] == "done" else None

    done = await call.poll(finished, every=EVERY_S)
    outputs = [Output("text", content=text) for text in done["texts"]]
    return Result(outputs + [Output("text", url=url) for url in done.get("urls", ())], response={"id": task["id"]})
