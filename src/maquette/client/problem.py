"""What a server answers as a problem (RFC 9457) becomes the very error class that the server raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from maquette.core.errors import (
    Conflict,
    Forbidden,
    MaquetteError,
    NotFound,
    ParamsInvalid,
    Recovery,
    RequestRefused,
    ServerFault,
    TooManyRequests,
    Unauthorized,
)

_STANDARD = frozenset({"type", "title", "status", "code", "detail", "hint", "instance"})
_BY_STATUS: dict[int, type[MaquetteError]] = {
    401: Unauthorized,
    403: Forbidden,
    404: NotFound,
    409: Conflict,
    422: ParamsInvalid,
    429: TooManyRequests,
}


class ServerUnreachable(MaquetteError):
    """No Maquette server answers."""

    code, status = "server_unreachable", 503
    recovery: ClassVar[Recovery] = "retry"
    hint = "Start one with `maquette serve`, or name one that runs in MAQUETTE_URL."


@cache
def kinds() -> Mapping[str, type[MaquetteError]]:
    """Return every error class by its code."""
    return {kind.code: kind for kind in _below(MaquetteError) if "code" in vars(kind)}


def _below(kind: type[MaquetteError]) -> Iterator[type[MaquetteError]]:
    yield kind
    for child in kind.__subclasses__():
        yield from _below(child)


def error_of(body: Mapping[str, Any], status: int | None = None) -> MaquetteError:
    """Build the error that a problem body describes; a code that this version does not know goes by its status."""
    code = str(body.get("code", ""))
    found = status if status is not None else int(body.get("status") or 500)
    kind = kinds().get(code) or _BY_STATUS.get(found) or (ServerFault if found >= 500 else RequestRefused)
    message = str(body.get("detail") or body.get("message") or body.get("title") or f"The server answered {found}")
    error = kind.__new__(kind, message)
    # Some classes write their own message from other arguments; here the message is there already.
    MaquetteError.__init__(error, message, hint=body.get("hint") or None)
    error.details = {key: value for key, value in body.items() if key not in _STANDARD}
    return error
