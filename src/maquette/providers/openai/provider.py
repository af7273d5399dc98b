"""Offer OpenAI's pictures, speech and text as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import msgspec
from typing_extensions import override

from maquette import catalog
from maquette.core.action import (
    Answer,
    Call,
    Cost,
    Material,
    Provider,
    Result,
    Settings,
    Upload,
    operation,
)
from maquette.core.answer import parts
from maquette.core.errors import ProviderError
from maquette.core.narrow import Narrowing
from maquette.core.proof import holds, proved
from maquette.core.typed import convert
from maquette.core.usual import Usual

from . import growing, image, speech, text, transcript, video, wire
from .money import reported
from .settings import Account, unserved

GENERATIONS, EDITS = "/images/generations", "/images/edits"


def narrowing(model: str) -> Narrowing | None:
    """Return what one of the vendor's models leaves of the parameters; a compatible server's models take them all."""
    return catalog.narrowing("openai", model)


class OpenAI(Provider):
    """Pictures, speech and text by OpenAI or a server that speaks its protocol."""

    title: ClassVar[str] = "OpenAI and compatible"
    console: ClassVar[str] = "https://platform.openai.com/logs"
    settings: ClassVar[type[Settings]] = Account
    usual: ClassVar[Usual] = Usual(
        servers=("http://127.0.0.1:11434/v1", "http://127.0.0.1:1234/v1", "http://127.0.0.1:8091/v1"),
        variables={"OPENAI_API_KEY": "api_key"},
    )

    @override
    def serves(self, operation: str, settings: Mapping[str, Any]) -> str | None:
        return unserved(operation, settings)

    @override
    async def check(self, call: Call) -> None:
        """List the models: free, and fails on a bad key."""
        await self.models(call)

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the account's models, each with the day on which it goes and what takes its place."""
        told = await proved(
            call,
            call.settings.path("/models"),
            vendor="an OpenAI-compatible service",
            fits=holds("data", list),
        )
        return [_described(row) for row in parts(told["data"]) if isinstance(row.get("id"), str)]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return wire.refusal(body, status) if status < 500 else None

    @operation(produces="image", title="Text to image", price=image.generation_price, narrow=narrowing)
    async def txt2img(self, params: image.Imagine, call: Call) -> Result:
        """Make pictures from words."""
        call.settings.admit(params.model)
        path, body = call.settings.path(GENERATIONS, params.model), image.generation(params) | _known(call.settings)

        async def work() -> Result:
            if params.grows:
                return await image.streamed(call, path, params.model, body=body)
            answer = await call.http.send("POST", path, body=body)
            return billed(call, image.album(params.model, answer.body), answer)

        return await call.once(work)

    @operation(produces="image", title="Image to image", price=image.edit_price, narrow=narrowing)
    async def img2img(self, params: image.Edit, call: Call) -> Result:
        """Make pictures from up to sixteen others and words."""
        images = [await call.material(name) for name in (params.image, *params.references)]
        overlays = {word: await _lent(call, getattr(params, word)) for word in ("mask", "markup")}
        return await _edited(params, image.edition(params, images, overlays), call)

    @operation(produces="image", title="Inpaint", price=image.edit_price, narrow=narrowing)
    async def inpaint(self, params: image.Inpaint, call: Call) -> Result:
        """Repaint the part of a picture where its mask is transparent."""
        picture, mask = await call.material(params.image), await call.material(params.mask)
        return await _edited(params, image.edition(params, [picture], {"mask": mask}), call)

    @operation(produces="audio", title="Text to speech", price=speech.reading_price, narrow=narrowing)
    async def speech(self, params: speech.Speak, call: Call) -> Result:
        """Read a text aloud."""
        call.settings.admit(params.model)
        path, body = call.settings.path("/audio/speech", params.model), speech.reading(params)

        async def work() -> Result:
            if call.settings.official and speech.counts(params):
                return await speech.streamed(params, call, path)
            answer = await call.http.send("POST", path, body=body)
            return billed(call, speech.heard(params, answer), answer)

        return await call.once(work)

    @operation(produces="text", title="Speech to text", narrow=narrowing)
    async def transcribe(self, params: transcript.Transcribe, call: Call) -> Result:
        """Write down what is said in a recording."""
        call.settings.admit(params.model)
        parts = transcript.listening(params, await call.material(params.audio))
        path = call.settings.path("/audio/transcriptions", params.model)

        async def work() -> Result:
            answer = await call.http.send("POST", path, parts=parts)
            return billed(call, transcript.heard(params, answer.body), answer)

        return await call.once(work)

    @operation(produces="text", title="Text to text", price=text.writing_price)
    async def txt2txt(self, params: text.Write, call: Call) -> Result:
        """Write a text, or JSON by a schema of yours."""
        call.settings.admit(params.model)
        reply = await call.once(lambda: _replied(params, call))
        return billed(call, text.written(params, convert(reply, text.Reply)))

    @operation(produces="video", title="Text to video")
    async def txt2vid(self, params: video.Film, call: Call) -> Result:
        """Make a film from words, at a server that speaks the videos protocol."""
        return billed(call, await video.filmed(params, call))

    @operation(produces="video", title="Image to video")
    async def img2vid(self, params: video.Animate, call: Call) -> Result:
        """Make a film that begins with a picture, at a server that speaks the videos protocol."""
        return billed(call, await video.filmed(params, call, await call.material(params.image)))


