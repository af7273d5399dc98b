"""Generate: take what is asked for, wait for the one backend, and paint step by step, in the session that asked."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tests.twins.marker import asked
from tests.twins.picture import Picture, painted
from tests.twins.storm import Storm
from tests.twins.swarmui.dialect import refuse
from tests.twins.wire import Json, Refused, json_answer

MODELS: Final = {
    "Stable-Diffusion": ["OfficialStableDiffusion/sd_xl_base_1.0.safetensors", "twin-sd15.safetensors"],
    "LoRA": ["ink.safetensors"],
}
PARAMETERS: Final = {
    "sampler": ["euler", "dpmpp_2m"],
    "scheduler": ["normal", "karras"],
    "vae": ["Automatic", "twin-vae.safetensors"],
}
KNOWN: Final = frozenset(
    {"images", "prompt", "negativeprompt", "model", "width", "height", "steps", "cfgscale", "seed", "sampler"}
    | {"scheduler", "vae", "loras", "loraweights", "initimage", "initimagecreativity", "maskimage", "maskblur"}
    | {"overrideoutpathformat", "donotsave", "session_id"}
)
Tell = Callable[[Json], None]


@dataclass(eq=False)
class Session:
    """Hold one session: what of it runs and waits, and whether it is to stop."""

    id: str
    live: int = 0
    waiting: int = 0
    stops: int = 0

    def status(self) -> Json:
        """Return what `GetCurrentStatus` shows."""
        counts = {"waiting_gens": self.waiting, "loading_models": 0, "waiting_backends": 0, "live_gens": self.live}
        backend = {"status": "running", "class": "", "message": "", "any_loading": False}
        return {"status": counts, "backend_status": backend, "supported_features": ["comfyui"]}


@dataclass
class Wish:
    """Hold what a valid request asks for."""

    count: int
    prompt: str
    width: int
    height: int
    steps: int
    seed: int
    model: str
    path: str
    saved: bool

    @property
    def marker(self) -> str | None:
        """Return the id in the prompt."""
        return asked(self.prompt)


@dataclass
class Studio:
    """Keep files and the one backend; files survive a restart."""

    storm: Storm
    files: dict[str, bytes] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    backend: asyncio.Lock = field(default_factory=asyncio.Lock)
    sessions: dict[str, Session] = field(default_factory=dict)
    epoch: int = 0

    def open(self) -> Session:
        """Open a session."""
        session = Session(secrets.token_hex(20).upper())
        self.sessions[session.id] = session
        return session

    def restart(self) -> None:
        """Forget sessions and what they run."""
        self.epoch += 1
        for session in self.sessions.values():
            session.stops += 1
        self.sessions = {}

    def wished(self, fields: Json) -> Wish:
        """Check the parameters of a request; a name that is unknown is noted and skipped."""
        self.unknown |= set(fields) - KNOWN
        if not isinstance(fields.get("images"), int):
            refuse("Input is missing required parameter 'images'")
        if fields.get("model") not in MODELS["Stable-Diffusion"]:
            refuse(f"Invalid model value for param Model - '{fields.get('model')}' is not a model of this server")
        for word, values in PARAMETERS.items():
            if word in fields and fields[word] not in values:
                refuse(f"Invalid value for parameter {word}: '{fields[word]}'")
        for word in ("initimage", "maskimage"):
            if word in fields and not str(fields[word]).startswith("data:image/"):
                refuse(f"Invalid image value for param {word}")
        width, height = int(fields.get("width", 1024)), int(fields.get("height", 1024))
        path = str(fields.get("overrideoutpathformat", "raw/[batch_id]-[seed]"))
        steps, seed = int(fields.get("steps", 20)), int(fields.get("seed", -1))
        return Wish(
            count=fields["images"], prompt=str(fields.get("prompt", "")), width=width, height=height, steps=steps,
            seed=secrets.randbelow(2**32) if seed < 0 else seed, model=fields["model"], path=path,
            saved=not fields.get("donotsave"),
        )  # fmt: skip

    async def generate(self, session: Session, wish: Wish, tell: Tell) -> None:
        """Make all pictures of a wish and tell of each; a session that is stopped gets no more."""
        stops, epoch = session.stops, self.epoch
        session.waiting += wish.count
        try:
            for number in range(wish.count):
                async with self.backend:
                    session.waiting, session.live = session.waiting - 1, session.live + 1
                    try:
                        made = await self._painted(session, wish, number, tell, stops)
                    finally:
                        session.live -= 1
                if made is None or self.epoch != epoch:
                    return
                path = self._kept(wish, number, made)
                metadata = json.dumps({"sui_image_params": {"prompt": wish.prompt, "seed": wish.seed + number}})
                tell({"image": path, "batch_index": str(number), "request_id": "1", "metadata": metadata})
            if wish.count > 1:
                grid = await asyncio.to_thread(painted, Picture(64, 64, "grid"), "png")
                tell({"image": self._kept(wish, -1, grid), "batch_index": "-1", "request_id": "1", "metadata": None})
            tell({"discard_indices": []})
        finally:
            session.waiting = 0 if session.stops != stops else session.waiting

    async def _painted(self, session: Session, wish: Wish, number: int, tell: Tell, stops: int) -> bytes | None:
        small = await asyncio.to_thread(painted, Picture(32, 32, wish.prompt), "jpeg")
        preview = f"data:image/jpeg;base64,{base64.b64encode(small).decode()}"
        for step in range(1, wish.steps + 1):
            await asyncio.sleep(self.storm.conditions.step_delay)
            if session.stops != stops:
                return None
            part = {"overall_percent": step / wish.steps, "current_percent": 0.5}
            more = {"preview": preview} if step % 2 else {}
            tell({"gen_progress": {"batch_index": str(number), "request_id": "1", **part, **more}})
        words = f"{wish.prompt} #{wish.seed + number}"
        return await asyncio.to_thread(painted, Picture(wish.width, wish.height, words, wish.marker), "png")

    def _kept(self, wish: Wish, number: int, data: bytes) -> str:
        if not wish.saved:
            return f"data:image/png;base64,{base64.b64encode(data).decode()}"
        stem = wish.path.replace("[batch_id]", str(number)).replace("[seed]", str(wish.seed))
        path, again = f"{stem}.png", 1
        while path in self.files:
            again += 1
            path = f"{stem}-{again}.png"
        self.files[path] = data
        return f"View/local/{path}"

    def listed(self, folder: str) -> list[Json]:
        """Return the files of a folder as `ListImages` shows them."""
        head = f"{folder.strip('/')}/"
        found = [path.removeprefix(head) for path in self.files if path.startswith(head)]
        if not found:
            raise Refused(json_answer({"error": "404, path not found."}))
        return [{"src": f"{head}{name}", "metadata": None} for name in found]
