"""Lend Leonardo pictures, submit a job once, and wait for what it makes."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from maquette.core.action import Call, Cost, Output, Result, Upload
from maquette.core.answer import part, parts, seen
from maquette.core.errors import GenerationFailed, OutcomeUnknown, ProviderUnavailable, RequestRejected
from maquette.core.params import Media

_KINDS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}


async def own(call: Call, name: str) -> str:
    """Return the vendor's id of a picture that it made; raises `RequestRejected` for any other."""
    found = await call.material(name)
    noted = found.notes.get("image")
    if found.provider != "leonardo" or not isinstance(noted, str):
        raise RequestRejected(
            f"{found.name!r} was not made by Leonardo here, so that it cannot be varied there",
            hint="Choose a picture of a Leonardo job; `img2img` and `upscale` take any.",
        )
    return noted


async def picture(call: Call, name: str) -> tuple[str, str]:
    """Return the vendor's id of a picture and whether it is `GENERATED` there or was `UPLOADED`."""
    found = await call.material(name)
    noted = found.notes.get("image")
    if found.provider == "leonardo" and isinstance(noted, str):
        return noted, "GENERATED"
    return await uploaded(call, name), "UPLOADED"


async def uploaded(call: Call, name: str) -> str:
    """Upload a picture, once for an attempt, and return its id."""
    return await call.memo(f"upload {name}", lambda: _upload(call, name))


async def _upload(call: Call, name: str) -> str:
    found = await call.material(name)
    kind = _KINDS.get(found.mime)
    if kind is None:
        raise RequestRejected(f"Leonardo takes no {found.mime}", hint="Give it a PNG, JPEG or WebP file.")
    place = part(await call.http.post("/v1/init-image", {"extension": kind}), "uploadInitImage")
    fields: Mapping[str, Any] = msgspec.json.decode(place["fields"])
    form = [Upload(word, str(value).encode()) for word, value in fields.items()]
    # The store is another's: the engine sends no key to an address that the account does not name.
    file = Upload("file", found.content, f"picture.{kind}", found.mime)
    await call.http.send("POST", place["url"], parts=[*form, file])
    return str(place["id"])


async def made(path: str, body: Mapping[str, Any], media: Media, call: Call, *, seed: int | None = None) -> Result:
    """Submit a job and wait for its end."""
    handle = await call.once(lambda: _submitted(path, body, call))
    look = _variation if path.startswith("/v1/variations") else _generation

    async def finished() -> list[Output] | None:
        return await look(handle["id"], media, seed, call)

    outputs = await call.poll(finished, every=call.settings.pace_s)
    response = {"id": handle["id"], "cost": handle["cost"]}
    return Result(outputs, cost=_cost(handle["cost"], call.settings.credit_usd), response=response)


async def _submitted(path: str, body: Mapping[str, Any], call: Call) -> dict[str, Any]:
    told = await call.http.post(path, body)
    # Each endpoint wraps its job under another name, and the second version may do without.
    for job in (told, *(value for value in told.values() if isinstance(value, dict))):
        name = job.get("generationId") or job.get("id")
        if isinstance(name, str):
            return {"id": name, "cost": dict(part(job, "cost"))}
    raise OutcomeUnknown("The provider's answer names no job")


async def _generation(name: str, media: Media, seed: int | None, call: Call) -> list[Output] | None:
    found = part(await seen(call, f"/v1/generations/{name}"), "generations_by_pk")
    if not found:
        raise ProviderUnavailable("The provider shows no such job yet")
    status = found.get("status")
    await call.progress(None, str(status).lower())
    if status == "FAILED":
        raise GenerationFailed("Leonardo failed, and gives no reason")
    word = "motionMP4URL" if media == "video" else "url"
    rows = [row for row in parts(found.get("generated_images")) if isinstance(row.get(word) or row.get("url"), str)]
    if status != "COMPLETE":
        return None
    return [Output(media, url=row.get(word) or row["url"], seed=seed, notes=_notes(row)) for row in rows]


async def _variation(name: str, media: Media, seed: int | None, call: Call) -> list[Output] | None:
    told = await seen(call, f"/v1/variations/{name}")
    rows = parts(told.get("generated_image_variation_generic"))
    status = rows[0].get("status") if rows else "PENDING"
    await call.progress(None, str(status).lower())
    if status == "FAILED":
        raise GenerationFailed("Leonardo failed, and gives no reason")
    if status != "COMPLETE":
        return None
    return [Output(media, url=row["url"], seed=seed) for row in rows if isinstance(row.get("url"), str)]


def _notes(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"image": row.get("id")} | ({"nsfw": True} if row.get("nsfw") else {})


def _cost(told: Mapping[str, Any], credit_usd: float) -> Cost | None:
    """Return what the submit said that it costs: dollars as they are, credits at the account's own rate."""
    try:
        amount = Decimal(str(told.get("amount")))
    except InvalidOperation:
        return None
    if told.get("unit") == "DOLLARS":
        return Cost(round(amount * 1_000_000), "reported", f"{amount} USD")
    micro = round(amount * Decimal(str(credit_usd)) * 1_000_000)
    return Cost(micro, "computed", f"{amount} credits") if credit_usd else None