def billed(call: Call, result: Result, answer: Answer | None = None) -> Result:
    """Return a result with the cost that the server tells; work on a machine of one's own costs nothing."""
    account: Account = call.settings
    if account.own:
        return replace(result, cost=Cost(0, "computed", "on a server of your own"))
    told = answer.headers.get("x-litellm-response-cost") if answer is not None else None
    return replace(result, cost=reported(told)) if told else result


def _known(account: Account) -> dict[str, str]:
    return {"safety_identifier": account.safety_identifier} if account.safety_identifier else {}


async def _lent(call: Call, name: str | None) -> Material | None:
    return await call.material(name) if name else None


async def _edited(params: image.Edit | image.Inpaint, parts: Sequence[Upload], call: Call) -> Result:
    call.settings.admit(params.model)
    path = call.settings.path(EDITS, params.model)
    whole = [*parts, *(Upload(word, value.encode()) for word, value in _known(call.settings).items())]

    async def work() -> Result:
        if params.grows:
            return await image.streamed(call, path, params.model, parts=whole)
        answer = await call.http.send("POST", path, parts=whole)
        return billed(call, image.album(params.model, answer.body), answer)

    return await call.once(work)


async def _replied(params: text.Write, call: Call) -> dict[str, Any]:
    account: Account = call.settings
    if account.responses:
        path, body = account.path("/responses"), text.response_body(params)
    else:
        path = account.path("/chat/completions", params.model)
        body = text.chat_body(params, official=account.official or account.azure)
    follow = growing.responded if account.responses else growing.chatted
    read = text.response_reply if account.responses else text.chat_reply
    if params.stream:
        reply = await follow(call, path, body | _known(account))
    else:
        answer = await call.http.send("POST", path, body=body | _known(account))
        reply = read(answer.body)
        reply.cost = reply.cost or answer.headers.get("x-litellm-response-cost", "")
    plain: dict[str, Any] = msgspec.to_builtins(reply)
    return plain


def _described(row: Mapping[str, Any]) -> dict[str, Any]:
    known = catalog.model("openai", row["id"])
    date = row.get("shutdown_date") or (known.retires_on.isoformat() if known and known.retires_on else None)
    told = {
        "id": row["id"],
        "title": known.title if known else row["id"],
        "media": known.media if known else None,
        "owned_by": row.get("owned_by"),
        "retires_on": date,
        "replaced_by": known.replaced_by if known else None,
    }
    return {word: value for word, value in told.items() if value is not None}


PROVIDER = OpenAI()
