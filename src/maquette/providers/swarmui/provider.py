"""Offer a SwarmUI server as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from maquette.core.action import Call, Provider, Result, Settings, operation
from maquette.core.errors import ProviderError, RequestRejected
from maquette.core.inline import data_uri
from maquette.core.proof import meant, reached
from maquette.core.usual import Usual

from . import job, wire
from .picture import Imagine, Inpaint, Made, Rework, body, choices, source
from .settings import Account

_PARAMETERS = ("sampler", "scheduler", "vae")


class Swarm(Provider):
    """Pictures on a SwarmUI server of your own."""

    title: ClassVar[str] = "SwarmUI"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(servers=("http://127.0.0.1:7801",))

    def __init__(self) -> None:
        self._sessions = wire.Sessions()

    @override
    async def check(self, call: Call) -> None:
        """Open a session, which is free and fails on a bad token."""
        await reached(lambda: wire.opened(call), meant(call.settings, self.title))

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the installed models."""
        return [{"id": name, "title": name, "media": "image"} for name in await self._models(call, "Stable-Diffusion")]

    async def choices(self, field: str, call: Call) -> Sequence[Mapping[str, Any]]:
        """List what a parameter can be on the server."""
        if field == "lora":
            return [{"id": name, "title": name} for name in await self._models(call, "LoRA")]
        if field not in _PARAMETERS:
            return []
        listed = await self._sessions.asked("ListT2IParams", call)
        return [{"id": name, "title": name} for name in choices(listed, field)]

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop the generation of `handle` and no other: it has a session of its own."""
        return await job.interrupted(str(handle["session"]), call)

    @override
    async def find(self, token: str, call: Call) -> Any | None:
        """Return the handle of the generation submitted under `token`, or None if the server has no trace of it."""
        return await job.known(token, self._sessions, call)

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return wire.refusal(body) if status < 500 and "error_id" in body else None

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: Imagine, call: Call) -> Result:
        """Make pictures from words."""
        size = {"width": params.width, "height": params.height}
        return await job.drive(await self._body(params, call) | size, self._sessions, call)

    @operation(produces="image", title="Image to image")
    async def img2img(self, params: Rework, call: Call) -> Result:
        """Make pictures from another one and words."""
        image = await call.material(params.image)
        return await job.drive(await self._body(params, call) | source(params, image), self._sessions, call)

    @operation(produces="image", title="Inpaint")
    async def inpaint(self, params: Inpaint, call: Call) -> Result:
        """Repaint the white part of a mask; the rest stays as it is."""
        image, mask = await call.material(params.image), await call.material(params.mask)
        masked = {"maskimage": data_uri(mask), "maskblur": params.mask_blur}
        return await job.drive(await self._body(params, call) | source(params, image) | masked, self._sessions, call)

    async def _body(self, params: Made, call: Call) -> dict[str, Any]:
        return body(params, params.model or await call.memo("model", lambda: self._first(call)))

    async def _first(self, call: Call) -> str:
        installed = await self._models(call, "Stable-Diffusion")
        if not installed:
            raise RequestRejected("No model is installed", hint="Download a model on the server's Models page.")
        return installed[0]

    async def _models(self, call: Call, kind: str) -> list[str]:
        found = await self._sessions.asked("ListModels", call, path="", depth=5, subtype=kind)
        rows = found.get("files")
        names = [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []
        return [name for name in names if isinstance(name, str)]


PROVIDER = Swarm()
