"""Offer the models at fal as actions: FLUX, Kling, Pika, Seedance and every other endpoint by its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import Field, HttpUrl, SecretStr
from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.catalog.spell import spelled
from maquette.core.action import Call, Provider, Result, Settings, operation
from maquette.core.errors import ProviderError, RequestRejected
from maquette.core.inline import data_uri
from maquette.core.narrow import Narrowing
from maquette.core.params import Media, hint
from maquette.core.proof import Meant, asked, holds, reached
from maquette.core.usual import Usual

from . import ask, queue

_PROBED = "fal-ai/flux/dev"
_VENDOR = "fal.run"
_PLATFORM = HttpUrl("https://api.fal.ai/v1")


class Account(Settings):
    """Credentials of a fal account."""

    api_key: SecretStr
    """The key from the fal dashboard."""
    base_url: HttpUrl = HttpUrl("https://queue.fal.run")
    """Where the queue listens, without a path."""
    platform_url: Annotated[HttpUrl, Field(json_schema_extra=hint(advanced=True))] = _PLATFORM
    """Where the vendor answers questions about the account."""

    @override
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Key {self.api_key.get_secret_value()}"}

    @override
    def trusts(self, url: str) -> bool:
        return url.startswith(str(self.platform_url).rstrip("/") + "/")


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters: all of them, but nothing unasked, where nothing is known of it."""
    return catalog.lenient("fal", model)


class Fal(Provider):
    """Pictures and films by the many models at fal."""

    title: ClassVar[str] = "fal"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"FAL_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """Ask for the price of a model: free, and fails on a bad key and on a base URL with a path too many."""
        base = urlsplit(call.settings.base() or "")
        if base.path and (base.hostname or "").endswith(_VENDOR):
            cure = f"Take the path {base.path!r} off the account's base URL."
            raise RequestRejected("The queue at fal has no path of its own", hint=cure)
        platform = Meant(self.title, str(call.settings.platform_url).rstrip("/"), str(_PLATFORM))
        path = f"{platform.base}/models/pricing?endpoint_id={quote(_PROBED, safe='')}"
        await reached(lambda: asked(call, path, holds("prices")), platform)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that are known; any other works by its name."""
        return catalog.listed("fal")

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return queue.refusal(status, body) if status < 500 else None

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Take a request off the queue, and say no where it already runs: it may then go on and be billed."""
        return await queue.stop(handle, call)

    @operation(produces="image", title="Text to image", price=ask.price, narrow=narrowing)
    async def txt2img(self, params: ask.Picture, call: Call) -> Result:
        """Make pictures from words."""
        return await _run("image", params, call)

    @operation(produces="image", title="Image to image", price=ask.price, narrow=narrowing)
    async def img2img(self, params: ask.Rework, call: Call) -> Result:
        """Make pictures from others and words."""
        return await _run("image", params, call)

    @operation(produces="video", title="Text to video", price=ask.price, narrow=narrowing)
    async def txt2vid(self, params: ask.Film, call: Call) -> Result:
        """Make a film from words."""
        return await _run("video", params, call)

    @operation(produces="video", title="Image to video", price=ask.price, narrow=narrowing)
    async def img2vid(self, params: ask.Moving, call: Call) -> Result:
        """Make a film that begins with a picture."""
        return await _run("video", params, call)


async def _run(media: Media, params: ask.Picture | ask.Film, call: Call) -> Result:
    retirement.admit("fal", params.model)
    words = ask.words(params, params.model) | await _files(params, call)
    said = spelled("fal", params.model, words, ask.USUAL) | params.extra
    handle = await call.once(lambda: queue.submitted(params.model, said, call))
    answer = await queue.finished(handle, call)
    made = queue.outputs(media, answer, words.get("seed"))
    response = {"id": handle["id"], "model": params.model, "answer": answer}
    return Result(made, cost=ask.cost(params, len(made)), response=response)


async def _files(params: Any, call: Call) -> dict[str, Any]:
    names = {word: getattr(params, word, None) for word in sorted(ask.ASSETS)}
    single = {word: data_uri(await call.material(name)) for word, name in names.items() if isinstance(name, str)}
    more = [data_uri(await call.material(name)) for name in getattr(params, "references", ())]
    return single | ({"references": more} if more else {})


PROVIDER = Fal()
