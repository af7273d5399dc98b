"""Providers whose methods block: the server goes on answering, and hears of their progress at once."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from maquette.api.app import create_app
from maquette.api.serve import Server, bound
from maquette.core import classic
from maquette.core.classic import register_sub_action
from maquette.core.config import Config

PATIENCE_S = 20.0
Progress = Callable[[int, str], None]
Made = tuple[list[str], dict[str, Any]]
SSE = {"Accept": "text/event-stream"}


@pytest.fixture(autouse=True)
def shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classic, "_handlers", {})  # nothing else in this process is to meet the shop


@asynccontextmanager
async def served(home: Path) -> AsyncIterator[httpx2.AsyncClient]:
    """Run the server on the loop of the test, so that whatever blocks the loop blocks the test."""
    creation = {"shop": {"concurrency": 8}}
    config = Config.model_validate({"home": home, "port": 0, "auth": False, "media_creation": creation})
    with bound(config) as listener:
        server = Server(create_app(config), config, listener)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        while not server.started:
            assert not running.done(), running.exception()
            await asyncio.sleep(0.01)
        try:
            async with httpx2.AsyncClient(base_url=server.url, timeout=PATIENCE_S) as client:
                yield client
        finally:
            server.should_exit = True
            await running


def body(action: str) -> dict[str, Any]:
    return {"action": f"media.shop.{action}", "params": {"prompt": "a heron"}}


async def answered(client: httpx2.AsyncClient, count: int) -> list[float]:
    """Ask for the server's health so often, and return the seconds that each answer took, the shortest first."""
    took = []
    for _ in range(count):
        before = time.perf_counter()
        assert (await client.get("/healthz")).status_code == 200
        took.append(time.perf_counter() - before)
    return sorted(took)


@pytest.mark.accepts("S0.35")
async def test_the_server_answers_as_ever_while_eight_blocking_providers_run(home: Path) -> None:
    everybody = threading.Barrier(9, timeout=PATIENCE_S)
    release = threading.Event()

    class Slow:
        def __init__(self, db: Any) -> None: ...

        def txt2img(self, params: dict[str, Any], progress_callback: Progress) -> Made:
            everybody.wait()
            assert release.wait(PATIENCE_S)
            raise LookupError("closed")

    register_sub_action("media.shop.txt2img", Slow, "txt2img")
    async with served(home) as client:
        quiet = await answered(client, 100)
        jobs = [(await client.post("/api/v1/jobs", json=body("txt2img"))).json()["id"] for _ in range(8)]
        await asyncio.to_thread(everybody.wait)  # all eight are inside their blocking call now
        busy = await answered(client, 100)
        states = [(await client.get(f"/api/v1/jobs/{job}")).json()["state"] for job in jobs]
        release.set()
    assert states == ["running"] * 8
    assert busy[98] < max(10 * quiet[98], 0.25), "one that blocks the loop would hold each answer up for seconds"


@pytest.mark.accepts("S0.36")
async def test_progress_of_a_blocking_provider_arrives_within_half_a_second_while_it_blocks(home: Path) -> None:
    heard, said = {f"step {n}": threading.Event() for n in range(6)}, dict[str, float]()

    class Talking:
        def __init__(self, db: Any) -> None: ...

        def txt2img(self, params: dict[str, Any], progress_callback: Progress) -> Made:
            for step, event in heard.items():
                said[step] = time.monotonic()
                progress_callback(0, step)
                assert event.wait(PATIENCE_S), f"{step!r} was not heard while the provider was at work"
            raise LookupError("closed")

    register_sub_action("media.shop.txt2img", Talking, "txt2img")
    late = dict[str, float]()
    stream = {"json": body("txt2img"), "headers": SSE}
    async with (
        asyncio.timeout(3 * PATIENCE_S),
        served(home) as client,
        client.stream("POST", "/api/v1/jobs", **stream) as told,
    ):
        async for line in told.aiter_lines():
            message = json.loads(line[6:])["data"].get("message") if line.startswith("data: ") else None
            if message in heard:
                late[message] = time.monotonic() - said[message]
                heard[message].set()
            if len(late) == len(heard):
                break
    assert list(late) == list(heard)
    assert sorted(late.values())[3] <= 0.5
