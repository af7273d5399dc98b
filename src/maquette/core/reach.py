"""Say why a server of one's own cannot be used, and what to do: the proof of an account, told in cause and cure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar
from urllib.parse import SplitResult, urlsplit

from .errors import AccountRejected, ProviderError, ProviderUnavailable, RequestRejected

T = TypeVar("T")

_PROXY = frozenset({407, 502, 503, 504})
_MISSING = frozenset({301, 302, 307, 308, 400, 404, 405, 410})
_CERTIFICATE = ("certificate verify failed", "self-signed", "self signed", "certificateerror")
_PLAIN = ("wrong_version_number", "record layer failure", "packet length too long")


async def reached(work: Callable[[], Awaitable[T]], base: str | None, name: str, *, missing: str = "") -> T:
    """Return what the free request that proves an account returns.

    Args:
        work: The request.
        base: The account's base URL.
        name: What the server is meant to be.
        missing: What to do where the address is right and the server does not know the request.

    Raises:
        ProviderError: The request failed; the message names the cause, the hint the cure.
    """
    try:
        return await work()
    except AccountRejected:
        raise  # its message and hint say it already
    except ProviderError as error:
        raise _told(error, urlsplit(base or ""), name, missing) from error


def _told(error: ProviderError, base: SplitResult, name: str, missing: str) -> ProviderError:
    path, host = base.path.strip("/"), base.netloc.rpartition("@")[2]
    status = error.details.get("upstream_status")
    said = str(error.details.get("provider_error", "")).lower()
    if any(word in said for word in _CERTIFICATE):
        advice = (
            "Have this machine trust the certificate's authority (SSL_CERT_FILE), or use the server's http:// address."
        )
        return ProviderUnavailable(f"{host} shows a certificate that this machine does not trust", hint=advice)
    if any(word in said for word in _PLAIN):
        return ProviderUnavailable(f"{host} speaks no TLS", hint="Begin the account's base URL with http://.")
    if status in _PROXY:
        advice = f"Start {name}, or give the proxy its right address; a proxy's own login belongs into the account."
        return ProviderUnavailable(f"A proxy answers for {host} and does not reach {name} ({status})", hint=advice)
    if path and (status in _MISSING or _strange(error)):
        advice = "Leave the path off the account's base URL."
        return RequestRejected(f"{host} has no {name} under /{path}", hint=advice, upstream_status=status)
    if status in _MISSING or _strange(error):
        advice = (
            missing or "Check the account's base URL: the port belongs to another server, or a login page is before it."
        )
        return RequestRejected(f"{host} does not answer as {name} does", hint=advice, upstream_status=status)
    return error


def _strange(error: ProviderError) -> bool:
    """Tell whether an answer came that is not of the server's kind."""
    return "reason" in error.details or error.details.get("strange") is True
