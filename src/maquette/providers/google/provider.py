"""Offer Google's text, pictures, speech and films as actions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from typing_extensions import override

from maquette import catalog
from maquette.catalog import retirement
from maquette.core import google_api
from maquette.core.action import Call, Provider, Result, Settings, operation
from maquette.core.answer import decoded, parts, plain
from maquette.core.errors import OutcomeUnknown, ProviderError
from maquette.core.narrow import Narrowing
from maquette.core.proof import holds, proved
from maquette.core.usual import Usual

from . import content, image, interaction, video
from .settings import Account

_EVERY_S = 5.0


def narrowing(model: str) -> Narrowing | None:
    """Return what a model leaves of the parameters."""
    return catalog.narrowing(content.NAME, model)


class Google(Provider):
    """Text, pictures, speech and films by Google, through the Gemini API or through Vertex."""

    title: ClassVar[str] = "Google Gemini"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(variables={"GEMINI_API_KEY": "api_key", "GOOGLE_API_KEY": "api_key"})

    @override
    async def check(self, call: Call) -> None:
        """List the models, or count tokens on Vertex: free, and fails on a bad key."""
        account: Account = call.settings
        if account.flavour == "gemini":
            await self.models(call)
        else:
            path, body = (
                account.model("gemini-3.8-flash", "countTokens"),
                {"contents": [{"role": "user", "parts": [{"text": "."}]}]},
            )
            await proved(call, path, vendor=self.title, fits=holds("totalTokens"), body=body)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the models that the key may use; on Vertex those of the catalog, since it lists none."""
        account: Account = call.settings
        if account.flavour == "vertex":
            return [_row(name, name) for name in catalog.models(content.NAME)]
        told = await proved(
            call,
            f"/{account.version}/models",
            vendor=self.title,
            fits=holds("models", list),
            pageSize=1000,
        )
        named = ((str(row.get("name", "")).removeprefix("models/"), row) for row in parts(told["models"]))
        return [_row(name, plain(row.get("displayName") or name)) for name, row in named if name]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        return google_api.refusal(status, body) or (_unserved(body) if status == 404 else None)

    @override
    async def cancel(self, handle: Any, call: Call) -> bool:
        """Stop an interaction; long work on Vertex cannot be stopped."""
        if not isinstance(handle, dict) or "interaction" not in handle:
            return False
        answer = await call.http.send("POST", f"{call.settings.interactions(handle['interaction'])}/cancel")
        return interaction.read(answer.body).status == "cancelled"

    @operation(produces="text", title="Text to text", price=content.writing_price)
    async def txt2txt(self, params: content.Write, call: Call) -> Result:
        """Write a text, or JSON by a schema of yours."""
        body = content.writing(params)
        return await _generated(params.model, body, call, lambda said: content.written(params, said))

    @operation(produces="image", title="Text to image", price=image.drawing_price, narrow=narrowing)
    async def txt2img(self, params: image.Imagine, call: Call) -> Result:
        """Make a picture from words."""
        if image.is_imagen(params.model):
            body = image.predicting(params)
            return await _generated(params.model, body, call, lambda said: image.predicted(params, said), "predict")
        body = image.drawing(params)
        return await _generated(params.model, body, call, lambda said: content.drawn(params.model, said))

    @operation(produces="image", title="Image to image", price=image.drawing_price, narrow=narrowing)
    async def img2img(self, params: image.Edit, call: Call) -> Result:
        """Change a picture by words, and by more pictures."""
        call.settings.admit(params.model)
        shown = [await call.material(name) for name in (params.image, *params.references)]
        body = image.drawing(params, shown)
        return await _generated(params.model, body, call, lambda said: content.drawn(params.model, said))

    @operation(produces="audio", title="Text to speech", price=interaction.speaking_price)
    async def speech(self, params: interaction.Speak, call: Call) -> Result:
        """Read a text aloud."""
        account: Account = call.settings
        account.admit(params.model)
        body = interaction.speaking(params)

        async def work() -> Result:
            found = interaction.read((await call.http.send("POST", account.interactions(), body=body)).body)
            if (done := interaction.finished(found)) is None:
                raise OutcomeUnknown(f"The provider left the text unread as {plain(found.status)!r}")
            return interaction.result(params.model, done, "audio")

        return await call.once(work)

    @operation(produces="video", title="Text to video", price=video.filming_price, narrow=narrowing)
    async def txt2vid(self, params: video.Film, call: Call) -> Result:
        """Make a film from words."""
        call.settings.admit(params.model)
        if video.is_veo(params.model):
            return await _operated(params, video.submitting(params), call)
        return await _filmed(params, video.filming(params), call)

    @operation(produces="video", title="Image to video", price=video.filming_price, narrow=narrowing)
    async def img2vid(self, params: video.Animate, call: Call) -> Result:
        """Make a film that begins with a picture."""
        call.settings.admit(params.model)
        first = await call.material(params.image)
        others = [await call.material(name) for name in params.references]
        if video.is_veo(params.model):
            last = await call.material(params.last_image) if params.last_image else None
            return await _operated(params, video.submitting(params, first, last, others), call)
        return await _filmed(params, video.filming(params, [first, *others]), call)


async def _generated(
    model: str, body: Mapping[str, Any], call: Call, read: Callable[[bytes], Result], verb: str = "generateContent"
) -> Result:
    account: Account = call.settings
    account.admit(model)

    async def work() -> Result:
        return read((await call.http.send("POST", account.model(model, verb), body=body)).body)

    return await call.once(work)


async def _filmed(params: video.Film, body: Mapping[str, Any], call: Call) -> Result:
    account: Account = call.settings

    async def submit() -> dict[str, str]:
        found = interaction.read((await call.http.send("POST", account.interactions(), body=body)).body)
        return {"interaction": _named(found.id)}

    handle = await call.once(submit)

    async def look() -> Result | None:
        answer = await call.http.send("GET", account.interactions(handle["interaction"]), query={"stream": "false"})
        found = interaction.read(answer.body)
        await call.progress(None, found.status)
        done = interaction.finished(found)
        return interaction.result(params.model, done, "video") if done is not None else None

    return await call.poll(look, every=_EVERY_S)


async def _operated(params: video.Film, body: Mapping[str, Any], call: Call) -> Result:
    account: Account = call.settings

    async def submit() -> dict[str, str]:
        answer = await call.http.send("POST", account.model(params.model, "predictLongRunning"), body=body)
        return {"operation": _named(decoded(answer.body, video.Operation).name)}

    handle = await call.once(submit)
    asked, path = {"operationName": handle["operation"]}, account.model(params.model, "fetchPredictOperation")

    async def look() -> Result | None:
        return video.operated(params, (await call.http.send("POST", path, body=asked)).body)

    return await call.poll(look, every=_EVERY_S)


def _named(handle: str) -> str:
    if not handle:
        raise OutcomeUnknown("The provider took the work and gave no id for it")
    return handle


def _unserved(body: Mapping[str, Any]) -> ProviderError | None:
    fault = body.get("error")
    message = plain(fault.get("message")) if isinstance(fault, Mapping) else ""
    named = re.search(r"models/([\w.-]+)", message)
    if named is None:
        return None
    return retirement.unserved(content.NAME, named[1], message)


def _row(name: str, title: str) -> dict[str, Any]:
    known = catalog.model(content.NAME, name)
    told = {
        "id": name,
        "title": known.title if known else title,
        "media": known.media if known else "text",
        "retires_on": known.retires_on.isoformat() if known and known.retires_on else None,
        "replaced_by": known.replaced_by if known else None,
    }
    return {word: value for word, value in told.items() if value is not None}


PROVIDER = Google()
