"""Run one declared action: fill in its requests, follow the work, and read what came of it."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from typing import Any

from maquette.core.action import Answer, Call, Cost, Output, Price, Result
from maquette.core.errors import ContentRejected, GenerationFailed, TemplateInvalid
from maquette.core.inline import base64_of, data_uri
from maquette.core.params import OpenParams
from maquette.core.template import look_up, path_of, paths, render

from .document import Ask, Offer, Paid

_MICRO = 1_000_000
_BASE64_HEAD = re.compile(r"data:[^,]{0,200};base64,")
_NOTHING = object()


async def drive(base: str, offer: Offer, params: OpenParams, call: Call) -> Result:
    """Submit the work once, ask after it where it takes time, and return its outputs."""
    scope = await _scope(offer, params, call)

    async def sent() -> Answer:
        return await _send(base, offer.submit, scope, call)

    if offer.poll is None or offer.task is None:
        return await call.once(lambda: _answered(offer, sent))
    task_at, poll = offer.task, offer.poll

    async def taken() -> dict[str, Any]:
        task = _at(task_at, (await sent()).json())
        if task is _NOTHING or task in (None, ""):
            raise LookupError(f"the answer has no {task_at!r}")
        return {"task": task} | (
            {"cancel": _filled(base, offer.cancel, {**scope, "task": task})} if offer.cancel else {}
        )

    handle = await call.once(taken)
    look = render(base + poll.path, {**scope, "task": handle["task"]})

    async def finished() -> Any | None:
        state = await call.http.get(look)
        return state if await _is_done(offer, state, call) else None

    return _result(offer, await call.poll(finished, every=poll.every))


async def stop(handle: Any, call: Call) -> bool:
    """Send the request that stops the work of `handle`; tell whether there is one."""
    ask = handle.get("cancel") if isinstance(handle, Mapping) else None
    if ask is None:
        return False
    await call.http.send(ask["method"], ask["url"], body=ask["body"], query=ask["query"])
    return True


def price(offer: Offer, base: str) -> Price | None:
    """Return what one request is expected to cost, as the document says it."""
    if offer.price is None:
        return None
    micro = round(offer.price * _MICRO)
    return Price(micro, micro, micro, f"the document of {base}")


# -- asking ----------------------------------------------------------------------------------------------------------


async def _scope(offer: Offer, params: OpenParams, call: Call) -> dict[str, Any]:
    fields: Mapping[str, Mapping[str, Any]] = offer.params["properties"]
    defaults = {name: spec["default"] for name, spec in fields.items() if "default" in spec}
    values = {**defaults, **params.values}
    media = {
        name: await _lent(values[name], call) for name, spec in fields.items() if _is_asset(spec) and values.get(name)
    }
    return {"params": values, "media": media}


def _is_asset(spec: Mapping[str, Any]) -> bool:
    return "x-accept" in spec


async def _lent(asset: str, call: Call) -> dict[str, str]:
    found = await call.material(asset)
    return {"base64": base64_of(found), "data_url": data_uri(found), "mime": found.mime, "name": found.name}


async def _send(base: str, ask: Ask, scope: Mapping[str, Any], call: Call) -> Answer:
    filled = _filled(base, ask, scope)
    return await call.http.send(filled["method"], filled["url"], body=filled["body"], query=filled["query"])


def _filled(base: str, ask: Ask, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request with everything in its place; what was not given is left out."""
    return {
        "method": ask.method,
        "url": base + render(ask.path, scope),
        "query": render(_given(ask.query, scope), scope) or None,
        "body": None if ask.body is None else render(_given(ask.body, scope), scope),
    }


def _given(value: Any, scope: Mapping[str, Any]) -> Any:
    """Return a part of a request without the entries whose parameter was not given."""
    if isinstance(value, Mapping):
        kept = {key: inner for key, inner in value.items() if not isinstance(inner, str) or _has(inner, scope)}
        return {key: _given(inner, scope) for key, inner in kept.items()}
    if isinstance(value, list):
        return [_given(inner, scope) for inner in value if not isinstance(inner, str) or _has(inner, scope)]
    return value


def _has(text: str, scope: Mapping[str, Any]) -> bool:
    return all(path.root == "task" or path.keys[0] in scope[path.root] for path, _ in paths(text))


# -- reading ---------------------------------------------------------------------------------------------------------


async def _answered(offer: Offer, sent: Any) -> Result:
    answer: Answer = await sent()
    if offer.outputs.form == "body":
        return Result([Output(offer.produces, content=answer.body, source="unknown")], cost=None)
    return _result(offer, answer.json())


async def _is_done(offer: Offer, state: Any, call: Call) -> bool:
    share = _number(_at(offer.progress.at, state)) if offer.progress else None
    word = str(_at(offer.status.at, state)) if offer.status else ""
    await call.progress(None if share is None or not offer.progress else min(1.0, share / offer.progress.of), word)
    if offer.status is None or word in offer.status.done:
        return True
    if word in offer.status.refused:
        raise ContentRejected(_reason(offer, state, word))
    if word in offer.status.failed:
        raise GenerationFailed(_reason(offer, state, word))
    return False


def _reason(offer: Offer, state: Any, word: str) -> str:
    said = _at(offer.error, state) if offer.error else _NOTHING
    return f"The server says: {word if said in (_NOTHING, None, '') else said}"[:500]


def _result(offer: Offer, answer: Any) -> Result:
    outputs = [_output(offer, item) for item in _items(offer, answer)]
    if not outputs:
        raise GenerationFailed(f"The server's answer has no output at {offer.outputs.at!r}")
    response = answer if isinstance(answer, Mapping) else {"answer": answer}
    return Result(outputs, cost=_cost(offer.cost, answer), response=response)


def _items(offer: Offer, answer: Any) -> Iterator[str]:
    found = _at(offer.outputs.at or "answer", answer)
    for item in found if isinstance(found, list) else [found]:
        value = item.get(offer.outputs.each) if offer.outputs.each and isinstance(item, Mapping) else item
        if isinstance(value, str) and value:
            yield value


def _output(offer: Offer, value: str) -> Output:
    if offer.outputs.form == "url":
        return Output(offer.produces, url=value, source="unknown")
    if offer.outputs.form == "text":
        return Output(offer.produces, content=value, source="unknown")
    try:
        return Output(offer.produces, content=b64decode(_BASE64_HEAD.sub("", value, count=1)), source="unknown")
    except binascii.Error as error:
        raise GenerationFailed(f"The server's output is no base64: {error}") from error


def _cost(paid: Paid | None, answer: Any) -> Cost | None:
    amount = _number(_at(paid.at, answer)) if paid else None
    if paid is None or amount is None:
        return None
    return Cost(round(amount * paid.usd * _MICRO), "reported", f"{amount:g} {paid.unit}")


def _number(value: Any) -> float | None:
    try:
        return None if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        return None


def _at(place: str, answer: Any) -> Any:
    try:
        return look_up(path_of(place), {"answer": answer})
    except TemplateInvalid:
        return _NOTHING
