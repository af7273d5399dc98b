"""Serve stored bytes: ranges, conditions, and nothing that could run in a browser under our name."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import StreamingResponse

from maquette.api.problem import RangeUnsatisfiable, answer

Read = Callable[[int, int], AsyncIterator[bytes]]
"""Yields the bytes from the first index up to but not including the second."""

INLINE = re.compile(r"image/(png|jpeg|webp|gif|avif)|(audio|video)/[a-z0-9.+-]+|text/plain")
"""Types that a browser may show; all others are offered for saving."""
_CSP = "sandbox; default-src 'none'; style-src 'unsafe-inline'; media-src 'self'; img-src 'self'"
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


@dataclass(frozen=True, slots=True)
class Stored:
    """What is served."""

    digest: str
    mime: str
    size: int
    name: str
    changed_at: int

    @property
    def etag(self) -> str:
        """The strong validator: the same digest is the same bytes."""
        return f'"{self.digest}"'


def serve(request: Request, stored: Stored, read: Read, *, download: bool) -> Response:
    """Answer a GET or HEAD for stored bytes."""
    headers = _headers(stored, download=download)
    if _has(request.headers.get("if-none-match"), stored.etag):
        return Response(status_code=304, headers={k: v for k, v in headers.items() if k != "Content-Type"})
    asked = request.headers.get("range")
    span = _span(asked, stored.size) if asked and _still(request.headers.get("if-range"), stored) else None
    if span == ():
        refusal = RangeUnsatisfiable(f"The content has {stored.size} bytes; {(asked or '')[:100]!r} lies outside")
        return answer(refusal, {"Content-Range": f"bytes */{stored.size}"})
    start, end = span or (0, stored.size)
    headers["Content-Length"] = str(end - start)
    if span:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    status = 206 if span else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return StreamingResponse(read(start, end), status, headers)


def _headers(stored: Stored, *, download: bool) -> dict[str, str]:
    shown = INLINE.fullmatch(stored.mime) and not download
    kind = f"{stored.mime}; charset=utf-8" if stored.mime.startswith("text/") else stored.mime
    changed = datetime.fromtimestamp(stored.changed_at // 1000, UTC)
    return {
        "Content-Type": kind,
        "ETag": stored.etag,
        "Last-Modified": format_datetime(changed, usegmt=True),
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": _CSP,
        "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{quote(stored.name, safe='')}",
    }


def _has(condition: str | None, etag: str) -> bool:
    if condition is None:
        return False
    named = [part.strip().removeprefix("W/") for part in condition.split(",")]
    return "*" in named or etag in named


def _still(condition: str | None, stored: Stored) -> bool:
    """Tell whether the range is wanted of these very bytes; a date is believed to the second, as it was sent."""
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition == stored.etag
    try:
        date = parsedate_to_datetime(condition)
    except ValueError:
        return False
    return int(date.timestamp()) == stored.changed_at // 1000


def _span(asked: str, size: int) -> tuple[int, int] | tuple[()] | None:
    """Return the range as (start, end); () if it lies outside; None, for the whole, if it is none or several."""
    found = _RANGE.fullmatch(asked.replace(" ", ""))
    if found is None or found.group(1, 2) == ("", ""):
        return None
    if not found[1]:
        last = min(int(found[2]), size)
        return (size - last, size) if last else ()
    start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    if found[2] and int(found[2]) < start:
        return None
    return (start, end) if start < size else ()
