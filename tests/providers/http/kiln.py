"""A server as the two worked descriptions know it, with a bill of what it was paid for."""

from __future__ import annotations

import asyncio
import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.twins.picture import Picture, painted
from tests.twins.sound import wav


@dataclass
class Kiln:
    """What was asked of it; work goes on while `hold` is set, and then ends as `outcome` says."""

    url: str = ""
    bill: list[dict[str, Any]] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    tasks: dict[str, str] = field(default_factory=dict)
    hold: bool = False
    outcome: str = "completed"

    async def submit(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("authorization"))
        self.bill.append(await request.json())
        task = f"job_{len(self.bill)}"
        self.tasks[task] = "generating"
        return web.json_response({"id": task, "status": "queued"}, status=202)

    async def look(self, request: web.Request) -> web.Response:
        task = request.match_info["task"]
        if self.tasks[task] == "generating" and not self.hold:
            self.tasks[task] = self.outcome
        said: dict[str, Any] = {"id": task, "status": self.tasks[task], "share": 40, "error": None, "result": None}
        if said["status"] == "completed":
            picture = base64.b64encode(painted(Picture(64, 64, "a fox"))).decode()
            said |= {"result": {"images": [{"b64_json": picture}]}, "credits": 3}
        elif said["status"] != "generating":
            said["error"] = {"message": "the clay cracked"}
        return web.json_response(said)

    async def stop(self, request: web.Request) -> web.Response:
        self.tasks[request.match_info["task"]] = "cancelled"
        return web.json_response({"status": "cancelled"})

    async def speak(self, request: web.Request) -> web.Response:
        self.bill.append(await request.json())
        return web.Response(body=wav("a fox", None), content_type="audio/wav")

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post("/sdcpp/v1/img_gen", self.submit)
        app.router.add_get("/sdcpp/v1/jobs/{task}", self.look)
        app.router.add_post("/sdcpp/v1/jobs/{task}/cancel", self.stop)
        app.router.add_post("/v1/audio/speech", self.speak)
        return app


@contextmanager
def burning() -> Iterator[Kiln]:
    """Serve a kiln from a thread of its own."""
    kiln, loop, ready = Kiln(), asyncio.new_event_loop(), threading.Event()

    async def start() -> web.AppRunner:
        runner = web.AppRunner(kiln.app())
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        kiln.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return runner

    def work() -> None:
        runner = loop.run_until_complete(start())
        ready.set()
        loop.run_forever()
        loop.run_until_complete(runner.cleanup())
        loop.close()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        assert ready.wait(10)
        yield kiln
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
