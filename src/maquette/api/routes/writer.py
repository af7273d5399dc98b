"""The writer document's own door: pictures for images or articles by their ids, with its words and its errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from fastapi import Request, Response
from pydantic import ValidationError

from maquette.api.ask_content import ImagesAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import WAIT_MOST, Throttled, place, seconds_to_wait
from maquette.core.errors import Conflict, GenerationFailed, MaquetteError, RequestRefused
from maquette.core.illustration import succeeded
from maquette.core.model import FINAL
from maquette.services import follow, illustrate
from maquette.services.job import JobView

DOORS = Doors("", "writer")
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "required": ["ids"],
                    "properties": {"ids": {"type": "array", "items": {"type": ["string", "integer"]}}},
                }
            }
        },
    }
}
_OPTIONS: dict[str, Any] = {
    "response_class": Response,
    "responses": {200: {"content": {"application/json": {}}, "description": "success, task_id and message"}},
    "dependencies": [Throttled],
}


@DOORS.post("/v1/writer/images/generate_images/", "member", include_in_schema=False, **_OPTIONS)
@DOORS.post("/api/v1/writer/images/generate_images/", "member", openapi_extra=_BODY, **_OPTIONS)
async def generate_images(request: Request, studio: TheStudio, caller: TheCaller) -> Response:
    """Make the pictures of images or articles as one task; with `Prefer: wait`, answer when they are made."""
    try:
        ask = _read(await request.body())
    except ValueError as fault:
        told = {"code": "request_invalid", "hint": "Send `ids`: ids of images or of articles, as texts or integers."}
        return _answer(400, {"error": str(fault), "type": "ValidationError", **told})
    try:
        begun = await illustrate.begin(studio, caller, ask.wish())
    except (RequestRefused, Conflict) as refused:
        return _refused(refused)
    except MaquetteError as error:
        return _answer(
            500, {"error": error.message, "type": "ExecutionError", "code": error.code, "hint": error.advice}
        )
    patience = _patience(request.headers.get("prefer"))
    if not patience:
        started = {"success": True, "task_id": begun.job.id, "message": "Image generation started"}
        return _answer(200, started | _skipped(begun), place(begun.job.id))
    view = await follow.wait(studio, caller, begun.job.id, patience)
    return _ended(view, {"task_id": begun.job.id, **_skipped(begun)})


def _read(body: bytes) -> ImagesAsk:
    """Return what is asked for; raises `ValueError` with what to say."""
    try:
        found = msgspec.json.decode(body or b"{}")
    except msgspec.DecodeError:
        raise ValueError("The body is no JSON") from None
    if not isinstance(found, dict) or not found.get("ids"):
        raise ValueError("No IDs provided")
    try:
        return ImagesAsk.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _patience(prefer: str | None) -> int:
    """Return how many seconds to wait: `wait` alone is as long as is allowed."""
    words = [word.strip() for word in (prefer or "").split(",")]
    return WAIT_MOST if "wait" in words else seconds_to_wait(prefer)


def _skipped(begun: illustrate.Begun) -> dict[str, Any]:
    rows = [{"id": each.image, "reason": each.detail} for each in begun.skipped]
    return {"images_skipped": rows} if rows else {}


def _refused(error: MaquetteError) -> Response:
    """Return a refusal in the words of the document."""
    if error.status in (401, 403, 429):
        raise error
    return _answer(400, {"error": error.message, "type": "ValidationError", "code": error.code, "hint": error.advice})


def _ended(view: JobView, more: Mapping[str, Any]) -> Response:
    job = view.job
    if job.state not in FINAL:
        return _answer(200, {"success": True, "message": "Image generation started", **more}, place(job.id))
    if job.state != "succeeded" or job.result is None:
        error: Mapping[str, Any] = job.error or {}
        said = {"error": error.get("detail") or "Image generation failed", "type": "TaskExecutionError", **more}
        told = {"code": error.get("code", "generation_failed"), "hint": error.get("hint", GenerationFailed.hint)}
        return _answer(500, said | told)
    made, failed = job.result["images_generated"], job.result["images_failed"]
    said = {"success": True, "images_generated": made, "images_failed": failed, "message": succeeded(None)}
    return _answer(200, said | dict(more))


def _answer(status: int, said: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(dict(said)), status, dict(headers or {}), "application/json")
