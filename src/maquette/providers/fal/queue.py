"""Run a model through the queue: submit once, ask after it, read what it made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from maquette.core.action import Call, Output
from maquette.core.answer import complaints, moderated, plain
from maquette.core.errors import (
    ContentRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RequestRejected,
)
from maquette.core.params import Media

_EVERY_S = 2.0
_PLACES: Mapping[str, Sequence[str]] = {
    "image": ("images", "image"),
    "video": ("video", "videos"),
    "audio": ("audio", "audio_file", "audio_url"),
}


async def submitted(model: str, said: Mapping[str, Any], call: Call) -> dict[str, str]:
    """Submit a request and return where it is asked after; the addresses leave parts of the model's name out."""
    taken = await call.http.post(f"/{model}", said)
    if not isinstance(taken, dict) or not isinstance(taken.get("request_id"), str):
        raise OutcomeUnknown("The provider took the work and did not say under which id")
    # An app's requests are asked after under owner and app alone, whatever comes after them in the endpoint.
    usual = f"/{'/'.join(model.split('/')[:2])}/requests/{taken['request_id']}"
    named = {"status_url": f"{usual}/status", "response_url": usual, "cancel_url": f"{usual}/cancel"}
    return {"id": taken["request_id"], **{word: _here(taken.get(word), path) for word, path in named.items()}}


def _here(url: object, otherwise: str) -> str:
    """Return the path of an address that the answer names: the base URL may be a gateway before the vendor."""
    return urlsplit(url).path if isinstance(url, str) and urlsplit(url).path else otherwise


async def finished(handle: Mapping[str, str], call: Call) -> dict[str, Any]:
    """Wait for the end and return the model's answer."""
    await call.poll(lambda: _ended(handle, call), every=_EVERY_S)

    async def answered() -> dict[str, Any] | None:
        try:
            found = await call.http.get(handle["response_url"])
        except RequestRejected as refused:
            if refused.details.get("upstream_status") == 404:
                raise
            raise GenerationFailed(f"The model refused what it was given: {refused.message}") from refused
        return found if isinstance(found, dict) else None

    return await call.poll(answered, every=_EVERY_S)


async def _ended(handle: Mapping[str, str], call: Call) -> bool | None:
    state = await call.http.get(handle["status_url"], logs=0)
    status = state.get("status") if isinstance(state, dict) else None
    if status == "IN_QUEUE":
        await call.progress(None, f"waiting, {plain(state.get('queue_position', '?'))} before it")
    elif status == "IN_PROGRESS":
        await call.progress(None, "running")
    elif status == "COMPLETED":
        if state.get("error"):
            raise failure(state)
        return True
    else:
        raise ProviderUnavailable("The provider's answer names no state of the work")
    return None


def failure(state: Mapping[str, Any]) -> ProviderError:
    """Return the error of a request that ended without a result."""
    kind, words = str(state.get("error_type") or ""), plain(state.get("error"))
    if moderated(kind) or moderated(words):
        return ContentRejected(f"The provider's safety system refused: {words}", provider_code=kind or None)
    return GenerationFailed(f"The provider failed: {words}", provider_code=kind or None)


def refusal(status: int, body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    detail, kind = body.get("detail"), str(body.get("error_type") or "")
    kinds = (
        [kind, *(str(fault.get("type")) for fault in detail if isinstance(fault, dict))]
        if isinstance(detail, list)
        else [kind]
    )
    if any(map(moderated, kinds)):
        return ContentRejected(
            f"The provider's safety system refused: {complaints(detail)}", provider_code=kind or None
        )
    if status in (402, 403) and "balance" in str(detail).lower():
        return QuotaExhausted(plain(detail), upstream_status=status)
    if status in (400, 422) and detail:
        return RequestRejected(f"The provider refused the request: {complaints(detail)}", upstream_status=status)
    return None


def outputs(media: Media, answer: Mapping[str, Any], seed: int | None) -> list[Output]:
    """Return what a model made; raises `ContentRejected` where its filter blackened all of it."""
    flags = answer.get("has_nsfw_concepts")
    hidden = flags if isinstance(flags, list) else []
    found = list(_addresses(media, answer))
    kept = [url for number, url in enumerate(found) if number >= len(hidden) or not hidden[number]]
    if found and not kept:
        raise ContentRejected("The provider's safety filter blackened the result", provider_code="has_nsfw_concepts")
    used = answer.get("seed")
    return [Output(media, url=url, seed=used if isinstance(used, int) else seed) for url in kept]


def _addresses(media: Media, answer: Mapping[str, Any]) -> Iterator[str]:
    for place in _PLACES.get(media, ()):
        value = answer.get(place)
        for each in value if isinstance(value, list) else [value]:
            url = each.get("url") if isinstance(each, dict) else each
            if isinstance(url, str) and url:
                yield url


async def stop(handle: Mapping[str, str], call: Call) -> bool:
    """Take a request off the queue; one that runs is only asked to stop, and may go on and be billed."""
    state = await call.http.get(handle["status_url"], logs=0)
    waiting = isinstance(state, dict) and state.get("status") == "IN_QUEUE"
    answer = (await call.http.send("PUT", handle["cancel_url"])).json()
    said = answer.get("status") if isinstance(answer, dict) else None
    return waiting and said in ("OK", "CANCELLATION_REQUESTED")
