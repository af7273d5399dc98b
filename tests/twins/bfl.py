"""Speak the wire of Black Forest Labs: a task, an address to ask after it, a picture that is gone soon."""

from __future__ import annotations

import argparse
import base64
import binascii
import math

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Order
from tests.twins.hosted import FAIL, MODERATE, REFUSE, Vendor, Words, Work, read_json, refuse, run
from tests.twins.ledger import Ledger
from tests.twins.storm import Conditions, Storm
from tests.twins.wire import Answer, Json, json_answer

PICTURES = {"input_image", *(f"input_image_{number}" for number in range(2, 9))}
SIZED = {"prompt", "width", "height", "seed", "safety_tolerance", "output_format"} | PICTURES
SHAPED = {"prompt", "aspect_ratio", "seed", "safety_tolerance", "output_format"} | PICTURES
FIELDS = {
    **dict.fromkeys(("flux-2-pro", "flux-2-max", "flux-2-klein-4b", "flux-2-klein-9b", "flux-pro-1.1"), SIZED),
    "flux-2-flex": SIZED | {"steps", "guidance"},
    **dict.fromkeys(("flux-kontext-pro", "flux-kontext-max", "flux-pro-1.1-ultra"), SHAPED),
    "flux-pro-1.0-fill": {
        *("prompt", "image", "mask", "steps", "guidance", "seed", "safety_tolerance", "output_format"),
    },
}


def invalid(field: str, message: str) -> Answer:
    """Return the answer to a field that is not valid."""
    return json_answer({"detail": [{"loc": ["body", field], "msg": message, "type": "value_error"}]}, 422)


class BflWords(Words):
    """Turn requests down as Black Forest Labs does."""

    @override
    def unauthorized(self) -> Answer:
        return json_answer({"detail": "Not authenticated"}, 403)

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        if fault.startswith("rate_") or fault == "quota_429":
            told = json_answer({"detail": "Too many concurrent tasks"}, 429)
            return told.told({"retry-after": str(conditions.retry_after)}) if fault == "rate_seconds" else told
        if fault == "status_401":
            return self.unauthorized()
        if fault == "payment_402":
            return json_answer({"detail": "Insufficient credits"}, 402)
        if fault == "moderation":
            return invalid("prompt", "refused")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        return json_answer({"detail": "Something went wrong"}, status)


class Bfl(Vendor):
    """Serve the endpoints of Black Forest Labs, results under another name of this machine."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        super().__init__(options, storm, ledger, BflWords(), "x-key: ")
        self.counter.paid("/v1/{model}", self._task)
        self.counter.free("GET", "/v1/get_result", self._result)
        self.counter.free("GET", "/v1/credits", lambda _: json_answer({"credits": options.balance}))

    async def _task(self, request: web.Request) -> Order:
        model, said = request.match_info["model"], await read_json(request)
        if model not in FIELDS:
            refuse(json_answer({"detail": "Not Found"}, 404))
        for unknown in sorted(set(said) - FIELDS[model]):
            refuse(invalid(unknown, "Extra inputs are not permitted"))
        if not said.get("prompt"):
            refuse(invalid("prompt", "Field required"))
        for name in sorted((PICTURES | {"image", "mask"}) & set(said)):
            _decoded(name, said[name])
        sides = said.get("width", 1024), said.get("height", 1024)
        if any(side % 16 or not 64 <= side <= 2048 for side in sides):
            refuse(invalid("width", "must be a multiple of 16 between 64 and 2048"))
        work = Work(said["prompt"], said.get("output_format", "jpeg"), said.get("seed", 7), sides)
        # The task lives on a host of its region, which has another name than the one that was asked.
        url = f"http://{self.options.region_host}:{request.url.port}/v1/get_result?id={work.name}"
        charged = 3 + 1.5 * max(0, math.ceil(sides[0] * sides[1] / 2**20) - 1)
        told = {"id": work.name, "polling_url": url, "cost": charged}
        return self.ordered(work, lambda: json_answer(told, hollow={"cost": charged}))

    def _result(self, request: web.Request) -> Answer:
        work = self.works.get(request.query.get("id", ""))
        if work is None:
            return json_answer({"id": "", "status": "Task not found", "result": None})
        told: Json = {"id": work.name, "result": None}
        if REFUSE in work.prompt:
            return json_answer(told | {"status": "Request Moderated", "details": {"Moderation Reasons": ["Violence"]}})
        if self.age(work) != "done":
            return json_answer(told | {"status": "Pending", "progress": 0.5})
        if MODERATE in work.prompt:
            return json_answer(
                told | {"status": "Content Moderated", "details": {"Moderation Reasons": ["Derivative"]}}
            )
        if FAIL in work.prompt:
            return json_answer(told | {"status": "Error", "details": "The model broke."})
        sample = f"http://127.0.0.1:{request.url.port}/files/{work.name}/0"
        result = {"sample": sample, "prompt": work.prompt, "seed": work.seed}
        return json_answer(told | {"status": "Ready", "result": result})


def _decoded(name: str, value: object) -> None:
    try:
        base64.b64decode(str(value), validate=True)
    except binascii.Error:
        refuse(invalid(name, "not base64"))


if __name__ == "__main__":
    run("bfl", Bfl, **{"region-host": "127.0.0.1"})
