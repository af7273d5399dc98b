"""Speak the Leonardo wire: both versions of its API, its uploads and its variations."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import Final, NoReturn

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Desk, Dialect, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire, flags, main
from tests.twins.storm import Conditions, Storm
from tests.twins.tasked import Shop, Work
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

ROOT: Final = "/api/rest"
PHOENIX: Final = "de7d3faf-762f-48e0-b3b7-9d0ac3a3fcf3"
LUCID: Final = "7b592283-e8a7-4c5a-9ba6-d18c31f258b9"
OTHER: Final = "11111111-2222-4333-8444-555555555555"
"""A model of the platform that no list of ours has."""
FIRST: Final = frozenset((
    *("prompt", "modelId", "width", "height", "num_images", "seed", "public", "alchemy", "negative_prompt"),
    *("presetStyle", "contrast", "init_image_id", "init_generation_image_id", "init_strength"),
))  # fmt: skip
SECOND: Final = frozenset(("prompt", "width", "height", "quantity", "seed", "prompt_enhance", "guidances", "duration"))
STYLES: Final = ("GENERAL", "CINEMATIC", "2D ART & ILLUSTRATION", "CG ART & GAME ASSETS")
FILMS: Final = {
    **dict.fromkeys(("MOTION2", "MOTION2FAST"), ((480, 720), ())),
    **dict.fromkeys(("VEO3", "VEO3FAST"), ((720, 1080), (4, 6, 8))),
    **dict.fromkeys(("KLING2_1", "KLING2_5"), ((1080,), (5, 10))),
}
"""The heights and the seconds that each model of films takes."""
Read = Callable[[web.Request], Awaitable[Order]]
REFUSALS: Final = {
    "status_401": (401, "Invalid response from authorization hook"),
    "payment_402": (400, "not enough api tokens"),
    "quota_429": (400, "not enough api tokens"),
    "moderation": (400, "Content moderation filter: the prompt was blocked"),
}


def fault(status: int, message: str) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"error": message, "path": "$", "code": "unexpected"}, status)


def refuse(message: str) -> NoReturn:
    """Refuse a request that is not valid."""
    raise Refused(fault(400, message))


class Words(Dialect):
    """Turn requests down as Leonardo does."""

    @override
    def refusal(self, fault_name: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault_name.startswith("rate_"):
            return fault(429, "Too many requests").told({"retry-after": str(conditions.retry_after)})
        return fault(*REFUSALS[fault_name]) if fault_name in REFUSALS else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return fault(status, "not found" if status == 404 else "internal error")


class Vendor:
    """Serve Leonardo's endpoints to the holder of one key."""

    def __init__(self, options: argparse.Namespace, storm: Storm, desk: Desk) -> None:
        self._key, self._tokens, self._unit = options.key, options.tokens, options.unit
        self._desk, self._shop = desk, Shop(storm)
        self._pictures: dict[str, str] = {}

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=2**26)
        paid: dict[str, Read] = {
            "/v1/generations": self._first,
            "/v2/generations": self._second,
            "/v1/generations-image-to-video": self._film,
            "/v1/variations/universal-upscaler": self._upscale,
            "/v1/variations/unzoom": partial(self._vary, "sdUnzoomJob"),
            "/v1/variations/nobg": partial(self._vary, "sdNobgJob"),
        }
        for path, read in paid.items():
            app.router.add_post(ROOT + path, partial(self._paid, read))
        app.router.add_get(f"{ROOT}/v1/generations/{{id}}", partial(self._look, self._generation))
        app.router.add_get(f"{ROOT}/v1/variations/{{id}}", partial(self._look, self._variation))
        app.router.add_get(f"{ROOT}/v1/me", self._me)
        app.router.add_get(f"{ROOT}/v1/platformModels", self._models)
        app.router.add_post(f"{ROOT}/v1/init-image", self._init)
        app.router.add_post("/bucket", self._bucket)
        app.router.add_get("/files/{name}", self._file)
        return app

    def state(self) -> Json:
        """Return the request of each job, and the bytes of each upload."""
        return {"works": {n: work.more for n, work in self._shop.works.items()}, "uploads": self._shop.uploads}

    async def _paid(self, read: Read, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            return await read(request)

        return await self._desk.submit(request, accept)

    async def _first(self, request: web.Request) -> Order:
        said = await self._said(request, FIRST)
        if said.get("modelId") == PHOENIX and said.get("contrast", 0) < (2.5 if said.get("alchemy", True) else 1):
            refuse("contrast is required for this model, and at least 2.5 with alchemy")
        if said.get("modelId") == LUCID and said.get("alchemy", True):
            refuse("alchemy is not supported by this model")
        if not all(
            32 <= said.get(side, 1024) <= 1536 and said.get(side, 1024) % 8 == 0 for side in ("width", "height")
        ):
            refuse("width and height must be multiples of 8 between 32 and 1536")
        self._known(said.get("init_image_id"), self._shop.uploads)
        self._known(said.get("init_generation_image_id"), self._pictures)
        work = Work(_new(), "image", said["prompt"], said.get("num_images", 4), more=said)
        return self._order(work, "sdGenerationJob", "generationId")

    async def _second(self, request: web.Request) -> Order:
        outer = await self._said(request, frozenset(("model", "public", "parameters")))
        said = outer.get("parameters", {})
        if not isinstance(said, dict) or set(said) - SECOND or not said.get("prompt"):
            refuse(f"unexpected parameters: {sorted(set(said) - SECOND)}")
        guides = said.get("guidances", {})
        for guide in (*guides.get("image_reference", ()), *guides.get("start_frame", ())):
            place = self._shop.uploads if guide["image"]["type"] == "UPLOADED" else self._pictures
            self._known(guide["image"]["id"], place)
        media = "video" if "start_frame" in guides else "image"
        work = Work(_new(), media, said["prompt"], said.get("quantity", 1), more=outer)
        return self._order(work, "generate", "generationId")

    async def _film(self, request: web.Request) -> Order:
        allowed = ("imageId", "imageType", "prompt", "model", "resolution", "isPublic", "promptEnhance", "duration")
        said = await self._said(request, frozenset(allowed))
        if said.get("model") not in FILMS or said.get("imageType") not in ("GENERATED", "UPLOADED"):
            refuse("model or imageType is not valid")
        heights, seconds = FILMS[said["model"]]
        if said.get("resolution") not in [f"RESOLUTION_{height}" for height in heights]:
            refuse("resolution is not supported by this model")
        if "duration" in said and said["duration"] not in seconds:
            refuse("duration is not supported by this model")
        self._known(said["imageId"], self._shop.uploads if said["imageType"] == "UPLOADED" else self._pictures)
        work = Work(_new(), "video", said["prompt"], more=said)
        return self._order(work, "motionVideoGenerationJob", "generationId")

    async def _upscale(self, request: web.Request) -> Order:
        allowed = ("generatedImageId", "initImageId", "upscalerStyle", "creativityStrength", "upscaleMultiplier")
        said = await self._said(request, frozenset(allowed))
        if said.get("upscalerStyle") not in STYLES or not 1 <= said.get("upscaleMultiplier", 0) <= 2:
            refuse("upscalerStyle or upscaleMultiplier is not valid")
        self._known(said.get("initImageId"), self._shop.uploads)
        self._known(said.get("generatedImageId"), self._pictures)
        return self._order(Work(_new(), "image", "enlarged", more=said), "universalUpscaler", "id")

    async def _vary(self, wrapper: str, request: web.Request) -> Order:
        said = await self._said(request, frozenset(("id", "isVariation")))
        self._known(said.get("id", ""), self._pictures)
        return self._order(Work(_new(), "image", "varied", more=said), wrapper, "id")

    def _order(self, work: Work, wrapper: str, word: str) -> Order:
        async def fulfil() -> Answer:
            self._shop.take(work)
            job = {word: work.id, "cost": {"amount": "0.0125" if self._unit == "DOLLARS" else "12", "unit": self._unit}}
            return json_answer({wrapper: job}, hollow={wrapper: None})

        return Order(work.id, work.marker, fulfil, work.count)

    async def _said(self, request: web.Request, allowed: Collection[str]) -> Json:
        said = parsed(await request.read(), lambda why: fault(400, why))
        if strange := sorted(set(said) - set(allowed)):
            refuse(f"unexpected fields: {strange}")
        return said

    def _known(self, name: object, among: Collection[str]) -> None:
        if name is not None and name not in among:
            refuse(f"there is no picture {name}")

    async def _look(self, show: Callable[[web.Request, Work], Json], request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]

        def answer() -> Answer:
            self._admit(request)
            work = self._shop.works.get(name)
            return json_answer({"generations_by_pk": None} if work is None else show(request, work))

        return await self._desk.poll(request, name, answer)

    def _generation(self, request: web.Request, work: Work) -> Json:
        done = self._shop.fraction(work) == 1
        shown: Json = {"id": work.id, "status": "COMPLETE" if done else "PENDING", "generated_images": []}
        if done and work.broken:
            return {"generations_by_pk": shown | {"status": "FAILED"}}
        if done:
            for place, link in enumerate(self._shop.links(request, work)):
                name = str(uuid.uuid5(uuid.NAMESPACE_URL, f"{work.id}/{place}"))
                self._pictures[name] = work.id
                row = {"id": name, "nsfw": work.refused, "url": link.replace(".mp4", ".png")}
                shown["generated_images"].append(row | ({"motionMP4URL": link} if work.media == "video" else {}))
        return {"generations_by_pk": shown}

    def _variation(self, request: web.Request, work: Work) -> Json:
        done = self._shop.fraction(work) == 1
        row = {"id": work.id, "status": "COMPLETE" if done else "PENDING", "transformType": "UPSCALE", "url": None}
        if done:
            row["url"] = self._shop.links(request, work)[0]
        return {"generated_image_variation_generic": [row]}

    async def _me(self, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            return json_answer({"user_details": [{"apiPaidTokens": self._tokens, "apiSubscriptionTokens": 0}]})

        return await self._desk.poll(request, "me", answer)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            rows = {PHOENIX: "Phoenix 1.0", LUCID: "Lucid Origin", OTHER: "Somebody's"}
            shown = [{"id": name, "name": title, "description": "", "nsfw": False} for name, title in rows.items()]
            return json_answer({"custom_models": shown})

        return await self._desk.poll(request, "models", answer)

    async def _init(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            self._admit(request)
            said = await self._said(request, ("extension",))
            name = _new()
            key = f"uploads/{name}.{said['extension']}"
            place = {"id": name, "url": f"{request.url.origin()}/bucket", "key": key}
            return json_answer({"uploadInitImage": place | {"fields": json.dumps({"key": key, "policy": "p"})}})

        return await self._desk.side(request, act)

    async def _bucket(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            form = await request.post()
            file = form["file"]
            if not isinstance(file, web.FileField) or form.get("policy") != "p":
                return Answer((b"<Error/>",), 403, "application/xml")
            name = str(form["key"]).removeprefix("uploads/").partition(".")[0]
            self._shop.uploads[name] = len(file.file.read())
            return Answer((b"",), 204, "text/plain")

        return await self._desk.side(request, act)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.download(request, name, lambda: self._shop.file(name))

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            raise Refused(fault(*REFUSALS["status_401"]))


def _new() -> str:
    return str(uuid.uuid4())


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, Desk(storm, ledger, Words()))
    return Wire(vendor.app(), vendor.state)


if __name__ == "__main__":
    arguments = flags("leonardo")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    arguments.add_argument("--tokens", type=int, default=500, help="what is left on the account")
    arguments.add_argument("--unit", default="DOLLARS", help="in which a cost is told: DOLLARS or CREDITS")
    main(build, arguments)
