"""What every request passes before any route: host, origin, size and shape of the body, and headers on the way out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import msgspec
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from maquette.api.problem import BodyInvalid, MediaTypeUnsupported, OriginRefused, answer
from maquette.core.config import Config
from maquette.core.errors import BodyTooLarge, MaquetteError

LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
"""Host names of this machine."""
DEPTH = 64
"""How deep a JSON body may be nested."""
UPLOADS = "/api/v1/assets"
"""The one route that takes a file."""
DOCUMENTS = "/api/v1/workflows"
"""Where documents may be written in YAML."""
YAML = frozenset({"application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"})
"""What a body in YAML is called."""

_MULTIPART_EXTRA = 64 * 1024
_WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_DEFAULTS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Guard:
    """The outermost application: refuses before it hands on."""

    app: ASGIApp
    config: Config

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Judge one request, and pass it on with its body checked and its answer's headers completed."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        guarded = _finished(send)
        try:
            headers = Headers(scope=scope)
            _check_address(scope)
            _check_host(headers, scope, self.config.allowed_hosts)
            _check_origin(headers)
            checked = await self._body(headers, scope, receive)
        except MaquetteError as refused:
            await answer(refused)(scope, receive, guarded)
            return
        await self.app(scope, checked, guarded)

    async def _body(self, headers: Headers, scope: Scope, receive: Receive) -> Receive:
        """Return a `receive` whose body is bounded; a JSON body is read whole and checked here."""
        limits = self.config.limits
        if not _has_body(headers) or scope["method"] not in _WRITES:
            return _bounded(receive, 0 if scope["method"] in _WRITES else limits.body_bytes)
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "multipart/form-data" and scope["path"] == UPLOADS:
            most = limits.upload_bytes + _MULTIPART_EXTRA
            _check_length(headers, most)
            return _bounded(receive, most)
        if kind in YAML and scope["path"].startswith(DOCUMENTS):
            _check_length(headers, limits.body_bytes)
            return _bounded(receive, limits.body_bytes)
        if kind != "application/json":
            raise MediaTypeUnsupported(f"A body of type {kind or 'unknown'!r} is not taken here")
        _check_length(headers, limits.body_bytes)
        body = await _read(_bounded(receive, limits.body_bytes))
        check_json(body)
        return _replay(body, receive)


def _has_body(headers: Headers) -> bool:
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


def _check_address(scope: Scope) -> None:
    query = unquote(scope["query_string"].decode("latin-1"))
    if _CONTROL.search(scope["path"]) or _CONTROL.search(query):
        raise BodyInvalid(
            "The address holds control characters", hint="Leave control characters out of paths and queries."
        )


def _check_host(headers: Headers, scope: Scope, allowed: Iterable[str]) -> None:
    """Refuse names that lead here by somebody else's name server; a loopback name must have this very port."""
    host = headers.get("host", "").lower()
    name, _, port = host.rpartition(":") if re.search(r":\d+$", host) else (host, "", "")
    if {host, name} & {entry.lower() for entry in allowed}:
        return
    own = scope.get("server")
    if name in LOOPBACK and (own is None or (port or "80") == str(own[1])):
        return
    raise OriginRefused(f"This server is not called {host[:200]!r}")


def _check_origin(headers: Headers) -> None:
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        raise OriginRefused(f"A page of {origin[:200]!r} may not call this server")


def _check_length(headers: Headers, most: int) -> None:
    claimed = headers.get("content-length")
    if claimed is not None and (not claimed.isdigit() or int(claimed) > most):
        raise BodyTooLarge(f"The body claims {claimed[:40]} bytes; {most} are allowed here", limit=most)


def _bounded(receive: Receive, most: int) -> Receive:
    size = 0

    async def bounded() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > most:
            raise BodyTooLarge(f"The body is larger than the {most} bytes that are allowed here", limit=most)
        return message

    return bounded


async def _read(receive: Receive) -> bytes:
    pieces, more = list[bytes](), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyInvalid("The body ended early")
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


def check_json(body: bytes) -> None:
    """Refuse what one of the parsers, databases and encoders behind would trip over; raises `BodyInvalid`."""
    if b"\\u0000" in body:
        raise BodyInvalid("The body holds a NUL character")
    try:
        value = msgspec.json.decode(body)
    except RecursionError:
        raise _too_deep() from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BodyInvalid(f"The body is no valid JSON: {error}") from error
    _check_values(value)


def _check_values(value: object) -> None:
    level = [value]
    for _ in range(DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise _too_deep()


def _inside(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    # Whole numbers may have 64 bits, since the largest seed of a ComfyUI graph has.
    if isinstance(value, int | float) and not -(2**63) <= value < 2**64:
        raise BodyInvalid("The body holds a number of more than 64 bits")
    return value if isinstance(value, list) else ()


def _too_deep() -> BodyInvalid:
    return BodyInvalid(f"The body is nested deeper than {DEPTH} levels")


def _finished(send: Send) -> Send:
    async def finished(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _DEFAULTS.items():
                headers.setdefault(name, value)
            if "frame-ancestors http" in headers["Content-Security-Policy"]:
                del headers["X-Frame-Options"]  # it knows no list of origins, and the policy has one
        await send(message)

    return finished
