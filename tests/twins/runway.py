"""Speak the Runway wire: tasks that wait, run, end and can be cancelled; uploads; the organization's balance."""

from __future__ import annotations

import argparse
import uuid
from functools import partial
from typing import Any, Final

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Desk, Dialect, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire, flags, main
from tests.twins.storm import Conditions, Storm
from tests.twins.tasked import Shop, Work
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

VERSION: Final = "2024-11-06"
WIDE: Final = ("1280:720", "720:1280")
TURBO: Final = (*WIDE, "1104:832", "960:960", "832:1104", "1584:672")
FILM: Final = {"model": None, "promptText": None, "ratio": WIDE, "duration": range(2, 11), "seed": None}
SQUARE: Final = ("1024:1024", "1080:1080", "1920:1080", "1080:1920", "1280:720", "720:1280", "720:720")
SHAPES: Final[dict[tuple[str, str], tuple[Json, tuple[str, ...]]]] = {
    ("text_to_video", "gen4.5"): (FILM, ("promptText", "ratio", "duration")),
    ("image_to_video", "gen4_turbo"): (FILM | {"promptImage": None, "ratio": TURBO}, ("promptImage", "ratio")),
    ("text_to_video", "veo3.1"): (
        FILM | {"ratio": (*WIDE, "1920:1080"), "duration": (4, 6, 8), "audio": None, "negativePrompt": None},
        ("promptText", "ratio"),
    ),
    ("text_to_image", "gen4_image"): (
        {"model": None, "promptText": None, "ratio": SQUARE, "seed": None, "referenceImages": None},
        ("promptText", "ratio"),
    ),
    ("text_to_image", "gen4_image_turbo"): (
        {"model": None, "promptText": None, "ratio": SQUARE, "seed": None, "referenceImages": None},
        ("promptText", "ratio", "referenceImages"),
    ),
    ("image_upscale", "magnific_precision_upscaler_v2"): (
        {
            "model": None,
            "imageUri": None,
            "scaleFactor": (2, 4, 8, 16),
            "flavor": ("sublime", "photo", "photo_denoiser"),
        },
        ("imageUri",),
    ),
}
"""What each model takes at each endpoint: the values of a field, or None for any; and what it needs."""
REFUSALS: Final = {
    "status_401": (401, "Unauthorized"),
    "payment_402": (400, "You do not have enough credits to run this task."),
    "quota_429": (400, "You do not have enough credits to run this task."),
    "moderation": (400, "The prompt was rejected by content moderation."),
}


def fault(status: int, message: str, *issues: Json) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"error": message, "issues": list(issues), "docUrl": "https://docs.example"}, status)


def invalid(field: str, message: str) -> Refused:
    """Return the refusal of a field."""
    return Refused(fault(400, "Validation of body failed", {"code": "custom", "path": [field], "message": message}))


