"""Route the web API of AUTOMATIC1111, Forge, SD.Next and stable-diffusion.cpp."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
from collections.abc import Callable
from functools import partial

from aiohttp import web

from tests.twins.automatic1111.dialect import FamilyDialect
from tests.twins.automatic1111.work import MODELS, SAMPLERS, SCHEDULERS, UPSCALERS, Maker
from tests.twins.desk import Desk, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.marker import asked, marker_in
from tests.twins.picture import Picture, painted
from tests.twins.server import LARGEST, Wire
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json, json_answer

API = "/sdapi/v1"


class Vendor:
    """Serve one of the family."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        self._flavour, self._auth, self._api = options.flavour, options.auth, options.api == "yes"
        self._dialect = FamilyDialect(options.flavour)
        self._desk = Desk(storm, ledger, self._dialect)
        self.maker = Maker(storm, self._dialect, strict=options.flavour != "sdcpp")
        self._works: set[asyncio.Task[Json]] = set()

    def app(self) -> web.Application:
        """Return the routes of the flavour."""
        app = web.Application(client_max_size=LARGEST)
        if self._api:
            for path, read in self._reads().items():
                app.router.add_get(path, partial(self._read, read))
            app.router.add_post(f"{API}/txt2img", partial(self._make, from_picture=False))
            app.router.add_post(f"{API}/img2img", partial(self._make, from_picture=self._flavour != "sdcpp"))
            app.router.add_post(f"{API}/extra-single-image", self._enlarge)
        if self._api and self._flavour != "sdcpp":
            app.router.add_post(f"{API}/interrupt", self._interrupt)
        if self._flavour in ("a1111", "forge"):
            app.router.add_post("/internal/progress", self._progress_of)
        app.router.add_route("*", "/{path:.*}", self._nothing)
        return app

    def state(self) -> Json:
        """Return what is in memory."""
        current = self.maker.current.id if self.maker.current else None
        queue = [task.id for task in self.maker.queue]
        return {"current": current, "queue": queue, "unknown": sorted(self.maker.unknown), "last": self.maker.last}

    def _reads(self) -> dict[str, Callable[[], Answer]]:
        models = [{"title": name, "model_name": name.partition(".")[0], "filename": name} for name in MODELS]
        shown: dict[str, object] = {
            "options": {"samples_format": "png", "sd_model_checkpoint": MODELS[0]},
            "sd-models": models,
            "samplers": [{"name": name, "aliases": [], "options": {}} for name in SAMPLERS],
            "schedulers": [{"name": name.lower(), "label": name} for name in SCHEDULERS],
            "upscalers": [{"name": name, "scale": 4} for name in UPSCALERS],
        }
        if self._flavour == "forge":
            shown["cmd-flags"] = {"forge_ref_a1111_home": None}
        if self._flavour == "a1111":
            shown["cmd-flags"] = {"api": True}
        if self._flavour == "sdnext":
            shown["version"] = {"app": "sd.next", "current": "2026-07-23"}
        made: dict[str, Callable[[], Answer]] = {f"{API}/{k}": partial(json_answer, v) for k, v in shown.items()}
        if self._flavour == "sdcpp":
            made["/sdcpp/v1/capabilities"] = partial(json_answer, {"current_mode": "img_gen"})
        else:
            made[f"{API}/progress"] = self._progress
        return made

    async def _read(self, read: Callable[[], Answer], request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            return read()

        return await self._desk.poll(request, request.path, answer)

    def _admit(self, request: web.Request) -> None:
        wanted = f"Basic {base64.b64encode(self._auth.encode()).decode()}"
        if self._auth and request.headers.get("Authorization") != wanted:
            raise self._dialect.fault(401, "Incorrect username or password")

    async def _make(self, request: web.Request, *, from_picture: bool) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            body = self.maker.checked(await _body(request), from_picture=from_picture)
            prompt = str(body.get("prompt", ""))
            if "[[full]]" in prompt:
                raise self._dialect.broken("OutOfMemoryError", "CUDA out of memory. Tried to allocate 9.00 GiB")
            if "[[break]]" in prompt:
                raise self._dialect.broken("RuntimeError", "mat1 and mat2 shapes cannot be multiplied")

            async def fulfil() -> Answer:
                # The work goes on when the one who asked has gone away.
                work = asyncio.create_task(self.maker.made(body))
                self._works.add(work)
                work.add_done_callback(self._works.discard)
                made = await asyncio.shield(work)
                return json_answer(made, hollow={**made, "images": []})

            return Order(str(body.get("force_task_id")), asked(prompt), fulfil, int(body.get("n_iter", 1)))

        return await self._desk.submit(request, accept)

    async def _enlarge(self, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            body = await _body(request)
            made = await asyncio.to_thread(self.maker.enlarged, body)
            marker = marker_in(base64.b64decode(body["image"]))

            async def fulfil() -> Answer:
                return json_answer(made, hollow={"html_info": ""})

            return Order("extra", marker, fulfil)

        return await self._desk.submit(request, accept)

    async def _interrupt(self, request: web.Request) -> web.StreamResponse:
        async def act(exchange: Exchange) -> Answer:
            self._admit(request)
            exchange.note = self.maker.current.id if self.maker.current else "nobody"
            self.maker.interrupt()
            return Answer(status=204) if self._flavour == "sdnext" else json_answer({})

        return await self._desk.side(request, act)

    def _progress(self) -> Answer:
        task = self.maker.current
        state = {"job": "scripts_txt2img" if task else "", "job_count": 1 if task else 0, "interrupted": False}
        return json_answer({"progress": task.done if task else 0.0, "state": state, "current_image": None})

    async def _progress_of(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        name = str(body.get("id_task"))

        def answer() -> Answer:
            task = self.maker.current
            if task is None or task.id != name:
                queued = name in [each.id for each in self.maker.queue]
                return json_answer({"active": False, "queued": queued, "completed": not queued, "progress": None})
            small = base64.b64encode(painted(Picture(32, 32, task.prompt), "jpeg")).decode()
            live = {"live_preview": f"data:image/jpeg;base64,{small}", "id_live_preview": 1}
            return json_answer({"active": True, "queued": False, "completed": False, "progress": task.done, **live})

        return await self._desk.poll(request, name, answer)

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return json_answer({"detail": "Not Found"}, 404)

        return await self._desk.side(request, act)


async def _body(request: web.Request) -> Json:
    found = json.loads(await request.read() or b"{}")
    return found if isinstance(found, dict) else {}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, ledger)
    return Wire(vendor.app(), vendor.state)
