"""Speak the Runware wire: lists of tasks, answered at once or asked after by the id that the caller chose."""

from __future__ import annotations

import argparse
import json
import uuid
from typing import Final

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Desk, Dialect, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.server import Wire, flags, main
from tests.twins.storm import Conditions, Storm
from tests.twins.tasked import Shop, Work
from tests.twins.wire import Answer, Json, Refused, json_answer

PAID: Final = {"imageInference": "image", "videoInference": "video", "upscale": "image"}
PRICE: Final = 0.0038
OPEN: Final = ("runware:97@1", "runware:101@1", "runware:400@1")
"""Image models that take a negative prompt."""
REFUSALS: Final = {
    "status_401": (401, "signInFailed", "The API key is not valid"),
    "payment_402": (402, "topUpNeeded", "The account has no credits left"),
    "quota_429": (402, "topUpNeeded", "The account has no credits left"),
    "moderation": (400, "contentPolicyViolation", "The prompt is against the policy"),
}
"""The statuses are documented; the codes are hundreds, and change."""
PASSING: Final = ("rateLimitExceeded", "requestTimeout", "internalServerError")
"""What a question after a task with `[[busy]]` in its prompt is answered with at first, beside a status of 200."""


def fault(status: int, code: str, message: str, **more: object) -> Answer:
    """Return an answer that holds one error."""
    return json_answer({"errors": [{"code": code, "message": message, **more}]}, status)


