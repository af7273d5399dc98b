"""Prove an account for free, and say in cause and cure why that fails.

The causes that are told apart: a wrong key, a path too many or too few, a server that is something else, a certificate
that nobody signed, TLS where there is none, a proxy that reaches nobody, and nobody there.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit

from .action import Call, Settings
from .answer import parsed
from .errors import AccountRejected, ProviderError, ProviderUnavailable, RequestRejected

__all__ = ["Meant", "asked", "holds", "meant", "proved", "reached"]

T = TypeVar("T")
Fits = Callable[[Mapping[str, Any]], bool]
"""Tell whether an answer is one that only the service gives."""
Body = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None

_PROXY = frozenset({502, 503, 504})
_MISSING = frozenset({301, 302, 307, 308, 404, 405, 410})
_CERTIFICATE = ("certificate verify failed", "self-signed", "self signed", "certificateerror")
_NO_TLS = ("wrong_version_number", "record layer failure", "packet length too long")


@dataclass(frozen=True, slots=True)
class Meant:
    """Whom an account means to reach."""

    vendor: str
    """The service, as people call it."""
    base: str
    """The base URL of the account."""
    usual: str = ""
    """The base URL that is right for most."""
    cure: str = ""
    """What else to do where somebody other than the service answers."""

    @property
    def host(self) -> str:
        """Where the server is, without who signs in there."""
        return urlsplit(self.base).netloc.rpartition("@")[2]

    @property
    def path(self) -> str:
        """The path of the base URL."""
        return urlsplit(self.base).path.rstrip("/")

    @property
    def own(self) -> bool:
        """Whether people run the service themselves."""
        return urlsplit(self.usual).hostname in ("127.0.0.1", "localhost")


def meant(settings: Settings, vendor: str, cure: str = "") -> Meant:
    """Return whom an account with these settings means to reach."""
    field = type(settings).model_fields.get("base_url")
    return Meant(vendor, settings.base() or "", str(field.default).rstrip("/") if field else "", cure)


def holds(word: str, *kinds: type) -> Fits:
    """Return what tells whether an answer holds `word`, with a value of one of `kinds` where any are given."""
    return lambda told: word in told and isinstance(told[word], kinds or object)


async def proved(
    call: Call, path: str, *, vendor: str, fits: Fits, cure: str = "", body: Body = None, **query: Any
) -> Mapping[str, Any]:
    """Return the free answer that proves an account.

    Args:
        call: The account's call.
        path: What is asked.
        vendor: Who is meant to answer, as people call it.
        fits: Whether an answer is one that only the service gives.
        cure: What else to do where somebody other than the service answers.
        body: What is posted, where the question is put so.
        **query: What is asked for.

    Raises:
        ProviderError: The message names the cause, the hint the cure.
    """
    return await reached(lambda: asked(call, path, fits, body=body, **query), meant(call.settings, vendor, cure))


async def asked(call: Call, path: str, fits: Fits, *, body: Body = None, **query: Any) -> Mapping[str, Any]:
    """Return a free answer that fits; raises an error that `reached` explains."""
    found = parsed(await call.http.send("GET" if body is None else "POST", path, body=body, query=query))
    if not isinstance(found, dict) or not fits(found):
        raise RequestRejected("The answer is not one of the service", strange=True)
    return found


async def reached(work: Callable[[], Awaitable[T]], server: Meant) -> T:
    """Return what the free request that proves an account returns.

    Raises:
        ProviderError: The request failed; the message names the cause, the hint the cure.
    """
    try:
        return await work()
    except AccountRejected as error:
        if type(error) is AccountRejected and error.advice == AccountRejected.hint:
            error.advice = f"Enter what {server.vendor} gave out for {server.host}: the key of another region or \
product is refused. `maquette accounts check` tells whether it works."
        raise
    except ProviderError as error:
        raise (_unheard(error, server) or _stranger(error, server) or error) from error


def _unheard(error: ProviderError, server: Meant) -> ProviderError | None:
    """Return the error where the way to the server is at fault."""
    said, status = str(error.details.get("provider_error", "")).lower(), error.details.get("upstream_status")
    if any(word in said for word in _CERTIFICATE):
        advice = (
            "Have this machine trust the certificate's authority (SSL_CERT_FILE), or use the server's http:// address."
        )
        return ProviderUnavailable(f"{server.host} shows a certificate that this machine does not trust", hint=advice)
    if any(word in said for word in _NO_TLS):
        return ProviderUnavailable(f"{server.host} speaks no TLS", hint="Begin the account's base URL with http://.")
    # At its own address, the service itself is out of order.
    if status == 407 or (status in _PROXY and server.host != urlsplit(server.usual).netloc):
        advice = (
            f"Start {server.vendor}, or give the proxy its right address; a proxy's own login belongs into the account."
        )
        message = f"A proxy answers for {server.host} and does not reach {server.vendor} ({status})"
        return ProviderUnavailable(message, hint=advice)
    return None


def _stranger(error: ProviderError, server: Meant) -> RequestRejected | None:
    """Return the error where somebody answers who is not the service, or the service elsewhere than at its paths."""
    status = error.details.get("upstream_status")
    strange = "reason" in error.details or error.details.get("strange") is True
    if not strange and status not in _MISSING and not (status == 400 and server.own):
        return None
    under = f" under {server.path!r}" if server.path else ""
    message = f"{server.host} does not answer as {server.vendor} does{under}"
    return RequestRejected(message, hint=f"{_advice(server)} {server.cure}".strip(), upstream_status=status)


def _advice(server: Meant) -> str:
    if server.path and not urlsplit(server.usual).path:
        return f"Take the path {server.path!r} off the account's base URL."
    if not server.own:
        return f"Set the account's base URL to that of {server.vendor}, such as {server.usual}."
    if server.cure:
        return ""
    return "Check the account's base URL: the port belongs to another server, or a login page is before it."
