"""Speak the wires of two gateways to Midjourney: MidAPI, and midjourney-proxy under `/mj`."""

from __future__ import annotations

import argparse
import json
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NoReturn

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Desk, Dialect, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire, flags, main
from tests.twins.storm import Conditions, Storm
from tests.twins.tasked import Shop, Work
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

KINDS: Final = ("mj_txt2img", "mj_img2img", "mj_style_reference", "mj_omni_reference", "mj_video", "mj_video_hd")
SHAPES: Final = ("1:2", "9:16", "2:3", "3:4", "5:6", "6:5", "4:3", "3:2", "1:1", "16:9", "2:1")
FOUR: Final = 4
FAILED: Final = 501
"""The code of a generation that failed: at once with `[[unmade]]` in the prompt, later with `[[envelope]]`."""
LONGEST: Final = 2000
Read = Callable[[web.Request], Awaitable[Order]]
REFUSALS: Final = {
    "status_401": (401, "Unauthorized: the key is not valid"),
    "payment_402": (402, "Insufficient credits"),
    "quota_429": (402, "Insufficient credits"),
    "moderation": (422, "Banned prompt detected"),
}


def told(code: int, message: str, data: Json | float | None = None) -> Answer:
    """Return an answer of MidAPI: the status is 200 whatever the code says."""
    return json_answer({"code": code, "msg": message, "data": data}, hollow={"code": 200, "msg": "success", "data": {}})


def refuse(message: str, code: int = 422) -> NoReturn:
    """Refuse a request that is not valid."""
    raise Refused(told(code, message))


class Words(Dialect):
    """Turn requests down as MidAPI does."""

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault.startswith("rate_"):
            return told(429, "Too many requests").told({"retry-after": str(conditions.retry_after)})
        return told(*REFUSALS[fault]) if fault in REFUSALS else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return told(404, "recordInfo is null") if status == 404 else json_answer({"msg": "Server error"}, status)