class Words(Dialect):
    """Turn requests down as Runway does."""

    @override
    def refusal(self, fault_name: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault_name.startswith("rate_"):
            return fault(429, "Too many").told({"retry-after": str(conditions.retry_after)})
        return fault(*REFUSALS[fault_name]) if fault_name in REFUSALS else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return fault(status, "not found" if status == 404 else "internal error")


class Vendor:
    """Serve Runway's endpoints to the holder of one key."""

    def __init__(self, options: argparse.Namespace, storm: Storm, desk: Desk) -> None:
        self._key, self._credits, self._desk, self._shop = options.key, options.credits, desk, Shop(storm)

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=2**26)
        for path in {endpoint for endpoint, _ in SHAPES}:
            app.router.add_post(f"/v1/{path}", partial(self._paid, path))
        app.router.add_get("/v1/tasks/{id}", self._task)
        app.router.add_delete("/v1/tasks/{id}", self._cancel)
        app.router.add_get("/v1/organization", self._organization)
        app.router.add_post("/v1/uploads", self._upload)
        app.router.add_post("/bucket/{name}", self._bucket)
        app.router.add_get("/files/{name}", self._file)
        return app

    def state(self) -> Json:
        """Return the request of each task, and the bytes of each upload."""
        shown = {name: work.more | {"stopped": work.stopped} for name, work in self._shop.works.items()}
        return {"works": shown, "uploads": self._shop.uploads}

    async def _paid(self, path: str, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            said = parsed(await request.read(), lambda why: fault(400, why))
            self._hold(path, said)
            media = "image" if "image" in path.rpartition("_to_")[2] or path == "image_upscale" else "video"
            shown = {k: v[:60] if isinstance(v, str) else v for k, v in said.items()}
            work = Work(str(uuid.uuid4()), media, said.get("promptText", "enlarged"), said.get("outputCount", 1))
            work.more = shown | {"endpoint": path}
            return self._order(work)

        return await self._desk.submit(request, accept)

    def _order(self, work: Work) -> Order:
        async def fulfil() -> Answer:
            self._shop.take(work)
            return json_answer({"id": work.id, "estimatedCost": {"credits": 60}}, hollow={"estimatedCost": {}})

        return Order(work.id, work.marker, fulfil, work.count)

    def _hold(self, path: str, said: Json) -> None:
        found = SHAPES.get((path, str(said.get("model"))))
        if found is None:
            raise invalid("model", "Invalid discriminator value")
        shape, needed = found
        for name in needed:
            if not said.get(name):
                raise invalid(name, "Required")
        for name, value in said.items():
            if name not in shape:
                raise invalid(name, "Unrecognized key")
            if value not in (shape[name] or (value,)):
                raise invalid(name, "Invalid enum value")
        if any(not link.startswith("data:image/") and link not in self._shop.uploads for link in _links(said)):
            raise invalid("uri", "Invalid asset")

    async def _task(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]

        def answer() -> Answer:
            self._admit(request)
            work = self._shop.works.get(name)
            return fault(404, "Task not found") if work is None else json_answer(self._shown(request, work))

        return await self._desk.poll(request, name, answer)

    def _shown(self, request: web.Request, work: Work) -> Json:
        share = self._shop.fraction(work)
        shown: Json = {"id": work.id, "createdAt": "2026-11-20T10:00:00Z"}
        if work.stopped:
            return shown | {"status": "CANCELLED"}
        if self._shop.waits(work) or share < 0.3:
            return shown | {"status": "THROTTLED"}
        if share < 1:
            return shown | {"status": "RUNNING", "progress": share}
        if work.refused or work.broken:
            code = "SAFETY.OUTPUT.VIDEO" if work.refused else "INTERNAL.BAD_OUTPUT.CODE01"
            # What went through the machines is charged, and what the policy stopped is not.
            charged = {"credits": 0 if work.refused else 12}
            return shown | {"status": "FAILED", "failure": "It ended so", "failureCode": code, "cost": charged}
        return shown | {"status": "SUCCEEDED", "output": self._shop.links(request, work), "cost": {"credits": 25}}

    async def _cancel(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            self._admit(request)
            work = self._shop.works.get(request.match_info["id"])
            if work is None:
                return fault(404, "Task not found")
            if self._shop.fraction(work) == 1:
                del self._shop.works[work.id]
            work.stopped = True
            return Answer((b"",), 204, "text/plain")

        return await self._desk.side(request, act)

    async def _organization(self, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            models = {name: {"maxConcurrentGenerations": 2} for _, name in SHAPES} | {"gen9": {}}
            return json_answer({"creditBalance": self._credits, "tier": {"models": models}, "usage": {"models": {}}})

        return await self._desk.poll(request, "organization", answer)

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            self._admit(request)
            said = parsed(await request.read(), lambda why: fault(400, why))
            if said.get("type") != "ephemeral" or not said.get("filename"):
                return fault(400, "Validation of body failed")
            name = uuid.uuid4().hex
            place = {"uploadUrl": f"{request.url.origin()}/bucket/{name}", "runwayUri": f"runway://{name}"}
            return json_answer(place | {"fields": {"policy": "p"}})

        return await self._desk.side(request, act)

    async def _bucket(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            form = await request.post()
            file = form["file"]
            if not isinstance(file, web.FileField) or form.get("policy") != "p":
                return Answer((b"<Error/>",), 403, "application/xml")
            self._shop.uploads[f"runway://{request.match_info['name']}"] = len(file.file.read())
            return Answer((b"",), 204, "text/plain")

        return await self._desk.side(request, act)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.download(request, name, lambda: self._shop.file(name))

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            raise Refused(fault(*REFUSALS["status_401"]))
        if request.headers.get("X-Runway-Version") != VERSION:
            raise Refused(fault(400, "X-Runway-Version is required"))


def _links(said: Json) -> list[str]:
    image: Any = said.get("promptImage", [])
    frames = [image] if isinstance(image, str) else [frame["uri"] for frame in image]
    references = [picture["uri"] for picture in said.get("referenceImages", ())]
    return [*frames, *references, *([said["imageUri"]] if "imageUri" in said else [])]


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, Desk(storm, ledger, Words()))
    return Wire(vendor.app(), vendor.state)


if __name__ == "__main__":
    arguments = flags("runway")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    arguments.add_argument("--credits", type=int, default=5000, help="what is left on the organization")
    main(build, arguments)
