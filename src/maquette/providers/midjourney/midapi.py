"""Speak as MidAPI and kie.ai do: https://docs.midapi.ai."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from maquette.core.action import Call
from maquette.core.answer import part, parts, seen
from maquette.core.errors import GenerationFailed, OutcomeUnknown, QuotaExhausted, RequestRejected
from maquette.core.params import Media
from maquette.core.proof import proved

from . import shape
from .task import Done, Task, broken

_FRESH = timedelta(days=14)
"""Results are kept for 15 days; what is older is lent by our store."""
_MILLIS = 10**11
"""A time that is a larger number counts thousandths of a second."""
_USES = {"picture": "mj_img2img", "style": "mj_style_reference", "omni": "mj_omni_reference"}


async def check(call: Call) -> None:
    """Read the balance; raises `QuotaExhausted` where nothing is left."""
    path = "/api/v1/chat/credit" if ".kie." in str(call.settings.base()) else "/api/v1/common/credit"
    told = await proved(
        call,
        path,
        vendor="MidAPI",
        fits=lambda told: told.get("code") == 200 and isinstance(told.get("data"), int | float),
        cure="For a proxy choose the driver `mj-proxy`.",
    )
    if told["data"] <= 0:
        raise QuotaExhausted("The gateway's account has no credits left")


async def imagine(params: shape.Imagine, call: Call) -> Mapping[str, Any]:
    """Submit a prompt."""
    return await _submitted(call, "generate", _picture(params) | {"taskType": "mj_txt2img"})


async def rework(params: shape.Rework, call: Call) -> Mapping[str, Any]:
    """Submit pictures and a prompt."""
    links = await call.memo("links", lambda: _links(call, params.image, *params.references))
    body = _picture(params) | {"taskType": _USES[params.use], "fileUrls": links}
    if params.use == "omni":
        del body["speed"]
        body["ow"] = params.omni_weight
    return await _submitted(call, "generate", body)


async def animate(params: shape.Animate, call: Call) -> Mapping[str, Any]:
    """Submit a first frame."""
    links = await call.memo("links", lambda: _links(call, params.image))
    body = {
        "taskType": "mj_video" if params.resolution == "480p" else "mj_video_hd",
        "prompt": params.prompt,
        "fileUrls": links,
        "motion": params.motion,
        "videoBatchSize": params.n,
    }
    return await _submitted(call, "generate", body)


async def upscale(task: Task, call: Call) -> Mapping[str, Any]:
    """Submit one of four pictures to be enlarged."""
    return await _submitted(call, "generateUpscale", {"taskId": task.id, "imageIndex": task.place})


async def vary(task: Task, call: Call) -> Mapping[str, Any]:
    """Submit one of four pictures to be varied."""
    place = task.place + call.settings.vary_from
    return await _submitted(call, "generateVary", {"taskId": task.id, "imageIndex": place})


async def look(task: str, media: Media, call: Call) -> Done | None:
    """Return what a task made, None while it runs; raises what it ended with."""
    record = part(await seen(call, "/api/v1/mj/record-info", taskId=task), "data")
    links = _results(record.get("resultInfoJson"))
    flag = record.get("successFlag")
    await call.progress(None, "Midjourney is at work" if flag == 0 else "done")
    if links:
        # One public client takes 2 for success: what counts is whether there are results.
        return Done(media, links, dict(record))
    if flag in (None, 0):
        return None
    raise broken(record.get("errorMessage") or "it gave no reason")


def _picture(params: shape.Imagine) -> dict[str, Any]:
    return {
        "prompt": params.words,
        "speed": params.speed,
        "aspectRatio": params.aspect_ratio,
        "version": params.version,
        "stylization": params.stylize,
        "weirdness": params.weird,
        "variety": params.variety,
    }


async def _submitted(call: Call, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    async def work() -> dict[str, Any]:
        try:
            told = await call.http.post(f"/api/v1/mj/{path}", body)
        except GenerationFailed as failed:  # at once, and without a task: nothing was taken
            raise RequestRejected(f"The gateway took no task: {failed.message}") from failed
        task = part(told, "data").get("taskId")
        if not isinstance(task, str) or not task:
            raise OutcomeUnknown("The gateway's answer names no task")
        return {"task": task}

    return await call.once(work)


async def _links(call: Call, *names: str) -> list[str]:
    return [await _link(call, name) for name in names]


async def _link(call: Call, name: str) -> str:
    """Return where the gateway can fetch a picture: where it made it itself lately, else where our store lends it."""
    made = await call.material(name)
    if made.provider == "midjourney" and "index" in made.notes:
        record = await _kept(call, str(made.notes["task"]))
        links = _results(record.get("resultInfoJson"))
        if made.notes["index"] < len(links) and _is_fresh(record.get("completeTime") or record.get("createTime")):
            return str(links[made.notes["index"]])
    return await call.link(name)


async def _kept(call: Call, task: str) -> Mapping[str, Any]:
    """Return what the gateway keeps of a task; nothing where it has forgotten it."""
    try:
        return part(await seen(call, "/api/v1/mj/record-info", taskId=task), "data")
    except RequestRejected as refused:
        if refused.details.get("upstream_status") != 404:
            raise
        return {}


def _is_fresh(time: Any) -> bool:
    """Tell whether what was made then is still there for as long as a task takes; times come in three forms."""
    try:
        if isinstance(time, str) and not time.isdecimal():
            then = datetime.fromisoformat(time)
            then = then if then.tzinfo else then.replace(tzinfo=UTC)
        else:
            seconds = int(time)
            then = datetime.fromtimestamp(seconds / 1000 if seconds > _MILLIS else seconds, UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return False
    return datetime.now(UTC) - then < _FRESH


def _results(info: Any) -> list[str]:
    """Return the addresses of the results; the gateway sends them as an object or as the text of one."""
    if isinstance(info, str):
        with suppress(msgspec.DecodeError):
            info = msgspec.json.decode(info)
    found = (item.get("resultUrl") for item in parts(part(info).get("resultUrls")))
    return [link for link in found if isinstance(link, str)]
