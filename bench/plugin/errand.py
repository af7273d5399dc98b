"""A provider that waits: its tasks end when the upstream of the benchmarks says so."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SecretStr
from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.params import Params


class Account(Settings):
    """Where the upstream listens."""

    base_url: str = "http://127.0.0.1:9"
    """Its address."""
    api_key: SecretStr = SecretStr("errand")
    """Sent to it."""

    @override
    def headers(self) -> Mapping[str, str]:
        """Return the headers that authenticate every request."""
        return {"authorization": f"Bearer {self.api_key.get_secret_value()}"}


class Errand(Params):
    """Parameters of a task."""

    marker: str
    """What the upstream records the task under."""
    every: Annotated[float, Field(gt=0)] = 2.0
    """Seconds between two looks."""
    hold: bool = False
    """Whether the task lasts until the upstream is told to let go, and not only to the first look."""


class Runner(Provider):
    """Tasks that take their time."""

    title = "Errand"
    settings = Account

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop a task."""
        await call.http.send("DELETE", f"/tasks/{handle['id']}")
        return True

    @operation(produces="text", title="Wait", free=True)
    async def wait(self, params: Errand, call: Call) -> Result:
        """Hand a task in and look after it until it is done."""
        return await run(params, call, tell=False)

    @operation(produces="text", title="Tick", free=True)
    async def tick(self, params: Errand, call: Call) -> Result:
        """Hand a task in and say at every look what time it is on the clock that all processes share."""
        return await run(params, call, tell=True)


async def run(params: Errand, call: Call, *, tell: bool) -> Result:
    """Hand a task in, look after it, and return what it brought."""
    task = await call.once(lambda: call.http.post("/tasks", {"marker": params.marker, "hold": params.hold}))

    async def finished() -> Mapping[str, Any] | None:
        state: dict[str, Any] = await call.http.get(f"/tasks/{task['id']}")
        if tell:
            await call.progress(None, str(time.monotonic_ns()))
        return state if state["done"] else None

    await call.poll(finished, every=params.every)
    return Result([Output("text", content=f"done: {params.marker}\n", source="algorithm")])


PROVIDER = Runner()
