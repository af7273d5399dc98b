"""`python -m bench.upstream --port N`: what stands in for every vendor, fast and with a memory for times.

Times are `time.monotonic()`, which on one machine is the same clock for every process.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import struct
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field

import pybase64
import uvloop
from aiohttp import web

from bench.process import child, free_port, until_answers

SIDE = 1024
"""Width and height of the picture: of noise, so that its file is as large as those of a painted one."""


@dataclass(slots=True)
class Task:
    """One task, and when what happened to it."""

    marker: str
    taken: float
    hold: bool
    ends: float = 0.0
    polls: list[float] = field(default_factory=list)
    stopped: float | None = None


class Desk:
    """All tasks; those that hold end once they are let go."""

    def __init__(self) -> None:
        self.tasks: dict[str, Task] = {}
        self.names = (str(number) for number in itertools.count(1))

    async def take(self, request: web.Request) -> web.Response:
        """Take a task."""
        now, asked = time.monotonic(), await request.json()
        name = next(self.names)
        self.tasks[name] = Task(asked["marker"], now, asked["hold"])
        return web.json_response({"id": name})

    async def show(self, request: web.Request) -> web.Response:
        """Tell whether a task is done."""
        now, task = time.monotonic(), self.tasks[request.match_info["task"]]
        task.polls.append(now)
        return web.json_response({"done": not task.hold or 0 < task.ends <= now})

    async def stop(self, request: web.Request) -> web.Response:
        """Stop a task."""
        self.tasks[request.match_info["task"]].stopped = time.monotonic()
        return web.json_response({})

    async def let_go(self, request: web.Request) -> web.Response:
        """Let the tasks that hold end, spread over so many seconds."""
        spread, now = float((await request.json())["spread_s"]), time.monotonic()
        held = [task for task in self.tasks.values() if task.hold]
        for index, task in enumerate(held):
            task.ends = now + spread * index / len(held)
        return web.json_response({"tasks": len(held)})

    async def record(self, _request: web.Request) -> web.Response:
        """Tell all that is remembered."""
        return web.json_response([asdict(task) for task in self.tasks.values()])


def noise(side: int = SIDE) -> bytes:
    """Return a PNG of grey noise."""
    rows = b"".join(b"\0" + os.urandom(side) for _ in range(side))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows, 1)), (b"IEND", b"")]
    chunks = (struct.pack(">I", len(d)) + t + d + struct.pack(">I", zlib.crc32(t + d)) for t, d in parts)
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def album() -> bytes:
    """Return the answer of an images endpoint: one picture in base64, about 1.4 MB."""
    usage = {"input_tokens": 9, "output_tokens": 4160, "total_tokens": 4169}
    picture = {"b64_json": pybase64.b64encode(noise()).decode()}
    return json.dumps({"created": 1_790_000_000, "data": [picture], "usage": usage}).encode()


def application() -> web.Application:
    """Return the upstream."""
    desk, body = Desk(), album()

    async def paint(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=body, content_type="application/json")

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/health", health)
    app.router.add_post("/v1/images/generations", paint)
    app.router.add_post("/tasks", desk.take)
    app.router.add_get("/tasks/{task}", desk.show)
    app.router.add_delete("/tasks/{task}", desk.stop)
    app.router.add_post("/let-go", desk.let_go)
    app.router.add_get("/record", desk.record)
    return app


@contextmanager
def upstream() -> Iterator[str]:
    """Run an upstream in a process of its own while the block lasts; gives its address."""
    port = free_port()
    with child(["-m", "bench.upstream", "--port", str(port)]) as process:
        until_answers(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}"


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    web.run_app(application(), host="127.0.0.1", port=port, print=None, access_log=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
