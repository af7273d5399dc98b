"""Take graphs into the queue."""

from __future__ import annotations

import json
import re
import uuid
from typing import Final

from aiohttp import web

from tests.twins.comfyui.file import Files
from tests.twins.comfyui.graph import checked, refuse
from tests.twins.comfyui.queue import Job, Queue, now
from tests.twins.comfyui.socket import Sockets
from tests.twins.comfyui.version import Version
from tests.twins.desk import Order
from tests.twins.marker import asked, marker_in
from tests.twins.wire import Answer, Json, Refused, json_answer

UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
BROKEN: Final = Answer((b"500 Internal Server Error\n\nServer got itself in trouble",), 500, "text/plain")


class Prompts:
    """Check what is posted to `/prompt`. The same id may be posted twice, and is then run and billed twice."""

    def __init__(self, queue: Queue, sockets: Sockets, files: Files, version: Version) -> None:
        self._queue = queue
        self._sockets = sockets
        self._files = files
        self._version = version

    async def accept(self, request: web.Request) -> Order:
        """Check a posted graph and return its order."""
        body = await posted(request)
        graph = body.get("prompt")
        if not isinstance(graph, dict):
            refuse("no_prompt", "No prompt provided", "No prompt provided")
        name = self._named(body.get("prompt_id"))
        found = checked(graph, self._files.named)
        marker = asked(json.dumps(graph)) or self._pictured(graph)

        async def fulfil() -> Answer:
            job = Job(name, self._number(body), graph, _kept(body), found.outputs, body.get("client_id"), marker)
            await self._queue.put(job)
            self._sockets.status()
            told = {"number": job.number, "node_errors": found.node_errors}
            return json_answer({"prompt_id": name, **told}, hollow=told)

        return Order(name, marker, fulfil)

    def _pictured(self, graph: Json) -> str | None:
        """Return the marker that an input picture carries, for a graph without words."""
        inputs = [node["inputs"]["image"] for node in graph.values() if node["class_type"] == "LoadImage"]
        return next((found for name in inputs if (found := marker_in(self._files.named(name).read_bytes()))), None)

    def _named(self, wish: object) -> str:
        if wish is None:
            return str(uuid.uuid4())
        if self._version.strict_ids and not (isinstance(wish, str) and UUID.fullmatch(wish)):
            details = "prompt_id must be a lowercase UUID with hyphens; leave it out to get one"
            refuse("invalid_prompt_id", "prompt_id must be a valid UUID", details)
        return str(wish)

    def _number(self, body: Json) -> float:
        if "number" in body:
            return float(body["number"])
        number = self._queue.count
        self._queue.count += 1
        return -number if body.get("front") else number


async def posted(request: web.Request) -> Json:
    """Return the object in a body; ComfyUI breaks on anything else."""
    try:
        body = json.loads(await request.read())
    except ValueError:
        raise Refused(BROKEN) from None
    if not isinstance(body, dict):
        raise Refused(BROKEN)
    return body


def _kept(body: Json) -> Json:
    extra = {key: value for key, value in (body.get("extra_data") or {}).items() if key != "api_key_comfy_org"}
    if body.get("client_id") is not None:
        extra["client_id"] = body["client_id"]
    return {**extra, "create_time": now()}
