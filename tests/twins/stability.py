"""Speak the Stability AI wire: forms in, pictures at once, and what takes longer under an id."""

from __future__ import annotations

import argparse
import io
import re
from typing import Any

from aiohttp import web
from PIL import Image, UnidentifiedImageError
from typing_extensions import override

from tests.twins.desk import Order
from tests.twins.hosted import FAIL, MIME, MODERATE, REFUSE, Vendor, Words, Work, refuse, run
from tests.twins.ledger import Ledger
from tests.twins.storm import Conditions, Storm
from tests.twins.wire import Answer, Json, json_answer

COMMON = {"prompt", "negative_prompt", "seed", "output_format", "style_preset"}
FIELDS = {
    "generate/ultra": COMMON | {"aspect_ratio", "image", "strength"},
    "generate/core": COMMON | {"aspect_ratio"},
    "generate/sd3": COMMON | {"aspect_ratio", "image", "strength", "mode", "model", "cfg_scale"},
    "edit/inpaint": COMMON | {"image", "mask", "grow_mask"},
    "edit/outpaint": {"image", "left", "right", "up", "down", "creativity", "prompt", "seed", "output_format"},
    "upscale/fast": {"image", "output_format"},
    "upscale/conservative": {"image", "prompt", "negative_prompt", "seed", "creativity", "output_format"},
    "upscale/creative": {"image", "prompt", "negative_prompt", "seed", "creativity", "output_format"},
}
SOUND = {"prompt", "model", "duration", "seed", "steps", "cfg_scale", "output_format"}
MODELS = {"sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash"}
NEEDS_IMAGE = ("edit/", "upscale/")


def fault(status: int, name: str, *words: str) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"id": "f1", "name": name, "errors": list(words)}, status)


class StabilityWords(Words):
    """Turn requests down as Stability AI does."""

    @override
    def unauthorized(self) -> Answer:
        return fault(401, "unauthorized", "authorization: invalid key")

    @override
    def refusal(self, fault_: str, conditions: Conditions) -> Answer:
        if fault_.startswith("rate_") or fault_ == "quota_429":
            told = fault(429, "rate_limit_exceeded", "You have exceeded the rate limit.")
            return told.told({"retry-after": str(conditions.retry_after)}) if fault_ == "rate_seconds" else told
        if fault_ == "status_401":
            return self.unauthorized()
        if fault_ == "payment_402":
            return fault(402, "payment_required", "You lack sufficient credits.")
        if fault_ == "moderation":
            return fault(403, "content_moderation", "The request was flagged.")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        return fault(status, "not_found" if status == 404 else "internal_error", "Something went wrong.")


class Stability(Vendor):
    """Serve Stability AI's endpoints."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        super().__init__(options, storm, ledger, StabilityWords(), "Authorization: Bearer ")
        self.counter.paid("/v2beta/stable-image/{kind:generate|edit|upscale}/{tool}", self._picture)
        self.counter.paid("/v2beta/audio/stable-audio/text-to-audio", self._sound)
        self.counter.free("GET", "/v2beta/results/{name}", self._result)
        self.counter.free("GET", "/v2beta/audio/results/{name}", self._result)
        self.counter.free("GET", "/v1/user/balance", lambda _: json_answer({"credits": options.balance}))

    async def _picture(self, request: web.Request) -> Order:
        tool = f"{request.match_info['kind']}/{request.match_info['tool']}"
        if tool not in FIELDS:
            refuse(fault(404, "not_found", "There is no such tool."))
        fields = await _form(request, FIELDS[tool])
        _checked(tool, fields)
        work = _work(fields, str(fields.get("output_format", "png")))
        if tool == "upscale/creative":
            return self.ordered(work, lambda: json_answer({"id": work.name}, 202))
        if request.headers.get("Accept") != "image/*":
            refuse(fault(400, "bad_request", "accept: must be image/*"))
        return self.direct(work, lambda content: _told(work, content))

    async def _sound(self, request: web.Request) -> Order:
        fields = await _form(request, SOUND)
        _prompted(fields)
        if not 1 <= float(fields.get("duration", 190)) <= 380:
            refuse(fault(400, "bad_request", "duration: must lie between 1 and 380"))
        work = _work(fields, str(fields.get("output_format", "mp3")))
        return self.ordered(work, lambda: json_answer({"id": work.name}, 202))

    def _result(self, request: web.Request) -> Answer:
        work = self.works.get(request.match_info["name"])
        if work is None:
            refuse(fault(404, "not_found", "There is no such result."))
        if self.age(work) != "done":
            return json_answer({"id": work.name, "status": "in-progress"}, 202)
        if FAIL in work.prompt:
            refuse(fault(400, "generation_failed", "The work failed."))
        return _told(work, work.content())


def _told(work: Work, content: bytes) -> Answer:
    filtered = MODERATE in work.prompt
    reason = "CONTENT_FILTERED" if filtered else "SUCCESS"
    answer = Answer((content,), content_type=MIME[work.kind], hollow=b"")
    return answer.told({"finish-reason": reason, "seed": str(work.seed), "x-request-id": work.name})


def _work(fields: Json, kind: str) -> Work:
    return Work(str(fields.get("prompt", "")), kind, int(fields.get("seed", 0)), (256, 256))


def _checked(tool: str, fields: Json) -> None:
    if tool not in {"upscale/fast", "edit/outpaint"}:
        _prompted(fields)
    if tool.startswith(NEEDS_IMAGE) and "image" not in fields:
        refuse(fault(400, "bad_request", "image: is required"))
    if tool == "generate/sd3":
        if fields.get("model") not in MODELS:
            refuse(fault(400, "bad_request", "model: is unknown"))
        if (fields.get("mode") == "image-to-image") != ("image" in fields):
            refuse(fault(400, "bad_request", "mode: does not go with the image"))
        if fields.get("output_format") == "webp":
            refuse(fault(400, "bad_request", "output_format: must be png or jpeg"))
    if REFUSE in str(fields.get("prompt", "")):
        refuse(fault(403, "content_moderation", "Your request was flagged by our content moderation system."))


def _prompted(fields: Json) -> None:
    if not fields.get("prompt"):
        refuse(fault(400, "bad_request", "prompt: is required"))
    if not str(fields["prompt"]).isascii():
        refuse(fault(422, "invalid_language", "English is the only supported language."))


async def _form(request: web.Request, known: set[str]) -> dict[str, Any]:
    if request.content_type != "multipart/form-data":
        refuse(fault(400, "bad_request", "content-type: must be multipart/form-data"))
    fields: dict[str, Any] = {}
    for name, value in (await request.post()).items():
        if name not in known:
            refuse(fault(400, "bad_request", f"{name}: is not allowed"))
        fields[name] = _picture(value.file.read(), name) if isinstance(value, web.FileField) else value
    seed = str(fields.get("seed", 0))
    if not re.fullmatch(r"\d{1,10}", seed) or int(seed) > 4_294_967_294:
        refuse(fault(400, "bad_request", "seed: must lie between 0 and 4294967294"))
    return fields


def _picture(data: bytes, name: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data)) as found:
            size = found.size
    except (UnidentifiedImageError, OSError):
        refuse(fault(400, "bad_request", f"{name}: is no picture"))
    if min(size) < 64:
        refuse(fault(400, "bad_request", f"{name}: must have at least 64 pixels on each side"))
    return size


if __name__ == "__main__":
    run("stability", Stability)
