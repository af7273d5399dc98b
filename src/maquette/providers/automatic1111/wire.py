"""Read what the server says: lists, refusals in their two shapes, and the pictures of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
import pybase64

from maquette.core.action import Answer, Call, Output
from maquette.core.answer import complaints, parsed, plain
from maquette.core.errors import GenerationFailed, OutcomeUnknown, ProviderError, RequestRejected

_FULL = "Ask for a smaller picture, or for fewer at once; or let the server unload what else it holds in its memory."
_BROKE = "The server's console tells more. Nothing was kept of it, and the same may be asked for again."
_LISTS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "model": ("sd-models", ("title", "model_name")),
    "sampler": ("samplers", ("name",)),
    "scheduler": ("schedulers", ("label", "name")),
    "upscaler": ("upscalers", ("name",)),
    "vae": ("sd-vae", ("model_name",)),
}
"""The route that lists the values of a parameter, and the keys under which each stands, best first."""


async def asked(path: str, call: Call) -> Any | None:
    """Return the JSON at `path`, or None where the server has no such thing."""
    try:
        return parsed(await call.http.send("GET", path))
    except RequestRejected as error:
        if error.details.get("upstream_status") in (404, 405):
            return None
        raise


async def choices(field: str, call: Call) -> list[str]:
    """Return the values that the server offers for a parameter; none where it has no such list."""
    if field not in _LISTS:
        return []
    route, keys = _LISTS[field]
    rows = await asked(f"/sdapi/v1/{route}", call)
    found = [next((row[k] for k in keys if isinstance(row.get(k), str)), None) for row in rows or () if _is_row(row)]
    return [name for name in dict.fromkeys(found) if name and name != "None"]


def _is_row(row: object) -> bool:
    return isinstance(row, dict)


def refusal(status: int, body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    said = _said(body)
    if status not in (400, 404, 422) or not said:
        return None
    if said == "Not Found":
        # An unknown route, not an unknown thing: the web page runs and the API does not.
        return RequestRejected(
            "The server has no such route", hint="Start it with `--api`.", upstream_status=status, provider_code="route"
        )
    return RequestRejected(f"The server refused: {said}", upstream_status=status)


def broken(body: Mapping[str, Any]) -> GenerationFailed | None:
    """Return the error of work that broke in the server's hands, None where the body is not what it says of that."""
    if not {"error", "detail", "errors"} <= set(body) or not isinstance(body["error"], str):
        return None
    said = f"{body['error']}: {_said(body)}".removesuffix(": ")
    full = "OutOfMemory" in body["error"] or "out of memory" in said.lower()
    return GenerationFailed(f"The server failed: {plain(said)}", hint=_FULL if full else _BROKE)


def _said(body: Mapping[str, Any]) -> str:
    """Return the words of a refusal: text, a list of faults by field, or an error with its message."""
    detail = body.get("detail") or body.get("errors") or body.get("message") or body.get("error")
    if isinstance(detail, list):
        return complaints(detail[:3])
    return plain(detail) if isinstance(detail, str) else ""


def pictures(answer: Answer, count: int, seed: int) -> list[Output]:
    """Return the pictures of a paid answer, each with the seed that made it.

    Raises:
        OutcomeUnknown: The answer is not what it promises, which proves nothing about the work.
        GenerationFailed: There is no picture in it.
    """
    found = answer.json()
    images = found.get("images") if isinstance(found, dict) else None
    if not isinstance(images, list):
        raise OutcomeUnknown("The server's answer holds no list of pictures")
    seeds = _seeds(found.get("info"))
    # A sheet of all may stand before them, where the server was told to make one.
    kept = images[len(images) - count :] if len(images) > count else images
    if not kept:
        raise GenerationFailed("The server answered without a picture")
    return [Output("image", content=decoded(image), seed=_at(seeds, at, seed)) for at, image in enumerate(kept)]


def decoded(image: object) -> bytes:
    """Return the bytes of a picture in base64, with or without the head of a data URL."""
    text = str(image)
    try:
        return pybase64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
    except ValueError as error:
        raise OutcomeUnknown("A picture of the server's answer is not base64") from error


def _seeds(info: object) -> list[int]:
    """Read the seeds from the text in which the server repeats what it did; some leave it empty."""
    try:
        told = msgspec.json.decode(info) if isinstance(info, str) and info else {}
    except msgspec.DecodeError:
        return []
    seeds = told.get("all_seeds") if isinstance(told, dict) else None
    return [seed for seed in seeds if isinstance(seed, int)] if isinstance(seeds, list) else []


def _at(seeds: list[int], place: int, first: int) -> int:
    return seeds[place] if place < len(seeds) else first + place
