"""Speak as midjourney-proxy and the relays that copy it do: https://github.com/novicezk/midjourney-proxy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from maquette.core.action import Call
from maquette.core.answer import plain, seen
from maquette.core.errors import OutcomeUnknown, Unsupported
from maquette.core.inline import data_uri
from maquette.core.params import Media
from maquette.core.proof import proved

from . import shape
from .task import Done, Task, broken

_TOLD = {"id", "status", "code"}
_SPEEDS = {"relaxed": "--relax", "fast": "--fast", "turbo": "--turbo"}


async def check(call: Call) -> None:
    """Ask after a task that cannot be: the key is looked at before the task is."""
    await proved(
        call,
        "/mj/task/0/fetch",
        vendor="midjourney-proxy",
        fits=lambda told: not told or not _TOLD.isdisjoint(told),
        cure="A proxy has its own address and prefix; for MidAPI and kie.ai choose the driver `midapi`.",
    )


async def imagine(params: shape.Imagine, call: Call) -> Mapping[str, Any]:
    """Submit a prompt."""
    return await _submitted(call, "imagine", {"prompt": _words(params), "base64Array": []})


async def rework(params: shape.Rework, call: Call) -> Mapping[str, Any]:
    """Submit pictures, inside the request, and a prompt."""
    if params.use != "picture":
        raise Unsupported(
            f"The driver mj-proxy cannot take a picture's {params.use} from a file",
            hint="Put `--sref` or `--oref` with an address into the prompt, or use the driver `midapi`.",
        )
    pictures = [data_uri(await call.material(name)) for name in (params.image, *params.references)]
    return await _submitted(call, "imagine", {"prompt": _words(params), "base64Array": pictures})


async def animate(params: shape.Animate, call: Call) -> Mapping[str, Any]:
    """Refuse: proxies differ in how they take a film."""
    raise Unsupported("The driver mj-proxy makes no films", hint="Use the driver `midapi`.")


async def upscale(task: Task, call: Call) -> Mapping[str, Any]:
    """Submit one of four pictures to be enlarged."""
    return await _changed(task, "UPSCALE", call)


async def vary(task: Task, call: Call) -> Mapping[str, Any]:
    """Submit one of four pictures to be varied."""
    return await _changed(task, "VARIATION", call)


async def look(task: str, media: Media, call: Call) -> Done | None:
    """Return what a task made, None while it runs; raises what it ended with."""
    told = await seen(call, f"/mj/task/{task}/fetch")
    status = told.get("status")
    await call.progress(_fraction(told.get("progress")), str(status or "queued").lower().replace("_", " "))
    if status == "SUCCESS":
        links: Sequence[str] = [told["imageUrl"]] if isinstance(told.get("imageUrl"), str) else []
        return Done(media, links, dict(told))
    if status in ("FAILURE", "CANCEL", "MODAL"):
        raise broken(told.get("failReason") or f"the task stands at {status}")
    return None


async def _changed(task: Task, action: str, call: Call) -> Mapping[str, Any]:
    return await _submitted(call, "change", {"taskId": task.id, "action": action, "index": task.place + 1})


async def _submitted(call: Call, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    async def work() -> dict[str, Any]:
        told = await call.http.post(f"/mj/submit/{path}", {**body, "state": call.token})
        task = told.get("result")
        if not task or not isinstance(task, str | int):
            raise OutcomeUnknown(f"The proxy's answer names no task: {plain(told.get('description', ''))}")
        return {"task": str(task)}

    return await call.once(work)


def _words(params: shape.Imagine) -> str:
    flags = f"--ar {params.aspect_ratio} --s {params.stylize} --w {params.weird} --c {params.variety}"
    version = f"--niji {params.version[4:]}" if params.version.startswith("niji") else f"--v {params.version}"
    return f"{params.words} {flags} {version} {_SPEEDS[params.speed]}"


def _fraction(text: Any) -> float | None:
    digits = str(text or "").rstrip("%")
    return min(int(digits), 100) / 100 if digits.isdigit() else None
