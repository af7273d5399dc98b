"""Offer Midjourney as actions, whichever gateway the account names."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any, ClassVar

from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, Settings, operation
from maquette.core.answer import moderated, plain
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from maquette.core.params import Media

from . import midapi, proxy, shape
from .settings import Account
from .task import Done, broken, picked

_ACCEPTED = (1, 21, 22, 200)
_BANNED, _MAINTENANCE, _FAILED = 24, 455, 501
_STATUS = {3: 404, 4: 422, 9: 422, 23: 429, _BANNED: 422, _MAINTENANCE: 422, _FAILED: 422, 505: 422}
"""What codes mean that are no statuses: those of the proxy, maintenance, a failed generation, a feature that is off."""
_NAMED: dict[int, type[ProviderError]] = {401: AccountRejected, 402: QuotaExhausted, 429: RateLimited}


def _code(body: Mapping[str, Any]) -> int | None:
    code = body.get("code")
    return code if isinstance(code, int) and not isinstance(code, bool) else None


class Midjourney(Provider):
    """Pictures and films by Midjourney, through MidAPI, kie.ai or a proxy."""

    title: ClassVar[str] = "Midjourney"
    settings: ClassVar[type[Settings]] = Account

    @override
    async def check(self, call: Call) -> None:
        """Ask the gateway something that is free and needs the key."""
        await _driver(call).check(call)

    @override
    def status_of(self, body: Mapping[str, Any]) -> int | None:
        """Return the status that a code inside a successful answer stands for."""
        code = _code(body)
        if code is None or code in _ACCEPTED:
            return None
        return _STATUS.get(code, code if 400 <= code < 600 else None)

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a code inside an answer spells out."""
        code = _code(body)
        if code is None or status >= 500:
            return None
        said = plain(body.get("msg") or body.get("description") or f"code {code}")
        if code == _BANNED or moderated(said):
            return ContentRejected(f"Midjourney refused: {said}")
        if code == _FAILED:
            return broken(said)
        if code == _MAINTENANCE:
            return ProviderUnavailable(f"The gateway is being maintained: {said}", retry_after=60)
        return _NAMED.get(status, RequestRejected)(f"The gateway refused: {said}", upstream_status=status)

    @operation(produces="image", title="Text to image")
    async def txt2img(self, params: shape.Imagine, call: Call) -> Result:
        """Make four pictures from words."""
        return await _driven(await _driver(call).imagine(params, call), "image", call)

    @operation(produces="image", title="Image to image")
    async def img2img(self, params: shape.Rework, call: Call) -> Result:
        """Make four pictures from up to five others and words."""
        return await _driven(await _driver(call).rework(params, call), "image", call)

    @operation(produces="video", title="Image to video")
    async def img2vid(self, params: shape.Animate, call: Call) -> Result:
        """Make films that begin with a picture."""
        return await _driven(await _driver(call).animate(params, call), "video", call)

    @operation(produces="image", title="Upscale")
    async def upscale(self, params: shape.Pick, call: Call) -> Result:
        """Enlarge one of the four pictures of an earlier job."""
        return await _driven(await _driver(call).upscale(await picked(params, call), call), "image", call)

    @operation(produces="image", title="Vary")
    async def vary(self, params: shape.Pick, call: Call) -> Result:
        """Make four pictures like one of the four of an earlier job."""
        return await _driven(await _driver(call).vary(await picked(params, call), call), "image", call)


def _driver(call: Call) -> ModuleType:
    return midapi if call.settings.driver == "midapi" else proxy


async def _driven(handle: Mapping[str, Any], media: Media, call: Call) -> Result:
    """Wait for a task and return what it made."""
    account: Account = call.settings
    driver, task = _driver(call), str(handle["task"])

    async def finished() -> Done | None:
        found: Done | None = await driver.look(task, media, call)
        return found

    done = await call.poll(finished, every=account.pace_s)
    several = len(done.links) > 1
    outputs = [
        Output(media, url=link, notes={"task": task} | ({"index": place} if several else {}))
        for place, link in enumerate(done.links)
    ]
    return Result(outputs, cost=account.cost(), response={"task": task, "record": dict(done.record)})


PROVIDER = Midjourney()