class Vendor:
    """Serve both gateways to the holder of one key."""

    def __init__(self, options: argparse.Namespace, storm: Storm, desk: Desk) -> None:
        self._key, self._credits, self._desk, self._shop = options.key, options.credits, desk, Shop(storm)

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=2**26)
        paid: dict[str, Read] = {
            "/api/v1/mj/generate": self._generate,
            "/api/v1/mj/generateUpscale": partial(self._follow, 0, 1),
            "/api/v1/mj/generateVary": partial(self._follow, 1, FOUR),
            "/mj/submit/imagine": self._imagine,
            "/mj/submit/change": self._change,
        }
        for path, read in paid.items():
            app.router.add_post(path, partial(self._paid, read))
        app.router.add_get("/api/v1/mj/record-info", self._record)
        app.router.add_get("/api/v1/common/credit", self._credit)
        app.router.add_get("/mj/task/{id}/fetch", self._fetched)
        app.router.add_get("/files/{name}", self._file)
        return app

    def state(self) -> Json:
        """Return what is remembered of each task."""
        return {"works": {name: work.more for name, work in self._shop.works.items()}}

    async def _paid(self, read: Read, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            return await read(request)

        return await self._desk.submit(request, accept)

    async def _generate(self, request: web.Request) -> Order:
        said = parsed(await request.read(), lambda why: told(422, why))
        kind, links = said.get("taskType"), said.get("fileUrls") or []
        if "[[unmade]]" in said.get("prompt", ""):
            refuse("Generation failed", FAILED)
        if kind not in KINDS or not 0 < len(said.get("prompt", "")) <= LONGEST:
            refuse("taskType or prompt is not valid")
        if said.get("aspectRatio", "1:1") not in SHAPES or said.get("variety", 0) % 5:
            refuse("aspectRatio or variety is not valid")
        if (kind != "mj_txt2img") != bool(links) or any(not link.startswith("http") for link in links):
            refuse("fileUrls must be public URLs")
        if kind.startswith("mj_video"):
            if "motion" not in said or "speed" in said or len(links) != 1:
                refuse("a video needs motion and one picture, and has no speed")
            return self._order(Work(_new(), "video", said["prompt"], said.get("videoBatchSize", 1), more=said))
        return self._order(Work(_new(), "image", said["prompt"], FOUR, more=said))

    async def _follow(self, first: int, count: int, request: web.Request) -> Order:
        said = parsed(await request.read(), lambda why: told(422, why))
        before = self._shop.works.get(said.get("taskId", ""))
        if before is None:
            refuse("the task does not exist", 404)
        if not first <= said.get("imageIndex", -1) < first + FOUR:
            refuse("imageIndex is out of range")
        return self._order(Work(_new(), "image", before.words, count, more=said))

    def _order(self, work: Work) -> Order:
        async def fulfil() -> Answer:
            self._shop.take(work)
            return told(200, "success", {"taskId": work.id})

        return Order(work.id, work.marker, fulfil)

    async def _record(self, request: web.Request) -> web.StreamResponse:
        name = request.query.get("taskId", "")

        def answer() -> Answer:
            self._admit(request)
            work = self._shop.works.get(name)
            if work is None:
                return told(404, "recordInfo is null")
            record = self._recorded(request, work)
            if "[[envelope]]" in work.words and record.get("errorCode") == FAILED:
                return told(FAILED, str(record["errorMessage"]), {"taskId": name})
            return told(200, "success", record)

        return await self._desk.poll(request, name, answer)

    def _recorded(self, request: web.Request, work: Work) -> Json:
        done = self._shop.fraction(work) == 1
        record: Json = {"taskId": work.id, "successFlag": int(done), "resultInfoJson": None, "errorMessage": None}
        record |= _times(work)
        if done and (work.refused or work.broken):
            why = "Sorry! The AI moderator is unsure about this prompt" if work.refused else "Internal error"
            return record | {"successFlag": 3, "errorCode": FAILED, "errorMessage": why}
        if done:
            results = {"resultUrls": [{"resultUrl": link} for link in self._shop.links(request, work)]}
            # Both forms were seen in the wild.
            return record | {"resultInfoJson": json.dumps(results) if work.count == FOUR else results}
        return record

    async def _credit(self, request: web.Request) -> web.StreamResponse:
        def answer() -> Answer:
            self._admit(request)
            return told(200, "success", self._credits)

        return await self._desk.poll(request, "credit", answer)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.download(request, name, lambda: self._shop.file(name))

    # -- midjourney-proxy ---------------------------------------------------------------------------------------------

    async def _imagine(self, request: web.Request) -> Order:
        said = parsed(await request.read(), lambda why: _submitted(4, why))
        if not said.get("prompt"):
            raise Refused(_submitted(4, "prompt cannot be empty"))
        if "[[banned]]" in said["prompt"]:
            raise Refused(_submitted(24, "may contain sensitive words"))
        if any(not picture.startswith("data:image/") for picture in said.get("base64Array", [])):
            raise Refused(_submitted(4, "base64Array format error"))
        return self._queued(Work(_new(), "image", said["prompt"], more=said))

    async def _change(self, request: web.Request) -> Order:
        said = parsed(await request.read(), lambda why: _submitted(4, why))
        before = self._shop.works.get(said.get("taskId", ""))
        if before is None:
            raise Refused(_submitted(3, "the related task does not exist"))
        if said.get("action") not in ("UPSCALE", "VARIATION") or said.get("index") not in range(1, FOUR + 1):
            raise Refused(_submitted(4, "action or index is not valid"))
        return self._queued(Work(_new(), "image", before.words, more=said))

    def _queued(self, work: Work) -> Order:
        async def fulfil() -> Answer:
            self._shop.take(work)
            return _submitted(1, "Submit success", work.id)

        return Order(work.id, work.marker, fulfil)

    async def _fetched(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["id"]

        def answer() -> Answer:
            self._admit(request)
            work = self._shop.works.get(name)
            return json_answer({} if work is None else self._shown(request, work))

        return await self._desk.poll(request, name, answer)

    def _shown(self, request: web.Request, work: Work) -> Json:
        share = self._shop.fraction(work)
        status = "IN_PROGRESS" if share < 1 else "FAILURE" if work.refused or work.broken else "SUCCESS"
        shown: Json = {"id": work.id, "status": status, "progress": f"{round(share * 100)}%", "prompt": work.words}
        if status == "FAILURE":
            return shown | {"failReason": "Banned prompt" if work.refused else "Internal error"}
        return shown | ({"imageUrl": self._shop.links(request, work)[0]} if status == "SUCCESS" else {})

    def _admit(self, request: web.Request) -> None:
        given = request.headers.get("mj-api-secret") or request.headers.get("Authorization", "").removeprefix("Bearer ")
        if given != self._key:
            wrapped = told(401, "Unauthorized: the key is not valid")
            raise Refused(json_answer({"description": "no"}, 401) if request.path.startswith("/mj") else wrapped)


def _submitted(code: int, description: str, result: str | None = None) -> Answer:
    shown = {"code": code, "description": description, "result": result, "properties": {}}
    return json_answer(shown, hollow={"code": 1, "description": "Submit success", "properties": {}})


def _times(work: Work) -> Json:
    """Return when a task was made; `[[old]]` in its prompt makes it sixteen days older, `[[epoch]]` a number."""
    then = datetime.now(UTC) - timedelta(days=16 if "[[old]]" in work.words else 0)
    made = round(then.timestamp() * 1000) if "[[epoch]]" in work.words else then.replace(tzinfo=None).isoformat(" ")
    return {"createTime": made, "completeTime": made}


def _new() -> str:
    return f"mj{uuid.uuid4().hex}"


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, Desk(storm, ledger, Words()))
    return Wire(vendor.app(), vendor.state)


if __name__ == "__main__":
    arguments = flags("midjourney")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    arguments.add_argument("--credits", type=float, default=500.0, help="what is left on the account")
    main(build, arguments)