class Words(Dialect):
    """Turn requests down as Runware does."""

    @override
    def refusal(self, fault_name: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        if fault_name.startswith("rate_"):
            return fault(429, "queueFull", "Too many").told({"retry-after": str(conditions.retry_after)})
        return fault(*REFUSALS[fault_name]) if fault_name in REFUSALS else self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        return fault(status, "taskFailedOrNotFound" if status == 404 else "internalServerError", "no")


class Vendor:
    """Serve Runware's one endpoint to the holder of one key."""

    def __init__(self, options: argparse.Namespace, storm: Storm, desk: Desk) -> None:
        self._key, self._balance, self._desk, self._shop = options.key, options.balance, desk, Shop(storm)
        self._busy: dict[str, list[str]] = {}

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=2**26)
        app.router.add_post("/v1", self._answer)
        app.router.add_get("/files/{name}", self._file)
        return app

    def state(self) -> Json:
        """Return the task that each work came from, without its pictures."""
        return {"works": {name: work.more for name, work in self._shop.works.items()}}

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        kind = _first(body).get("taskType")
        if kind in PAID:
            return await self._desk.submit(request, lambda: self._accept(request, body))
        if kind in ("getResponse", "getTaskDetails"):
            name = str(_first(body).get("taskUUID"))
            return await self._desk.poll(request, name, lambda: self._told(request, body))

        async def act(_: Exchange) -> Answer:
            return self._told(request, body)

        return await self._desk.side(request, act)

    async def _accept(self, request: web.Request, body: bytes) -> Order:
        self._admit(request)
        task = _first(body)
        self._refuse(task)
        name = task["taskUUID"]
        work = Work(
            name, PAID[task["taskType"]], task.get("positivePrompt") or "enlarged", task.get("numberResults", 1)
        )
        work.more = json.loads(body, object_hook=_short)[0]

        async def fulfil() -> Answer:
            self._shop.take(work)
            ack = {"taskType": task["taskType"], "taskUUID": name}
            return json_answer({"data": [ack]}, hollow={"data": []})

        return Order(name, work.marker, fulfil, work.count)

    def _refuse(self, task: Json) -> None:
        name = str(task.get("taskUUID"))
        _need(_is_uuid(name) and name not in self._shop.works, "duplicateTaskUUID", "taskUUID")
        _need(task.get("deliveryMethod") == "async", "unsupportedDeliveryMethod", "deliveryMethod")
        _need("[[blocked]]" not in str(task.get("positivePrompt")), "promptBlocked", "positivePrompt")
        model = str(task.get("model"))
        _need(model.count("@") == 1, "invalidModel", "model")
        if task["taskType"] == "imageInference":
            _need("negativePrompt" not in task or model in OPEN, "unsupportedParameter", "negativePrompt")
            _need({"width", "height"} <= set(task) and task["width"] % 64 == 0, "invalidWidth", "width")
        if task["taskType"] == "upscale":
            _need(str(task.get("inputs", {}).get("image")).startswith("data:image/"), "missingInputs", "inputs")
            _need(task.get("upscaleFactor") in (2, 4), "invalidUpscaleFactor", "upscaleFactor")

    def _told(self, request: web.Request, body: bytes) -> Answer:
        self._admit(request)
        task = _first(body)
        kind, name = task.get("taskType"), str(task.get("taskUUID"))
        if kind == "accountManagement":
            shown = {"taskType": kind, "taskUUID": name, "operation": task.get("operation")}
            return json_answer({"data": [shown | {"balance": {"amount": self._balance, "currency": "USD"}}]})
        work = self._shop.works.get(name)
        if work is None or kind not in ("getResponse", "getTaskDetails"):
            return fault(400, "taskFailedOrNotFound", "The task failed or is not known", taskUUID=name)
        if kind == "getTaskDetails":
            return json_answer({"data": [{"taskType": kind, "taskUUID": name, "request": [work.more], "response": {}}]})
        return self._response(request, work)

    def _response(self, request: web.Request, work: Work) -> Answer:
        shown = {"taskType": work.more["taskType"], "taskUUID": work.id}
        if "[[busy]]" in work.words and (seen := len(self._busy.setdefault(work.id, []))) < len(PASSING):
            self._busy[work.id].append(PASSING[seen])
            return json_answer({"errors": [shown | {"code": PASSING[seen], "message": "Ask again"}]})
        share = self._shop.fraction(work)
        if share < 1:
            return json_answer({"data": [shown | {"status": "processing", "progress": round(share * 100)}]})
        if work.refused or work.broken:
            code = "providerContentPolicyViolation" if work.refused else "inferenceError"
            return json_answer({"errors": [shown | {"code": code, "message": "It ended so", "status": "error"}]})
        shown |= {"status": "success", "cost": PRICE, "seed": work.more.get("seed", 7)}
        links = self._shop.links(request, work)
        return json_answer({"data": [shown | _result(work, place, link) for place, link in enumerate(links)]})

    async def _file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.download(request, name, lambda: self._shop.file(name))

    def _admit(self, request: web.Request) -> None:
        if request.headers.get("Authorization") != f"Bearer {self._key}":
            raise Refused(fault(*REFUSALS["status_401"]))


def _result(work: Work, place: int, link: str) -> Json:
    return {f"{work.media}URL": link, f"{work.media}UUID": str(uuid.uuid5(uuid.UUID(work.id), str(place)))}


def _need(true: bool, code: str, parameter: str) -> None:
    if not true:
        raise Refused(fault(400, code, f"The parameter {parameter} is not valid", parameter=parameter))


def _first(body: bytes) -> Json:
    try:
        tasks = json.loads(body)
    except ValueError:
        tasks = None
    if not isinstance(tasks, list) or len(tasks) != 1 or not isinstance(tasks[0], dict):
        raise Refused(fault(400, "invalidRequest", "The body is no list of tasks"))
    task: Json = tasks[0]
    return task


def _is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def _short(value: Json) -> Json:
    return {k: v[:40] if isinstance(v, str) and v.startswith("data:") else v for k, v in value.items()}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, Desk(storm, ledger, Words()))
    return Wire(vendor.app(), vendor.state)


if __name__ == "__main__":
    arguments = flags("runware")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    arguments.add_argument("--balance", type=float, default=10.0, help="what is left on the account, in USD")
    main(build, arguments)
