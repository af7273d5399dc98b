"""Read what the server says: its version, its refusals, and what became of a job."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from maquette.core.action import Call
from maquette.core.answer import parsed, plain
from maquette.core.errors import (
    ContentRejected,
    ProviderError,
    QuotaExhausted,
    RequestRejected,
)

_JOBS_SINCE = [0, 8]
_CANCEL_SINCE = [0, 25]
_NO_MONEY = frozenset({"PAYMENT_REQUIRED", "QUOTA_EXCEEDED", "INSUFFICIENT_CREDITS"})


async def asked(path: str, call: Call) -> Any | None:
    """Return the JSON at `path`, or None where the server has no such thing.

    A proxy that answers with a page of its own is a passing fault: raises `ProviderUnavailable`.
    """
    try:
        answer = await call.http.send("GET", path)
    except RequestRejected as error:
        if error.details.get("upstream_status") == 404:
            return None
        raise
    return parsed(answer)


async def version(call: Call) -> list[int]:
    """Return the server's version as [major, minor]; [0, 0] where it names none, whose routes every version has."""
    stats = await asked("/api/system_stats", call)
    system = stats.get("system") if isinstance(stats, dict) else None
    if not isinstance(system, dict):
        return [0, 0]
    found = re.match(r"v?(\d{1,4})\.(\d{1,4})", str(system.get("comfyui_version", "")))
    return [int(found[1]), int(found[2])] if found else [0, 0]


def has_jobs(number: list[int]) -> bool:
    """Tell whether the server can be asked for one job."""
    return number >= _JOBS_SINCE


def has_cancel(number: list[int]) -> bool:
    """Tell whether the server can cancel one job."""
    return number >= _CANCEL_SINCE


def refusal(body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    fault = body.get("error")
    if not isinstance(fault, Mapping):
        return None
    kind = str(fault.get("type", ""))
    message = plain(fault.get("message", "")) or kind
    if kind == "CONTENT_MODERATED":
        return ContentRejected(message, provider_code=kind)
    if kind in _NO_MONEY:
        return QuotaExhausted(message, provider_code=kind)
    if "node_errors" not in body:
        return None
    said = "; ".join(node_faults(body["node_errors"])) or plain(fault.get("details", ""))
    whole = f"The server refused the graph: {message.rstrip('.')}" + (f": {said}" if said else "")
    return RequestRejected(plain(whole), hint=_advice(kind, said), provider_code=kind)


def node_faults(found: Any) -> list[str]:
    """Return the faults of single nodes, the first five, each in one line."""
    if not isinstance(found, Mapping):
        return []
    rows = [line for node, fault in found.items() if isinstance(fault, Mapping) for line in _lines(str(node), fault)]
    return rows[:5]


def _lines(node: str, fault: Mapping[str, Any]) -> Iterator[str]:
    for error in fault.get("errors") or ():
        said = f"{error.get('message')}: {error.get('details')}" if isinstance(error, Mapping) else error
        yield plain(f"node {node} ({fault.get('class_type')}): {said}")[:200]


def _advice(kind: str, said: str) -> str:
    if kind == "missing_node_type":
        return "Install the extension that brings the node, or take the node out of the graph."
    if "ckpt_name" in said or "unet_name" in said:
        return "Choose a model that is installed on the server: the account's list of models names them."
    return RequestRejected.hint


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a job."""

    how: Literal["completed", "failed", "cancelled"]
    outputs: Mapping[str, Any]
    reason: str = ""


def ended_job(job: Mapping[str, Any]) -> Ended | None:
    """Read `/api/jobs/{id}`; None while the job is not at its end."""
    outputs = job.get("outputs")
    kept = outputs if isinstance(outputs, Mapping) else {}
    match job.get("status"):
        case "completed":
            return Ended("completed", kept)
        case "cancelled":
            return Ended("cancelled", kept)
        case "failed":
            return Ended("failed", kept, _reason(job.get("execution_error")))
        case _:
            return None


def ended_history(entry: Mapping[str, Any]) -> Ended:
    """Read an entry of `/history`, which holds only jobs at their end."""
    outputs, status = entry.get("outputs"), entry.get("status")
    kept = outputs if isinstance(outputs, Mapping) else {}
    if not isinstance(status, Mapping) or status.get("status_str") == "success":
        return Ended("completed", kept)
    told = {row[0]: row[1] for row in status.get("messages") or () if isinstance(row, list) and len(row) == 2}
    if "execution_interrupted" in told:
        return Ended("cancelled", kept)
    return Ended("failed", kept, _reason(told.get("execution_error")))


def _reason(error: Any) -> str:
    if not isinstance(error, Mapping):
        return "the server gives no reason"
    return plain(f"{error.get('node_type')} (node {error.get('node_id')}): {error.get('exception_message')}")
