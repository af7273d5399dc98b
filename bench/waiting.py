"""1,000 runs that wait for a person: what they cost beside a server with none, and how soon an answer goes on."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import aiohttp
import uvloop

from bench.figure import Figure, quantile, spread
from bench.place import DRIVEN, SERVED, STORES, Wish, followed, installation, session, until
from bench.process import cpu_s, pinned, rss_mb
from tests.scenarios.fleet import Fleet

NOWHERE = "http://127.0.0.1:9"
SETTLE_S = 6.0
FORM = {"type": "object", "properties": {"word": {"type": "string"}}}
DOCUMENT = {
    "name": "waits",
    "steps": [
        {"id": "first", "module_id": "ask.form", "inputs": {"title": "First?", "form": FORM}},
        {"id": "second", "module_id": "ask.form", "inputs": {"title": "{{ state.word }}", "form": FORM}},
    ],
}


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--runs", type=int, default=1000, help="runs that wait (%(default)s)")
    parser.add_argument("--seconds", type=float, default=40, help="how long both servers are watched (%(default)s)")
    parser.add_argument("--answers", type=int, default=100, help="answers, one after the other (%(default)s)")
    parser.add_argument("--store", choices=STORES, default="sqlite", help="database (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    with ExitStack() as stack:
        stack.enter_context(pinned(DRIVEN))
        full, empty = (stack.enter_context(installation(Wish(NOWHERE, given.store))) for _ in range(2))
        uvloop.run(_fill(full, given.runs))
        for fleet in (full, empty):  # begun anew, a server holds what waits and nothing of how it came to wait
            fleet.close()
            with pinned(SERVED):
                fleet.start()
        return [*uvloop.run(_watched(full, empty, given.seconds)), *uvloop.run(_answered(full, given.answers))]


async def _fill(fleet: Fleet, runs: int) -> None:
    async with session(fleet) as asker:
        await _sent(asker, "/api/v1/workflows", DOCUMENT)
        numbers = iter(range(runs))

        async def begin() -> None:
            for _ in numbers:
                await _sent(asker, "/api/v1/workflows/waits/runs", {"inputs": {}})

        begun = time.monotonic()
        await asyncio.gather(*(begin() for _ in range(8)))
        await until(lambda: _all_wait(asker), every=0.5)
        print(f"{runs} runs wait, {time.monotonic() - begun:.1f} s after the first was begun", flush=True)


async def _sent(asker: aiohttp.ClientSession, path: str, body: dict[str, Any]) -> dict[str, Any]:
    async with asker.post(path, json=body) as answer:
        answer.raise_for_status()
        found: dict[str, Any] = await answer.json()
        return found


async def _all_wait(asker: aiohttp.ClientSession) -> bool:
    async with asker.get("/api/v1/jobs", params={"state": "queued,running", "limit": 1}) as answer:
        return not (await answer.json())["items"]


async def _watched(full: Fleet, empty: Fleet, seconds: float) -> Sequence[Figure]:
    """Compare two servers over the same seconds, each after the same few requests."""
    assert full.server is not None
    assert empty.server is not None
    pids = (full.server.pid, empty.server.pid)
    for fleet in (full, empty):
        async with session(fleet) as asker, asker.get("/api/v1/actions") as answer:
            answer.raise_for_status()
    await asyncio.sleep(SETTLE_S)
    before, begun = [cpu_s(pid) for pid in pids], time.monotonic()
    await asyncio.sleep(seconds)
    passed = time.monotonic() - begun
    shares = [100 * (cpu_s(pid) - was) / passed for pid, was in zip(pids, before, strict=True)]
    held = [rss_mb(pid) for pid in pids]
    return [
        Figure("processor that the runs cost", shares[0] - shares[1], "% of a core", 2.0, _both(shares, "%")),
        Figure("memory that the runs cost", held[0] - held[1], "MB", 5.0, _both(held, "MB")),
    ]


def _both(values: Sequence[float], unit: str) -> str:
    return f"with them {values[0]:.2f} {unit}, without {values[1]:.2f} {unit}"


async def _answered(fleet: Fleet, answers: int) -> Sequence[Figure]:
    """Answer one run after the other, and take the time until its next step is there and until it asks."""
    spans: dict[str, list[float]] = {"job.queued": [], "interaction.opened": []}
    async with session(fleet) as asker, asker.get("/api/v1/events") as stream:
        events = followed(stream)
        async with asker.get("/api/v1/interactions", params={"state": "open", "limit": answers}) as found:
            asked = (await found.json())["items"]
        for question in asked:
            begun = time.monotonic()
            answer = asyncio.create_task(
                _sent(asker, f"/api/v1/interactions/{question['id']}/response", {"word": "Again?"})
            )
            async for event in events:
                if event["type"] in spans and event["job"] != question["job"] and _of_run(event, question["run"]):
                    spans[event["type"]].append((time.monotonic() - begun) * 1000)
                    if event["type"] == "interaction.opened":
                        break
            await answer
    begins, asks = spans["job.queued"], spans["interaction.opened"]
    return [
        Figure("answer until the next step begins p50", quantile(begins, 0.5), "ms", None, spread(begins)),
        Figure("answer until the next step begins p99", quantile(begins, 0.99), "ms", 500.0),
        Figure("answer until the next question p99", quantile(asks, 0.99), "ms", None, spread(asks)),
    ]


def _of_run(event: dict[str, Any], run: str) -> bool:
    """Tell whether a step of the run begins or asks."""
    data = event["data"]
    return run in (data.get("parent"), data.get("interaction", {}).get("run"))
