"""Offer OpenAI's pictures, speech and text as actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import msgspec
from typing_extensions import override

from maquette import catalog
from maquette.core.action import Call, Provider, Result, Settings, Upload, operation
from maquette.core.errors import ProviderError
from maquette.core.narrow import Narrowing
from maquette.core.usual import Usual

from . import image, speech, text, wire
from .settings import Account

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
    async def check(self, call: Call) -> None:
        """List the models: free, and fails on a bad key."""
        await call.http.get("/models")

    @override
    async def models(self, call: Call) -> Sequence[Mapping[str, Any]]:
        """List the account's models, each with the day on which it goes and what takes its place."""
        listed = await call.http.get("/models")
        rows = listed.get("data") if isinstance(listed, dict) else None
        return [_described(row) for row in rows or () if isinstance(row, dict) and isinstance(row.get("id"), str)]

    @override
    def refusal(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        """Return the error that a body of status 400 or above spells out, or None where the status says it all."""
        return wire.refusal(body) if status < 500 else None

    @operation(produces="image", title="Text to image", price=image.generation_price, narrow=narrowing)
    async def txt2img(self, params: image.Imagine, call: Call) -> Result:
        """Make pictures from words."""
        call.settings.admit(params.model)
        body = image.generation(params)

        async def work() -> Result:
            if params.grows:
                return await image.streamed(call, GENERATIONS, params.model, body=body)
            answer = await call.http.send("POST", GENERATIONS, body=body)
            return image.album(params.model, answer.body)

        return await call.once(work)

    @operation(produces="image", title="Image to image", price=image.edit_price, narrow=narrowing)
    async def img2img(self, params: image.Edit, call: Call) -> Result:
        """Make pictures from up to sixteen others and words."""
        call.settings.admit(params.model)
        images = [await call.material(name) for name in (params.image, *params.references)]
        mask = await call.material(params.mask) if params.mask else None
        return await _edited(params, image.edition(params, images, mask), call)

    @operation(produces="image", title="Inpaint", price=image.edit_price, narrow=narrowing)
    async def inpaint(self, params: image.Inpaint, call: Call) -> Result:
        """Repaint the part of a picture where its mask is transparent."""
        call.settings.admit(params.model)
        picture, mask = await call.material(params.image), await call.material(params.mask)
        return await _edited(params, image.edition(params, [picture], mask), call)

    @operation(produces="audio", title="Text to speech", price=speech.reading_price, narrow=narrowing)
    async def speech(self, params: speech.Speak, call: Call) -> Result:
        """Read a text aloud."""
        call.settings.admit(params.model)

        async def work() -> Result:
            return speech.heard(params, await call.http.send("POST", "/audio/speech", body=speech.reading(params)))

        return await call.once(work)

    @operation(produces="text", title="Text to text", price=text.writing_price)
    async def txt2txt(self, params: text.Write, call: Call) -> Result:
        """Write a text, or JSON by a schema of yours."""
        call.settings.admit(params.model)
        reply = await call.once(lambda: _replied(params, call))
        return text.written(params, msgspec.convert(reply, text.Reply))


async def _edited(params: image.Edit | image.Inpaint, parts: Sequence[Upload], call: Call) -> Result:
    async def work() -> Result:
        if params.grows:
            return await image.streamed(call, EDITS, params.model, parts=parts)
        answer = await call.http.send("POST", EDITS, parts=parts)
        return image.album(params.model, answer.body)

    return await call.once(work)


async def _replied(params: text.Write, call: Call) -> dict[str, Any]:
    account: Account = call.settings
    if account.responses:
        answer = await call.http.send("POST", "/responses", body=text.response_body(params))
        reply = text.response_reply(answer.body)
    else:
        body = text.chat_body(params, official=account.official)
        answer = await call.http.send("POST", "/chat/completions", body=body)
        reply = text.chat_reply(answer.body)
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
