"""A small ComfyUI client of the tests: it posts graphs, listens, and waits for ends by events and by polls."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

Json = dict[str, Any]
PATIENCE = 5.0
LAST = {"execution_success", "execution_error", "execution_interrupted"}
SOLID = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 64, "height": 48, "batch_size": 1, "color": 255}},
    "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "t/solid"}},
}


def text_to_image(words: str, *, steps: int = 3, seed: int = 1, count: int = 1) -> Json:
    """Return the usual graph from a text to a saved image."""
    return {
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "twin-sd15.safetensors"}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": words, "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["4", 1]}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 128, "height": 128, "batch_size": count}},
        "3": {
            "class_type": "KSampler",
            "inputs": {
                "seed": seed,
                "steps": steps,
                "cfg": 7.0,
                "sampler_name": "euler",
                "scheduler": "normal",
                "model": ["4", 0],
                "positive": ["6", 0],
                "negative": ["7", 0],
                "latent_image": ["5", 0],
                "denoise": 1.0,
            },
        },
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0], "filename_prefix": "t/sd"}},
    }


@dataclass
class Comfy:
    """Speak to one server as one client."""

    session: ClientSession
    socket: ClientWebSocketResponse
    sid: str
    events: list[Json] = field(default_factory=list)
    frames: list[bytes] = field(default_factory=list)

    async def get(self, path: str) -> Any:
        async with self.session.get(path) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, body: Json | None = None) -> tuple[int, Any]:
        async with self.session.post(path, json=body) as answer:
            text = await answer.text()
            return answer.status, json.loads(text) if text.startswith("{") else text

    async def submit(self, graph: Json, **more: Any) -> str:
        status, answer = await self.post("/prompt", {"prompt": graph, "client_id": self.sid, **more})
        assert status == 200, answer
        return str(answer["prompt_id"])

    async def hear(self, *kinds: str) -> Json:
        """Listen until an event of one of some kinds comes, and return it."""
        async with asyncio.timeout(PATIENCE):
            async for message in self.socket:
                if message.type is WSMsgType.BINARY:
                    self.frames.append(message.data)
                    continue
                event = json.loads(message.data)
                self.events.append(event)
                if event["type"] in kinds:
                    return dict(event)
        raise AssertionError(f"the socket closed before any of {kinds}")

    async def run(self, graph: Json, **more: Any) -> Json:
        """Run a graph to its end and return its job from the history."""
        name = await self.submit(graph, **more)
        await self.hear(*LAST)
        while (await self.hear("executing"))["data"]["node"] is not None:
            pass
        return dict((await self.get(f"/history/{name}"))[name])

    async def view(self, file: Json, **more: str) -> bytes:
        async with self.session.get("/view", params={**file, **more}) as answer:
            assert answer.status == 200
            return await answer.read()


@asynccontextmanager
async def connected(url: str, *, metadata: bool = True, sid: str | None = None) -> AsyncIterator[Comfy]:
    """Open a session and its socket."""
    sid = sid or str(uuid.uuid4())
    async with ClientSession(url) as session, session.ws_connect(f"/ws?clientId={sid}") as socket:
        if metadata:
            await socket.send_json({"type": "feature_flags", "data": {"supports_preview_metadata": True}})
        yield Comfy(session, socket, sid)
