"""Speak fal's queue: a request, addresses to ask after it, and the model's own answer at the end."""

from __future__ import annotations

import argparse

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Order
from tests.twins.hosted import FAIL, MODERATE, REFUSE, Vendor, Words, Work, read_json, refuse, run
from tests.twins.ledger import Ledger
from tests.twins.storm import Conditions, Storm
from tests.twins.wire import Answer, Json, json_answer

FLUX = {"prompt", "image_size", "num_images", "seed", "num_inference_steps", "guidance_scale", "output_format"}
SEEDANCE = {"prompt", "resolution", "duration", "aspect_ratio", "generate_audio", "seed"}
PIKA = {"prompt", "negative_prompt", "seed", "aspect_ratio", "resolution", "duration"}
KLING = {"prompt", "negative_prompt", "duration", "aspect_ratio", "generate_audio", "cfg_scale"}
FIELDS = {
    "fal-ai/flux/dev": FLUX,
    "fal-ai/flux/schnell": FLUX,
    "fal-ai/flux/dev/image-to-image": FLUX - {"image_size"} | {"image_size", "image_url", "strength"},
    "fal-ai/nano-banana/edit": {"prompt", "image_urls", "num_images", "aspect_ratio", "output_format"},
    "bytedance/seedance-2.0/mini/text-to-video": SEEDANCE,
    "bytedance/seedance-2.0/mini/image-to-video": SEEDANCE | {"image_url", "end_image_url"},
    "fal-ai/pika/v2.2/text-to-video": PIKA,
    "fal-ai/pika/v2.2/image-to-video": PIKA - {"aspect_ratio"} | {"image_url"},
    "fal-ai/kling-video/v3/pro/text-to-video": KLING,
    "fal-ai/kling-video/v3/pro/image-to-video": KLING - {"aspect_ratio"} | {"start_image_url", "end_image_url"},
    "example/unlisted": {"prompt", "mood"},
}
SECONDS = {"pika": (5, 10), "seedance": tuple(map(str, range(4, 16))), "kling": tuple(map(str, range(3, 16)))}


def invalid(field: str, message: str, kind: str = "value_error") -> Answer:
    """Return the answer to a field that is not valid."""
    return json_answer({"detail": [{"loc": ["body", field], "msg": message, "type": kind}]}, 422)


class FalWords(Words):
    """Turn requests down as fal does."""

    @override
    def unauthorized(self) -> Answer:
        return json_answer({"detail": "Authentication is required to access this application."}, 401)

    @override
    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        if fault.startswith("rate_") or fault == "quota_429":
            told = json_answer({"detail": "Too many requests"}, 429)
            return told.told({"retry-after": str(conditions.retry_after)}) if fault == "rate_seconds" else told
        if fault == "status_401":
            return self.unauthorized()
        if fault == "payment_402":
            return json_answer({"detail": "User is locked. Reason: Exhausted balance."}, 403)
        if fault == "moderation":
            return invalid("prompt", "The content was flagged.", "content_policy_violation")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        return json_answer({"detail": "Something went wrong"}, status)


