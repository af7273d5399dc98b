"""Speak the Replicate wire: predictions, a store of files, results that are gone after a while."""

from __future__ import annotations

import argparse
import uuid

from aiohttp import web
from typing_extensions import override

from tests.twins.desk import Order
from tests.twins.hosted import FAIL, MODERATE, Vendor, Words, Work, read_json, refuse, run
from tests.twins.ledger import Ledger
from tests.twins.storm import Conditions, Storm
from tests.twins.wire import Answer, Json, json_answer

FILMS = ("bytedance/seedance-1-pro", "kwaivgi/kling-v2.5-turbo-pro")
PICTURE = {"prompt", "seed", "aspect_ratio", "output_format"}
FILM = {"prompt", "duration", "aspect_ratio", "image"}
FIELDS = {
    "black-forest-labs/flux-schnell": PICTURE | {"num_outputs", "num_inference_steps"},
    "black-forest-labs/flux-dev": PICTURE
    | {"num_outputs", "num_inference_steps", "guidance", "image", "prompt_strength"},
    "black-forest-labs/flux-1.1-pro": PICTURE,
    "google/nano-banana": {"prompt", "aspect_ratio", "output_format", "image_input"},
    "bytedance/seedance-1-pro": FILM | {"seed", "resolution", "last_frame_image"},
    "kwaivgi/kling-v2.5-turbo-pro": FILM - {"image"} | {"negative_prompt", "start_image", "end_image"},
}
VERSION = "5" * 64
NOW = "2026-11-20T10:00:00Z"
INLINE = 256_000 * 4 // 3 + 100


def fault(status: int, title: str, detail: str) -> Answer:
    """Return an error in the vendor's shape."""
    return json_answer({"title": title, "detail": detail, "status": status}, status)


class ReplicateWords(Words):
    """Turn requests down as Replicate does."""

    @override
    def unauthorized(self) -> Answer:
        return fault(401, "Unauthenticated", "You did not pass a valid authentication token")

    @override
    def refusal(self, fault_: str, conditions: Conditions) -> Answer:
        if fault_.startswith("rate_") or fault_ == "quota_429":
            told = fault(429, "Too many requests", "Request was throttled.")
            return told.told({"retry-after": str(conditions.retry_after)}) if fault_ == "rate_seconds" else told
        if fault_ == "status_401":
            return self.unauthorized()
        if fault_ == "payment_402":
            return fault(402, "Insufficient credit", "You have insufficient credit to run this model.")
        if fault_ == "moderation":
            return fault(422, "Input validation failed", "The input was flagged as sensitive. (E005)")
        return self.failure(503)

    @override
    def failure(self, status: int) -> Answer:
        return fault(status, "Not found" if status == 404 else "Error", "Something went wrong.")


class Replicate(Vendor):
    """Serve Replicate's endpoints."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        super().__init__(options, storm, ledger, ReplicateWords(), "Authorization: Bearer ")
        self._files: set[str] = set()
        self.counter.free(
            "GET", "/v1/account", lambda _: json_answer({"type": "user", "username": "twin", "name": "Twin"})
        )
        self.counter.paid("/v1/models/{owner}/{model}/predictions", self._official)
        self.counter.paid("/v1/predictions", self._versioned)
        self.counter.free("GET", "/v1/predictions/{name}", self._state)
        self.counter.side("POST", "/v1/predictions/{name}/cancel", self._cancel)
        self.counter.side("POST", "/v1/files", self._upload)

    async def _official(self, request: web.Request) -> Order:
        return await self._predict(request, f"{request.match_info['owner']}/{request.match_info['model']}")

    async def _versioned(self, request: web.Request) -> Order:
        if (await read_json(request)).get("version") != VERSION:
            refuse(fault(422, "Invalid version", "The specified version does not exist"))
        return await self._predict(request, "black-forest-labs/flux-schnell")

    async def _predict(self, request: web.Request, model: str) -> Order:
        if model not in FIELDS:
            refuse(fault(404, "Not found", "The requested resource could not be found."))
        said: Json = (await read_json(request)).get("input", {})
        for unknown in sorted(set(said) - FIELDS[model]):
            refuse(fault(422, "Input validation failed", f"- input: Additional property {unknown} is not allowed"))
        if not said.get("prompt"):
            refuse(fault(422, "Input validation failed", "- input: prompt is required"))
        for given in (said.get(word) for word in ("image", "start_image", "last_frame_image", "end_image")):
            self._seen(given)
        for given in said.get("image_input", []):
            self._seen(given)
        kind = "mp4" if model in FILMS else str(said.get("output_format", "webp")).replace("jpg", "jpeg")
        work = Work(said["prompt"], kind, int(said.get("seed", 7)), (256, 256), int(said.get("num_outputs", 1)))
        work.fields = {"model": model, "input": said}
        return self.ordered(work, lambda: json_answer(self._told(request, work), 201, hollow={"status": "starting"}))

    def _seen(self, given: str | None) -> None:
        if given is None or given in self._files:
            return
        if not given.startswith("data:image/") or len(given) > INLINE:
            refuse(fault(422, "Input validation failed", "- input.image: not a file, or too large a data URI"))

    def _told(self, request: web.Request, work: Work, *, looked: bool = False) -> Json:
        url = f"http://{request.host}/v1/predictions/{work.name}"
        told: Json = {
            "id": work.name,
            "model": work.fields["model"],
            # The vendor does not tell the versions of its official models.
            "version": "hidden",
            "input": work.fields["input"],
            "created_at": NOW,
            "urls": {"get": url, "cancel": f"{url}/cancel"},
            "logs": "",
            "error": None,
            "output": None,
        }
        age = self.age(work, looked=looked)
        if work.cancelled:
            return told | {"status": "canceled"}
        if age != "done":
            logs = "" if age == "queued" else " 50%|#####     | 2/4"
            return told | {"status": "starting" if age == "queued" else "processing", "logs": logs}
        for word, reason in ((MODERATE, "NSFW content detected. Try another prompt."), (FAIL, "CUDA out of memory")):
            if word in work.prompt:
                return told | {"status": "failed", "error": reason}
        made = [self.address(request, work, number) for number in range(work.count)]
        output = made[0] if work.kind == "mp4" else made
        return told | {"status": "succeeded", "output": output, "metrics": {"predict_time": 0.4}}

    def _state(self, request: web.Request) -> Answer:
        return json_answer(self._told(request, self._work(request), looked=True))

    def _work(self, request: web.Request) -> Work:
        work = self.works.get(request.match_info["name"])
        if work is None:
            refuse(fault(404, "Not found", "The requested resource could not be found."))
        return work

    async def _cancel(self, request: web.Request) -> Answer:
        work = self._work(request)
        work.cancelled = self.age(work, looked=False) != "done"
        return json_answer(self._told(request, work))

    async def _upload(self, request: web.Request) -> Answer:
        sent = (await request.post()).get("content")
        if not isinstance(sent, web.FileField):
            return fault(400, "Bad request", "content is required")
        name = str(uuid.uuid4())
        url = f"http://{request.host}/v1/files/{name}"
        self._files.add(url)
        told = {"id": name, "name": sent.filename, "content_type": sent.content_type, "size": sent.file.seek(0, 2)}
        more = {"etag": name, "checksums": {}, "metadata": {}, "created_at": NOW, "urls": {"get": url}}
        return json_answer(told | more, 201)


if __name__ == "__main__":
    run("replicate", Replicate)
