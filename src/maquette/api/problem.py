"""Render every error, whoever raised it, as RFC 9457 problem+json."""

from __future__ import annotations

import errno
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from maquette.core.errors import (
    Forbidden,
    MaquetteError,
    NotFound,
    RequestRefused,
    StorageFull,
    TooManyRequests,
    Unauthorized,
)

MIME = "application/problem+json"
DOCUMENTED = ("/api/media/",)
"""Where a document's own callers ask: they look for `success` and `error`, which stand beside what others look for."""
log = logging.getLogger("maquette.api")


class RequestInvalid(RequestRefused):
    """The request does not fit the description of the route."""

    code, status = "request_invalid", 422
    hint = "`errors` names each path; GET /api/v1/openapi.json describes every route."


class BodyInvalid(RequestRefused):
    """The body is no JSON that this server takes."""

    code, status = "body_invalid", 400
    hint = "Send one JSON document in UTF-8, nested no deeper than 64 levels, without NUL characters."


class MediaTypeUnsupported(RequestRefused):
    """The body is of a type that this route does not take."""

    code, status = "media_type_unsupported", 415
    hint = "Send `Content-Type: application/json`; a file goes to POST /api/v1/assets as multipart/form-data."


class MethodNotAllowed(RequestRefused):
    """The route does not take this method."""

    code, status = "method_not_allowed", 405
    hint = "The header `Allow` names the methods of this route."


class RangeUnsatisfiable(RequestRefused):
    """The range lies outside the content."""

    code, status = "range_unsatisfiable", 416
    hint = "The header `Content-Range` tells the size."


class OriginRefused(Forbidden):
    """The request comes from a page, or under a host name, that is not this server's."""

    code = "origin_refused"
    hint = "Call the server by the address that it printed, or list the host name under `allowed_hosts`."


def answer(error: MaquetteError, headers: Mapping[str, str] | None = None, path: str = "") -> Response:
    """Return an error as a response, with the headers that its kind asks for and the words that its address has."""
    said = dict(headers or {})
    if error.retry_after is not None:
        said["Retry-After"] = str(max(1, round(error.retry_after)))
    if isinstance(error, Unauthorized):
        said["WWW-Authenticate"] = "Bearer"
    words = {"success": False, "error": error.message} if path.startswith(DOCUMENTED) else {}
    return Response(msgspec.json.encode({**error.problem(), **words}, enc_hook=str), error.status, said, MIME)


def render_problems(app: FastAPI) -> None:
    """Make every error of the application a problem document."""
    app.add_exception_handler(MaquetteError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _plain)
    app.add_exception_handler(Exception, _unforeseen)


def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, MaquetteError)  # noqa: S101 - what the handler is registered for
    if error.status >= 500:
        log.warning("request.failed %s %s: %s", request.method, request.url.path, error.message)
    return answer(error, path=request.url.path)


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - what the handler is registered for
    return answer(invalid(error.errors()), path=request.url.path)


def invalid(found: Sequence[Mapping[str, Any]]) -> RequestInvalid:
    """Return pydantic's findings as one error that names paths and never repeats values."""
    faults = [{"path": _path(entry["loc"]), "message": str(entry["msg"])} for entry in found]
    first = faults[0] if faults else {"path": "", "message": "it is not valid"}
    return RequestInvalid(f"{first['path']!r}: {first['message']}", errors=faults)


def _path(location: Sequence[Any]) -> str:
    parts = [str(part) for part in location]
    return ".".join(parts[1:] if parts[:1] == ["body"] and len(parts) > 1 else parts)


def _plain(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what the handler is registered for
    where = f"{request.method} {request.url.path[:200]!r}"
    kinds: dict[int, MaquetteError] = {
        401: Unauthorized(str(error.detail)),
        404: NotFound(f"There is no route {where}", hint="GET /api/v1/openapi.json lists every route."),
        405: MethodNotAllowed(f"{where} is not a call that this server knows"),
        429: TooManyRequests(str(error.detail)),
    }
    refused = kinds.get(error.status_code) or BodyInvalid(f"{HTTPStatus(error.status_code).phrase}: {error.detail}")
    return answer(refused, error.headers, request.url.path)


def _unforeseen(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return _ours(request, StorageFull(f"There is no room left on the disk: {error.strerror}"))
    log.error("request.broke %s %s", request.method, request.url.path, exc_info=error)
    return answer(MaquetteError("The server failed on this request; its log says why"))
