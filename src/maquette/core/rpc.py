"""Tell errors in the shape of `google.rpc.Status` apart by what their bodies say."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from .answer import plain
from .errors import AccountRejected, ContentRejected, ProviderError, QuotaExhausted, RateLimited


def refusal(status: int, body: Mapping[str, Any]) -> ProviderError | None:
    """Return the error that a body spells out, or None where the status says it all."""
    fault = body.get("error")
    if not isinstance(fault, Mapping) or status >= 500:
        return None
    message, details = plain(fault.get("message") or ""), list(_details(fault))
    if status == 429:
        return _limited(message, details)
    return _unwelcome(message, details, status) if status in (400, 403) else None


def _details(fault: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    found = fault.get("details")
    yield from (each for each in found if isinstance(each, Mapping)) if isinstance(found, list) else ()


def _limited(message: str, details: list[Mapping[str, Any]]) -> ProviderError | None:
    said = f"{message} {details}"
    if "PerDay" in said or "credits are depleted" in message or "limit: 0" in message:
        hint = "The day's quota or the credit is used up: switch billing on, raise the quota, or wait for the next day."
        return QuotaExhausted(message, hint=hint)
    for each in details:
        # google.rpc.RetryInfo: a number of seconds with an s behind it
        if pause := re.fullmatch(r"(\d+(?:\.\d+)?)s", str(each.get("retryDelay", ""))):
            return RateLimited(f"The provider's rate is reached: {message}", retry_after=float(pause[1]))
    return None


def _unwelcome(message: str, details: list[Mapping[str, Any]], status: int) -> ProviderError | None:
    reasons = {str(each.get("reason")) for each in details}
    if reasons & {"API_KEY_INVALID", "API_KEY_SERVICE_BLOCKED"} or "API key" in message:
        return AccountRejected(f"The provider refused the key: {message}", upstream_status=status)
    if "location is not supported" in message:
        return AccountRejected(message, hint="Use Vertex with a region that is served.", upstream_status=status)
    if "billing" in message.lower():
        return QuotaExhausted(message, hint="Switch billing on for the key's cloud project.")
    if re.search(r"safety|prohibited|usage guidelines|Responsible AI", message):
        return ContentRejected(f"The provider's safety system refused: {message}")
    return None
