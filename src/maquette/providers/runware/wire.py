"""Speak with Runware: every request is a list of tasks, and its errors lie beside its data."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from maquette.catalog import charge, retirement
from maquette.core.action import Call, Cost
from maquette.core.answer import moderated, parsed, part, parts, plain
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    GenerationFailed,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)

ROOT = "/v1"
_MISSING = ("taskFailedOrNotFound", "taskNotFound")
_SAFETY = (
    "ContentPolicy",
    "contentPolicy",
    "sensitiveContent",
    "unsafeContent",
    "nsfwContent",
    "Blocked",
    "moderation",
)
_EMPTY = ("Credits", "Quota", "quota", "Balance", "paymentRequired")
_KEY = ("ApiKey", "unauthorized", "forbidden", "authentication", "invalidCredentials", "permissionDenied")
_CLASSES: tuple[tuple[tuple[str, ...], type[ProviderError]], ...] = (
    (_EMPTY, QuotaExhausted),
    (("RateLimit", "rateLimit"), RateLimited),
    (_KEY, AccountRejected),
)
"""The vendor's codes are hundreds and change; its own libraries tell them apart by these parts of them."""
_STATUSES: Mapping[int, type[ProviderError]] = {401: AccountRejected, 402: QuotaExhausted, 429: RateLimited}
"""The statuses that leave nothing for a code to say."""
_PASSING = re.compile(
    r"timeout|timed.?out|internal.?(?:server)?.?error|server.?error|unavailable|overload|capacity", re.IGNORECASE
)
"""What a code of a fault of the service itself, not of a request, has in it."""
_UNSERVED = ("modelDisabled", "modelUnavailable", "modelRetired", "modelDeprecated")


async def told(call: Call, task: Mapping[str, Any]) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Send one free task and return the data and the errors of the answer; refusals of either kind do not raise."""
    try:
        body = parsed(await call.http.send("POST", ROOT, body=[task]))
    except RequestRejected as refused:
        if refused.details.get("provider_code") in _MISSING:
            return [], [{"code": refused.details["provider_code"], "message": refused.message}]
        raise
    if not isinstance(body, dict):
        raise ProviderUnavailable("The provider's answer is not what Runware sends")
    return parts(body.get("data")), parts(body.get("errors"))


async def submitted(call: Call, task: Mapping[str, Any]) -> dict[str, Any]:
    """Send the paid task and return what is remembered of it."""
    body = (await call.http.send("POST", ROOT, body=[task])).json()
    if faults := parts(body.get("errors")):
        fault = named(faults[0])
        # A service that broke does not say whether it took the task; it can be asked.
        raise OutcomeUnknown(fault.message) if isinstance(fault, ProviderUnavailable) else fault
    if not any(item.get("taskUUID") == task["taskUUID"] for item in parts(body.get("data"))):
        raise OutcomeUnknown("The provider's answer does not name the task")
    return {"task": task["taskUUID"]}


async def look(call: Call, name: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Return the results so far and the failures of a task; both are empty while it runs.

    A task that is not known is let pass for a while by whoever polls: it may have been taken a moment ago.

    Raises:
        RateLimited: The question came too soon; the task goes on.
        ProviderUnavailable: The question was not answered; the task goes on.
    """
    data, faults = await told(call, {"taskType": "getResponse", "taskUUID": name})
    if not data and any(fault.get("code") in _MISSING for fault in faults):
        raise RequestRejected("Runware does not know the task, or it failed without a reason", upstream_status=404)
    done = [item for item in data if _link(item)]
    failed = [fault for fault in faults if _ends(fault, name)]
    if faults and not failed and not done:
        raise _unanswered(faults[0])
    await call.progress(_fraction(data), "processing")
    return done, [*failed, *(item for item in data if item.get("status") == "error")]


async def known(call: Call, name: str) -> bool:
    """Tell whether the provider has a task; its archive is a second witness, since a failed task looks like none."""
    data, faults = await told(call, {"taskType": "getResponse", "taskUUID": name})
    if data and not faults:
        return True
    data, faults = await told(call, {"taskType": "getTaskDetails", "taskUUID": name})
    if faults and not any(fault.get("code") in _MISSING for fault in faults):
        raise named(faults[0])
    return bool(data)


def free_task(kind: str, **more: Any) -> dict[str, Any]:
    """Return a task that costs nothing."""
    return {"taskType": kind, "taskUUID": str(uuid.uuid4()), **more}


def link_of(item: Mapping[str, Any]) -> str:
    """Return where a result is."""
    return str(_link(item))


def cost_of(items: list[Mapping[str, Any]]) -> Cost | None:
    """Return what the results cost, which the provider says in US dollars; None where it did not say."""
    told = [Decimal(str(item["cost"])) for item in items if isinstance(item.get("cost"), int | float)]
    if not told:
        return None
    return Cost(charge.whole(sum(told, Decimal(0)) * 1_000_000), "reported", f"{sum(told)} USD")


def named(fault: Mapping[str, Any], status: int = 200) -> ProviderError:
    """Return the error that a fault is, whose answer had that status."""
    code, message = str(fault.get("code") or ""), plain(fault.get("message") or fault.get("code") or "no reason")
    if status in _STATUSES:
        return _STATUSES[status](f"Runware refused: {message}", provider_code=code, upstream_status=status)
    if any(sign in code for sign in _SAFETY) or (not code and moderated(message)):
        return ContentRejected(f"Runware's policy refused: {message}", provider_code=code)
    for signs, kind in _CLASSES:
        if any(sign in code for sign in signs):
            return kind(f"Runware refused: {message}", provider_code=code)
    if _PASSING.search(code) and code not in _UNSERVED:
        return ProviderUnavailable(f"Runware is out of order: {message}", provider_code=code)
    if code in _UNSERVED:
        name = str(fault.get("model") or fault.get("parameter") or "of this request")
        return retirement.gone("runware", name, message)
    return RequestRejected(f"Runware refused: {message}", provider_code=code, parameter=fault.get("parameter"))


def failure(fault: Mapping[str, Any]) -> ProviderError:
    """Return the error of a task that was taken and then failed."""
    found = named(part(fault, "error") or fault)
    return found if isinstance(found, ContentRejected) else GenerationFailed(found.message)


def _ends(fault: Mapping[str, Any], name: str) -> bool:
    """Tell whether a fault is one of the task, and not of the question how far it is."""
    if fault.get("status") == "error":
        return True
    passes = (RateLimited, ProviderUnavailable, AccountRejected)
    return fault.get("taskUUID") == name and not isinstance(named(fault), passes)


def _unanswered(fault: Mapping[str, Any]) -> ProviderError:
    """Return the error of a question that the service did not answer: the task goes on, and is asked after again."""
    found = named(fault)
    return found if isinstance(found, RateLimited) else ProviderUnavailable(found.message, **found.details)


def _link(item: Mapping[str, Any]) -> str | None:
    found = (item.get(word) for word in ("imageURL", "videoURL", "mediaURL"))
    return next((link for link in found if isinstance(link, str)), None)


def _fraction(data: list[Mapping[str, Any]]) -> float | None:
    shares = [item["progress"] for item in data if isinstance(item.get("progress"), int | float)]
    return min(shares) / 100 if shares else None
