"""Files in and out, in pieces and never on the event loop."""

from __future__ import annotations

import asyncio
import hashlib
import mimetypes
import os
from collections.abc import AsyncIterable, AsyncIterator
from pathlib import Path
from uuid import uuid4

from maquette.client.model import Asset
from maquette.core.errors import NotFound, OutputRejected

PIECE = 256 * 1024
_ENDINGS = {"image/webp": ".webp", "audio/wav": ".wav", "text/markdown": ".md"}


async def write(pieces: AsyncIterable[bytes], path: Path) -> Path:
    """Write the pieces beside their place, and move the whole file there."""
    import anyio  # noqa: PLC0415 - loads with the HTTP client, on first use

    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    await asyncio.to_thread(path.parent.mkdir, parents=True, exist_ok=True)
    try:
        async with await anyio.open_file(part, "wb") as file:
            async for piece in pieces:
                await file.write(piece)
        await asyncio.to_thread(os.replace, part, path)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return path


async def receive(pieces: AsyncIterable[bytes], asset: Asset, path: Path) -> Path:
    """Write the pieces beside their place, compare the digest, and move the whole file there."""
    import anyio  # noqa: PLC0415 - loads with the HTTP client, on first use

    target = await asyncio.to_thread(_target, asset, path)
    part = target.with_name(f".{target.name}.{uuid4().hex[:8]}.part")
    found = hashlib.sha256()
    try:
        async with await anyio.open_file(part, "wb") as file:
            async for piece in pieces:
                found.update(piece)
                await file.write(piece)
        expected = asset.digest.rpartition(":")[2]
        if expected and found.hexdigest() != expected:
            raise OutputRejected(f"What arrived of asset {asset.id!r} is not what the server recorded")
        await asyncio.to_thread(os.replace, part, target)
    finally:
        await asyncio.to_thread(part.unlink, missing_ok=True)
    return target


def _target(asset: Asset, path: Path) -> Path:
    if path.is_dir():
        # The name came from elsewhere: only its last part is taken, and never as a hidden file.
        path = path / (Path(asset.name).name.lstrip(".") or f"{asset.id}{ending(asset.mime)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    return path


def ending(mime: str) -> str:
    """Return the usual file ending of a MIME type."""
    return _ENDINGS.get(mime) or mimetypes.guess_extension(mime) or ""


async def send(path: Path, name: str | None = None) -> tuple[AsyncIterator[bytes], dict[str, str]]:
    """Return the body and the headers of a multipart form with one file, read as it is sent."""
    try:
        size = (await asyncio.to_thread(path.stat)).st_size
    except OSError as error:
        raise NotFound(f"No file {str(path)!r}", hint="Check the path.") from error
    label = "".join(c for c in name or path.name if c.isprintable() and c not in '"\\')
    mime = mimetypes.guess_type(label)[0] or "application/octet-stream"
    edge = uuid4().hex
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{label}"\r\nContent-Type: {mime}\r\n\r\n'
    ).encode()
    tail = f"\r\n--{edge}--\r\n".encode()
    headers = {
        "Content-Type": f"multipart/form-data; boundary={edge}",
        "Content-Length": str(len(head) + size + len(tail)),
    }
    return _form(head, path, tail), headers


async def _form(head: bytes, path: Path, tail: bytes) -> AsyncIterator[bytes]:
    import anyio  # noqa: PLC0415 - as above

    yield head
    async with await anyio.open_file(path, "rb") as file:
        while piece := await file.read(PIECE):
            yield piece
    yield tail
