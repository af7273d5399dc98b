"""Sign in as a service account without a round trip: the account signs a short-lived token for itself."""

from __future__ import annotations

import base64
import json
from functools import lru_cache
from typing import Any

from .errors import ParamsInvalid

_HALF_HOUR = 1800


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
