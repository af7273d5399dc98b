"""The built web interface as files: one page for every address of its own, hashed files for ever, nothing else."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

PACKAGE = "maquette_web"
"""The data package that a wheel brings the interface in."""
_CSP = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "frame-ancestors "
)
CSP = f"{_CSP}'none'"
"""What a page of ours may load: itself, and pictures that it was handed."""
EMBEDDED = "/embed/"
"""Where the pages are that others may show in a frame, where the configuration names them."""

_FOREVER = "public, max-age=31536000, immutable"
_FRESH = "no-cache"
_CODINGS = (("br", ".br"), ("gzip", ".gz"))
_TYPES = {
    ".css": "text/css; charset=utf-8", ".gif": "image/gif", ".html": "text/html; charset=utf-8", ".ico": "image/x-icon",
    ".jpg": "image/jpeg", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
    ".map": "application/json", ".png": "image/png", ".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".webp": "image/webp",
    ".woff2": "font/woff2",
}  # fmt: skip
_PROGRAMS = frozenset({"api", "mcp", "sdapi", "v1", "workflow"})
"""First parts of the addresses that programs call: there an unknown one is an error and never a page."""
_ABSENT = """\
<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Maquette</title><link rel="icon" href="data:,">
<h1>The web interface is not here</h1>
<p>The server runs, and its API answers at <code>/api/v1</code>. The interface comes with the released package; in a
clone of the repository, build it with <code>./run web</code>, or name the folder of a build in
<code>MAQUETTE_WEB_DIR</code>, and start the server again.</p>
</html>
"""


def folder_of(given: Path | None) -> Path | None:
    """Return the folder of the built interface: the one that is named, else the installed one; None if there is none.

    Args:
        given: The folder that the configuration names.
    """
    if given is not None:
        return given if (given / "index.html").is_file() else None
    spec = importlib.util.find_spec(PACKAGE)
    places = list(spec.submodule_search_locations or ()) if spec else []
    return next((Path(place) for place in places if (Path(place) / "index.html").is_file()), None)


def asks_page(request: Request) -> bool:
    """Tell whether a browser asks for a page, at an address that is not for programs."""
    first = request.url.path.lstrip("/").partition("/")[0]
    reads = request.method in ("GET", "HEAD")
    return reads and first not in _PROGRAMS and "text/html" in request.headers.get("accept", "")


@dataclass(frozen=True, slots=True)
class Site:
    """The interface in one folder; without a folder every page says how to get one."""

    folder: Path | None
    frames: Sequence[str] = ()
    """Origins whose pages may show the embedded pages in a frame."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what no route answers: a file beside the page, the page for its own addresses, or 404."""
        request = Request(scope, receive)
        found = await self._beside(request)
        if found is None and asks_page(request):
            found = await self.page(request)
        if found is None:
            raise HTTPException(404)
        await found(scope, receive, send)

    async def page(self, request: Request) -> Response:
        """Return the one page of the interface."""
        if self.folder is None:
            return Response(_ABSENT, 404, {"Content-Security-Policy": CSP, "Cache-Control": _FRESH}, "text/html")
        found = await self._file(self.folder, "index.html", request, _FRESH)
        if found is None:
            raise HTTPException(404)  # the folder was emptied while the server runs
        found.headers.append("Vary", "Accept")
        if self.frames and request.url.path.startswith(EMBEDDED):
            found.headers["Content-Security-Policy"] = _CSP + " ".join(self.frames)
        return found

    async def hashed(self, name: str, request: Request) -> Response:
        """Return a file whose name changes with its content; raises 404 where there is none."""
        found = await self._file(self.folder / "static", name, request, _FOREVER) if self.folder else None
        if found is None:
            raise HTTPException(404)
        return found

    async def _beside(self, request: Request) -> Response | None:
        name = request.url.path.removeprefix("/")
        if self.folder is None or request.method not in ("GET", "HEAD") or "/" in name or name.startswith("."):
            return None
        return await self._file(self.folder, name, request, _FRESH)

    @staticmethod
    async def _file(folder: Path, name: str, request: Request, cache: str) -> Response | None:
        path = await asyncio.to_thread(_inside, folder, name)
        if path is None:
            return None
        headers = {"Content-Security-Policy": CSP, "Cache-Control": cache, "Vary": "Accept-Encoding"}
        for coding, ending in _accepted(request):
            packed = path.with_name(path.name + ending)
            if await asyncio.to_thread(packed.is_file):
                path, headers = packed, headers | {"Content-Encoding": coding}
                break
        content = await asyncio.to_thread(path.read_bytes)
        kind = _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
        return Response(content, headers=headers, media_type=kind)


def _inside(folder: Path, name: str) -> Path | None:
    """Return a file below a folder; None for one that is not there or lies outside."""
    path = (folder / name).resolve()
    return path if path.is_relative_to(folder.resolve()) and path.is_file() else None


def _accepted(request: Request) -> Iterator[tuple[str, str]]:
    asked = {
        coding.partition(";")[0].strip()
        for coding in request.headers.get("accept-encoding", "").lower().split(",")
        if not coding.replace(" ", "").endswith(";q=0")
    }
    return (pair for pair in _CODINGS if pair[0] in asked)