class Fal(Vendor):
    """Serve fal's queue, and its platform under `/v1`."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        super().__init__(options, storm, ledger, FalWords(), "Authorization: Key ")
        self.counter.free("GET", "/v1/models/pricing", self._pricing)
        self.counter.free("GET", "/{owner}/{app}/requests/{name}/status", self._status)
        self.counter.free("GET", "/{owner}/{app}/requests/{name}", self._response)
        self.counter.side("PUT", "/{owner}/{app}/requests/{name}/cancel", self._cancel)
        self.counter.paid("/{model:.+}", self._request)

    async def _request(self, request: web.Request) -> Order:
        model, said = request.match_info["model"], await read_json(request)
        if model not in FIELDS:
            refuse(json_answer({"detail": f"Application '{model}' not found"}, 404))
        _checked(model, said)
        kind = "mp4" if "video" in model else str(said.get("output_format", "jpeg"))
        size = said.get("image_size", {})
        sides = (size.get("width", 512), size.get("height", 512))
        work = Work(said["prompt"], kind, int(said.get("seed", 7)), sides, int(said.get("num_images", 1)), said)
        # The addresses hold owner and app alone, whatever else the model's name has.
        url = f"http://{request.host}/{'/'.join(model.split('/')[:2])}/requests/{work.name}"
        told = {
            "status": "IN_QUEUE",
            "request_id": work.name,
            "response_url": url,
            "status_url": f"{url}/status",
            "cancel_url": f"{url}/cancel",
            "queue_position": 0,
        }
        return self.ordered(work, lambda: json_answer(told, hollow={"status": "IN_QUEUE"}))

    def _work(self, request: web.Request) -> Work:
        work = self.works.get(request.match_info["name"])
        if work is None:
            refuse(json_answer({"detail": "Request not found"}, 404))
        return work

    def _status(self, request: web.Request) -> Answer:
        work = self._work(request)
        age = self.age(work)
        if work.cancelled:
            return json_answer(
                {"status": "COMPLETED", "error": "The request was cancelled.", "error_type": "cancelled", "logs": None}
            )
        if age == "queued":
            return json_answer({"status": "IN_QUEUE", "queue_position": 1}, 202)
        if age == "running":
            return json_answer({"status": "IN_PROGRESS", "logs": None}, 202)
        if FAIL in work.prompt:
            return json_answer(
                {"status": "COMPLETED", "error": "The runner broke.", "error_type": "runner_error", "logs": None}
            )
        return json_answer({"status": "COMPLETED", "logs": None, "metrics": {"inference_time": 0.1}})

    def _response(self, request: web.Request) -> Answer:
        work = self._work(request)
        if self.age(work, looked=False) != "done":
            return json_answer({"detail": "Request is still in progress"}, 400)
        if REFUSE in work.prompt:
            return invalid("prompt", "The content was flagged.", "content_policy_violation")
        if work.kind == "mp4":
            return json_answer({"video": {"url": self.address(request, work), "content_type": "video/mp4"}})
        made = [{"url": self.address(request, work, number)} for number in range(work.count)]
        flags = [MODERATE in work.prompt] * work.count
        return json_answer({"images": made, "seed": work.seed, "has_nsfw_concepts": flags, "prompt": work.prompt})

    async def _cancel(self, request: web.Request) -> Answer:
        work = self._work(request)
        age = self.age(work, looked=False)
        if age == "done":
            return json_answer({"status": "ALREADY_COMPLETED"}, 400)
        work.cancelled = age == "queued"
        return json_answer({"status": "CANCELLATION_REQUESTED"}, 202)

    @staticmethod
    def _pricing(request: web.Request) -> Answer:
        price = {
            "endpoint_id": request.query["endpoint_id"],
            "unit_price": 0.025,
            "unit": "megapixels",
            "currency": "USD",
        }
        return json_answer({"prices": [price], "has_more": False})


def _checked(model: str, said: Json) -> None:
    for unknown in sorted(set(said) - FIELDS[model]):
        refuse(invalid(unknown, "Extra inputs are not permitted", "extra_forbidden"))
    if not said.get("prompt"):
        refuse(invalid("prompt", "Field required", "missing"))
    for needed in ("image_url", "start_image_url", "image_urls"):
        if needed in FIELDS[model]:
            given = said.get(needed) or ""
            if not all(
                str(each).startswith(("data:image/", "https://"))
                for each in ([given] if needed != "image_urls" else given or [""])
            ):
                refuse(invalid(needed, "must be an address or a data URI"))
    for family, allowed in SECONDS.items():
        # The types of the choices are strict: 5 is not "5".
        if family in model and said.get("duration", allowed[0]) not in allowed:
            refuse(invalid("duration", f"must be one of {allowed}"))


if __name__ == "__main__":
    run("fal", Fal)
