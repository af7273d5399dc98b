"""Offer a server with AUTOMATIC1111's API as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.answer import plain
from maquette.core.errors import OutcomeUnknown, ProviderError, RequestRejected
from maquette.core.inline import base64_of
from maquette.core.proof import proved
from maquette.core.usual import Usual

from . import job, wire
from .picture import Enlarge, Imagine, Inpaint, Made, Rework, body, masked, source
from .settings import Account

_API = "Start the server with `--api`; its web page alone does not answer programs."
_OPTIONS = {"sd_model_checkpoint", "samples_format"}
_USUAL = ("R-ESRGAN 4x+", "ESRGAN_4x", "SwinIR 4x", "Lanczos")


class Automatic(Provider):
    """Pictures on a Stable Diffusion server of your own: AUTOMATIC1111, Forge, SD.Next and their likes."""

    title: ClassVar[str] = "AUTOMATIC1111, Forge, SD.Next"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(servers=("http://127.0.0.1:7860",))

    @override
    async def check(self, call: Call) -> None:
        """Read the server's options: free, and fails on a wrong login."""
        await proved(
            call,
            "/sdapi/v1/options",
            vendor="a Stable Diffusion web API",
            fits=lambda told: not _OPTIONS.isdisjoint(told),
            cure=_API,
        )

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the installed checkpoints."""
        return [{"id": name, "title": name, "media": "image"} for name in await wire.choices("model", call)]

    async def choices(self, field: str, call: Call) -> Sequence[Mapping[str, Any]]:
        """List what a parameter can be on the server."""
        return [{"id": name, "title": name} for name in await wire.choices(field, call)]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return wire.refusal(status, body)

    @override
    def final(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error with which the server says that its work broke."""
        return wire.broken(body) if status == 500 else None

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: Imagine, call: Call) -> Result:
        """Make pictures from words."""
        size = {"width": params.width, "height": params.height}
        return await _made("txt2img", params, size, call)

    @operation(produces="image", title="Image to image")
    async def img2img(self, params: Rework, call: Call) -> Result:
        """Make pictures from another one and words."""
        return await _made("img2img", params, source(params, await call.material(params.image)), call)

    @operation(produces="image", title="Inpaint")
    async def inpaint(self, params: Inpaint, call: Call) -> Result:
        """Repaint the white part of a mask; the rest stays as it is."""
        image, mask = await call.material(params.image), await call.material(params.mask)
        return await _made("img2img", params, source(params, image) | masked(params, mask), call)

    @operation(produces="image", title="Upscale")
    async def upscale(self, params: Enlarge, call: Call) -> Result:
        """Enlarge a picture by one of the server's upscalers."""
        image = await call.material(params.image)
        upscaler = params.upscaler or await call.memo("upscaler", lambda: _usual(call))
        sent = {"image": base64_of(image), "resize_mode": 0, "upscaling_resize": params.factor, "upscaler_1": upscaler}

        async def work() -> Result:
            found = (await call.http.send("POST", "/sdapi/v1/extra-single-image", body=sent)).json()
            if not isinstance(found, dict) or not found.get("image"):
                raise OutcomeUnknown("The server's answer holds no picture")
            # What enlarges says nothing of how the picture came to be.
            output = Output("image", content=wire.decoded(found["image"]), source="unknown")
            return Result([output], response={"upscaler": upscaler})

        return await call.once(work)


async def _made(route: str, params: Made, more: Mapping[str, Any], call: Call) -> Result:
    version = await call.memo("version", lambda: _version(call))
    sent = {**body(params, call.token), **more}
    watch = job.Watch(call)

    async def work() -> Result:
        answer = await job.answered(f"/sdapi/v1/{route}", sent, call)
        watch.admit()
        return Result(wire.pictures(answer, params.n, params.seed), response={"server": version})

    async def once() -> Result:
        return await call.once(work)

    made: Result = await watch.during(once)
    return made


async def _version(call: Call) -> str:
    """Return which of the family the server is, as far as it tells."""
    for path, name in (("/sdcpp/v1/capabilities", "stable-diffusion.cpp"), ("/sdapi/v1/version", "SD.Next")):
        found = await wire.asked(path, call)
        if isinstance(found, dict):
            number = found.get("version") or found.get("current")
            return plain(f"{name} {number}" if isinstance(number, str) else name)[:60]
    flags = await wire.asked("/sdapi/v1/cmd-flags", call)
    return "Forge" if isinstance(flags, dict) and any("forge" in word for word in flags) else "AUTOMATIC1111"


async def _usual(call: Call) -> str:
    installed = await wire.choices("upscaler", call)
    if not installed:
        raise RequestRejected("The server has no upscaler", hint="Install one there, or use another provider.")
    return next((name for name in _USUAL if name in installed), installed[0])


PROVIDER = Automatic()
