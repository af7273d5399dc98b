"""Speak as every API of Google does: errors in the shape of `google.rpc.Status`, and the sign-in of a service account.

An account signs a short-lived token for itself, without a round trip.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from .answer import plain
from .errors import AccountRejected, ContentRejected, ParamsInvalid, ProviderError, QuotaExhausted, RateLimited

__all__ = ["bearer", "refusal"]

_HALF_HOUR = 1800


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


def bearer(key_file: str, audience: str, now: float) -> str:
    """Return a signed JWT that a Google API takes as a bearer token; it holds for at least half an hour.

    Raises `ParamsInvalid` where the text is not the JSON key file of a service account.
    """
    return _signed(key_file, audience, int(now) // _HALF_HOUR * _HALF_HOUR)


@lru_cache(maxsize=16)
def _signed(key_file: str, audience: str, issued: int) -> str:
    from cryptography.hazmat.primitives import hashes, serialization  # noqa: PLC0415 - heavy, and rarely used
    from cryptography.hazmat.primitives.asymmetric import padding, rsa  # noqa: PLC0415

    try:
        told = json.loads(key_file)
        key = serialization.load_pem_private_key(told["private_key"].encode(), None)
        head = {"alg": "RS256", "typ": "JWT", "kid": told.get("private_key_id")}
        who = told["client_email"]
    except (ValueError, TypeError, KeyError, AttributeError):
        raise _unfit() from None
    if not isinstance(key, rsa.RSAPrivateKey):
        raise _unfit()
    claim = {"iss": who, "sub": who, "aud": audience, "iat": issued, "exp": issued + 2 * _HALF_HOUR}
    text = f"{_packed(head)}.{_packed(claim)}"
    return f"{text}.{_url_safe(key.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256()))}"


def _unfit() -> ParamsInvalid:
    return ParamsInvalid(
        "`service_account` is not the key file of a service account",
        hint="Paste the whole JSON file that the vendor's console gave out, with its `private_key` and `client_email`.",
    )


def _packed(part: dict[str, Any]) -> str:
    return _url_safe(json.dumps(part).encode())


def _url_safe(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
