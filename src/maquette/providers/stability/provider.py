"""Offer Stability AI's pictures and music as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from pydantic import HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import charge, retirement
from maquette.core.action import Answer, Call, Cost, Output, Provider, Result, Settings, Upload, operation
from maquette.core.answer import plain
from maquette.core.errors import ContentRejected, OutcomeUnknown, ProviderError, QuotaExhausted, RequestRejected
from maquette.core.narrow import Narrowing
from maquette.core.params import Media
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

from . import form

_EVERY_S = 10.0
"""The vendor asks for no more than one look in ten seconds."""
_FILTERED = "CONTENT_FILTERED"


class Account(Settings):
    """Credentials of a Stability AI account."""

    api_key: SecretStr
    """The key from the Stability AI console."""
    base_url: HttpUrl = HttpUrl("https://api.stability.ai")
    """Where the API listens, without a path."""

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.api_key.get_secret_value()}"}


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters; None for one of which nothing is known."""
    return catalog.narrowing("stability", model)


class Stability(Provider):
    """Pictures and music by Stability AI."""

    title: ClassVar[str] = "Stability AI"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"STABILITY_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Read the balance: free, fails on a bad key and on an account without credits."""
        found = await proved(call, "/v1/user/balance", vendor="Stability AI", fits=holds("credits"))
        if isinstance(found["credits"], int | float) and found["credits"] <= 0:
            raise QuotaExhausted(
                "The account has no credits left", hint="Buy credits at Stability AI, or use another account."
            )

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models and the tools that are known."""
        return catalog.listed("stability")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        name, faults = str(body.get("name") or ""), body.get("errors")
        words = "; ".join(map(plain, faults)) if isinstance(faults, list) else name
        if "moderation" in name or name == "public_figure":
            return ContentRejected(f"The provider's safety system refused: {words}", provider_code=name)
        if status in (400, 413, 422) and name:
            return RequestRejected(f"The provider refused the request: {words or name}", provider_code=name)
        return None

    @operation(produces="image", title="Text to image", price=form.picture_price, narrow=narrowing)
    async def txt2img(self, params: form.Picture, call: Call) -> Result:
        """Make a picture from words."""
        retirement.admit("stability", params.model)
        path, parts = form.drawn(params)
        return await _made(path, parts, params.model, call)

    @operation(produces="image", title="Image to image", price=form.picture_price, narrow=narrowing)
    async def img2img(self, params: form.Rework, call: Call) -> Result:
        """Make a picture from another and words."""
        retirement.admit("stability", params.model)
        path, parts = form.drawn(params)
        return await _made(path, [*parts, await _file("image", params.image, call)], params.model, call)

    @operation(produces="image", title="Inpaint", price=lambda _: form.price_of("inpaint"))
    async def inpaint(self, params: form.Inpaint, call: Call) -> Result:
        """Repaint a part of a picture."""
        parts = form.form(params, skip=frozenset({"image", "mask"}))
        files = {"image": params.image, "mask": params.mask}
        parts += [await _file(word, name, call) for word, name in files.items() if name]
        return await _made("/v2beta/stable-image/edit/inpaint", parts, "inpaint", call)

    @operation(produces="image", title="Outpaint", price=lambda _: form.price_of("outpaint"))
    async def outpaint(self, params: form.Outpaint, call: Call) -> Result:
        """Extend a picture beyond its edges."""
        if not params.left + params.right + params.up + params.down:
            raise RequestRejected("Nothing is to be added", hint="Say by how many pixels to extend at least one side.")
        parts = [*form.form(params, skip=frozenset({"image"})), await _file("image", params.image, call)]
        return await _made("/v2beta/stable-image/edit/outpaint", parts, "outpaint", call)

    @operation(produces="image", title="Upscale", price=lambda params: form.price_of(form.product_of(params)))
    async def upscale(self, params: form.Upscale, call: Call) -> Result:
        """Make a picture larger."""
        path, product = f"/v2beta/stable-image/upscale/{params.method}", form.product_of(params)
        skip = frozenset({"image", "method"} | ({"prompt", "creativity"} if params.method == "fast" else set()))
        if params.method != "fast" and not params.prompt:
            raise RequestRejected(f"The method {params.method!r} needs a prompt", hint="Say what is in the picture.")
        parts = [*form.form(params, skip=skip), await _file("image", params.image, call)]
        if params.method == "creative":
            return await _awaited(path, parts, "/v2beta/results", product, call)
        return await _made(path, parts, product, call)

    @operation(produces="audio", title="Music", price=lambda _: form.price_of("stable-audio-3"))
    async def music(self, params: form.Music, call: Call) -> Result:
        """Make music or a sound from words."""
        path = "/v2beta/audio/stable-audio/text-to-audio"
        parts = form.form(params, model="stable-audio-3")
        return await _awaited(path, parts, "/v2beta/audio/results", "stable-audio-3", call)


async def _file(word: str, name: str, call: Call) -> Upload:
    material = await call.material(name)
    return Upload(word, material.content, material.name, material.mime)


async def _made(path: str, parts: Sequence[Upload], product: str, call: Call) -> Result:
    async def work() -> Result:
        answer = await call.http.send("POST", path, parts=parts, headers={"accept": "image/*"})
        return _read(answer, "image", product)

    return await call.once(work)


async def _awaited(path: str, parts: Sequence[Upload], where: str, product: str, call: Call) -> Result:
    media: Media = "audio" if "audio" in where else "image"

    async def work() -> str:
        taken = (await call.http.send("POST", path, parts=parts, headers={"accept": "application/json"})).json()
        if not isinstance(taken, dict) or not isinstance(taken.get("id"), str):
            raise OutcomeUnknown("The provider took the work and did not say under which id")
        return str(taken["id"])

    name = await call.once(work)

    async def finished() -> Answer | None:
        try:
            answer = await call.http.send("GET", f"{where}/{name}", headers={"accept": f"{media}/*"})
        except (ContentRejected, RequestRejected) as failed:
            if failed.details.get("upstream_status") != 404:
                failed.cost = Cost(0, "computed")  # the vendor does not charge for work that failed
            raise
        if answer.status != 202:
            return answer
        await call.progress(None, "in progress")
        return None

    return _read(await call.poll(finished, every=_EVERY_S), media, product)


def _read(answer: Answer, media: Media, product: str) -> Result:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip()
    # A refused result comes as a blurred picture with status 200, and this header is all that tells.
    if answer.headers.get("finish-reason") == _FILTERED:
        raise ContentRejected("The provider's safety system refused the result", provider_code=_FILTERED)
    if not answer.body or not kind.startswith(f"{media}/"):
        raise OutcomeUnknown(f"The provider promised {media} and sent {kind or 'nothing'}")
    seed = answer.headers.get("seed", "")
    told = {word: answer.headers[word] for word in ("x-request-id", "finish-reason", "seed") if word in answer.headers}
    output = Output(media, content=answer.body, seed=int(seed) if seed.isdecimal() else None)
    return Result([output], cost=charge.cost("stability", product, {"result": 1}), response={"model": product, **told})


PROVIDER = Stability()
