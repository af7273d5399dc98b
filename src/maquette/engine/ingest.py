"""From bytes to a stored file: told what it is, bounded, decoded, hashed, stamped and kept, once.

Nothing that a provider was paid for is lost: what does not pass is kept as it came, in quarantine. Small files stay in
memory, large ones are mapped; decoding is a limited child's work.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import shutil
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any, Literal, Protocol

from maquette.blobs import key
from maquette.core.config import Limits
from maquette.core.errors import OffloadFailed, OutputRejected, StorageFull, UploadRejected
from maquette.core.filter import Specimen
from maquette.core.params import Media
from maquette.core.ports import Blobs

from .media.header import check_size, picture_size
from .media.kind import HEAD, KINDS, Kind, Unfit, sniff
from .media.picture import FORMATS
from .media.recipe import Recipe, a1111_text
from .media.stamp import stamp
from .offload import Offload

__all__ = ["Ingest", "Judge", "Recipe", "Small", "Taken", "a1111_text"]

Judge = Callable[[Specimen], Awaitable[str | None]]
"""Says why an output may not be kept; None where it may."""

_EXAMINE = "maquette.engine.media.examine:examine"
_CONVERT = "maquette.providers.converter.engine:convert"
_SMALL = "maquette.engine.media.small:small"
_FINGERPRINT = "maquette.engine.media.fingerprint:fingerprint"
_IN_MEMORY = 8 * 2**20
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MARKUP = frozenset({"svg", "html"})
_SECONDS: dict[str, float] = {"video": 900, "audio": 300}
_OTHER_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Taken:
    """A file that passed the checks and is stored."""

    media: Media
    mime: str
    extension: str
    size: int
    digest: str
    """SHA-256 of the stored bytes."""
    provider_digest: str
    """SHA-256 of the bytes as they came."""
    blob: str
    checked: Literal["decoded", "container"]
    """Whether all of it was decoded, or only its container read because no codec is installed or it is too long."""
    stamped: bool = False
    width: int | None = None
    height: int | None = None
    duration_ms: int | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class Small:
    """The small pictures of a file."""

    thumbs: dict[str, str]
    """Blob keys by the longest side."""
    thumbhash: str


class Stored(Protocol):
    """A stored file: a `Taken` or an `Asset`."""

    @property
    def blob(self) -> str:
        """Its key."""
        ...


@dataclass(frozen=True, slots=True)
class _Stamped:
    """A file with its recipe in it."""

    path: Path
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class _Raw:
    """Bytes as they came, mapped or in memory, and as a file that a child can open."""

    content: memoryview
    digest: str
    kind: Kind
    """What the first bytes tell."""
    path: Path
    stamped: _Stamped | None = None
    """What lies at `path` where it could be stamped before it was decoded."""


class Ingest:
    """Take files into the blob store."""

    def __init__(self, *, blobs: Blobs, offload: Offload, limits: Limits, scratch: Path) -> None:
        """Take the ports; `scratch` is a folder on a disk with room for the largest output."""
        self._blobs = blobs
        self._offload = offload
        self._limits = limits
        self._scratch = scratch

    async def take(
        self,
        source: Path | bytes,
        *,
        workspace: str,
        expected: Media,
        recipe: Recipe | None,
        judge: Judge | None = None,
    ) -> Taken:
        """Check, stamp and store an output; `judge` says of one that passed the checks why it may not be kept.

        Raises:
            OutputRejected: It did not pass; its bytes are kept under `details["quarantine"]`.
            StorageFull: There is no room; nothing was stored.
            OffloadFailed: No child process could be started.
        """
        async with self._folder() as folder:
            try:
                sniffed = self._sniffed(self._limits.output_bytes, expected)
                raw = await asyncio.to_thread(_load, source, folder, sniffed, recipe)
                kind, found = await self._examined(raw, folder)
                _check_media(kind, expected)
                if judge is not None:
                    _check_judged(await judge(await self._specimen(raw, kind, folder)))
            except Unfit as reason:
                quarantine = key.quarantine(workspace, await asyncio.to_thread(_digest, source))
                await self._blobs.put(quarantine, source)
                message = f"The output did not pass the checks: {reason}"
                raise OutputRejected(message, quarantine=quarantine) from reason
            return await self._store(raw, source, folder, (workspace, kind, found, recipe))

    async def _specimen(self, raw: _Raw, kind: Kind, folder: Path) -> Specimen:
        """Return what a content filter is told of an output; the fingerprint of a picture is taken in a child."""
        arguments = {"source": str(raw.path), "extension": kind.extension}
        drawn = kind.media == "image" and kind.extension in FORMATS
        try:
            found = await self._fingerprint(arguments, folder) if drawn else None
        except OffloadFailed as error:
            if error.details["cause"] in ("start", "refused"):
                raise
            raise Unfit("its fingerprint could not be taken, and a content filter asks for it") from error
        return Specimen(kind.media, raw.path, raw.digest, found)

    async def fingerprint(self, stored: Stored) -> str:
        """Return the fingerprint of a stored picture; raises `OffloadFailed`."""
        async with self.opened(stored) as (folder, arguments):
            return await self._fingerprint(arguments, folder)

    async def _fingerprint(self, arguments: dict[str, str], folder: Path) -> str:
        made = await self._offload.run(_FINGERPRINT, arguments, folder=folder, timeout_s=_OTHER_SECONDS)
        found: str = made["fingerprint"]
        return found

    async def upload(self, path: Path, *, workspace: str, claimed_mime: str, name: str) -> Taken:
        """Check and store an upload as it is; `name` is only for messages.

        Raises:
            UploadRejected: It did not pass, or is not what it claims; nothing is kept.
        """
        async with self._folder() as folder:
            try:
                sniffed = self._sniffed(self._limits.upload_bytes, None)
                raw = await asyncio.to_thread(_load, path, folder, sniffed, None)
                kind, found = await self._examined(raw, folder)
                _check_claim(kind, claimed_mime)
            except Unfit as reason:
                shown = "".join(letter for letter in name if letter.isprintable())[:100]
                raise UploadRejected(f"{shown!r} cannot be taken: {reason}") from reason
            return await self._store(raw, path, folder, (workspace, kind, found, None))

    async def converted(
        self, stored: Stored, form: str, recipe: Recipe | None, *, longest: int | None = None, quality: int = 92
    ) -> tuple[bytes, str]:
        """Return a stored picture as `png`, `jpeg` or `webp` with its recipe, and the extension of that format.

        A picture whose sides are longer than `longest` is made smaller.

        Raises `OffloadFailed` and `StorageFull`.
        """
        async with self._folder() as folder:
            source = (await self._original(stored, folder))["source"]
            wish = {"format": form, "longest": longest, "quality": quality}
            arguments = {"source": source, "target": "converted", **wish}
            made = await self._offload.run(_CONVERT, arguments, folder=folder, timeout_s=_OTHER_SECONDS)
            content = await asyncio.to_thread((folder / made["file"]).read_bytes)
            extension: str = made["extension"]
            pieces = await asyncio.to_thread(stamp, extension, memoryview(content), recipe) if recipe else None
        return (b"".join(pieces) if pieces is not None else content), extension

    @asynccontextmanager
    async def opened(self, stored: Stored) -> AsyncIterator[tuple[Path, dict[str, str]]]:
        """Lend a private folder, and how a child that works in it is told of a stored file."""
        async with self._folder() as folder:
            yield folder, await self._original(stored, folder)

    async def _original(self, stored: Stored, folder: Path) -> dict[str, str]:
        """Return how a child is told of a stored file; one that is not on this disk is written where it can read it."""
        await asyncio.to_thread(_made, folder)
        original = self._blobs.local(stored.blob)
        if original is None:
            original = folder / "original"
            with original.open("wb") as file:
                async for piece in self._blobs.read(stored.blob):
                    await asyncio.to_thread(file.write, piece)
        return {"source": str(original.absolute()), "extension": stored.blob.rpartition(".")[2]}

    async def small(self, stored: Stored) -> Small:
        """Draw and store the small pictures of a stored file; raises `OffloadFailed` and `StorageFull`."""
        async with self.opened(stored) as (folder, arguments):
            made = await self._offload.run(_SMALL, arguments, folder=folder, timeout_s=_OTHER_SECONDS)
            thumbs = {side: key.thumb(stored.blob, side) for side in made["files"]}
            for side, name in made["files"].items():
                await self._blobs.put(thumbs[side], folder / name, move=True)
        return Small(thumbs, made["thumbhash"])

    def _sniffed(self, most_bytes: int, expected: Media | None) -> Callable[[memoryview], Kind]:
        """Return what tells the kind of a file by its head; it raises `Unfit` for what may not be decoded."""

        def sniffed(content: memoryview) -> Kind:
            if len(content) > most_bytes:
                raise Unfit(f"it is larger than the {most_bytes} bytes that are taken")
            kind = sniff(bytes(content[:HEAD]))
            if expected == "text" and kind.extension in _MARKUP:
                kind = KINDS["txt"]  # a text may well talk of markup, and is only ever shown as text
            size = picture_size(kind.extension, content)
            if size is not None:
                check_size(size, self._limits.pixels)
            return kind

        return sniffed

    async def _examined(self, raw: _Raw, folder: Path) -> tuple[Kind, dict[str, Any]]:
        """Return the kind of a file and what decoding found; raises `Unfit`."""
        arguments = {
            "source": str(raw.path),
            "extension": raw.kind.extension,
            "pixels": self._limits.pixels,
            "duration_s": self._limits.duration_s,
        }
        seconds = _SECONDS.get(raw.kind.media, _OTHER_SECONDS)
        try:
            found = await self._offload.run(_EXAMINE, arguments, folder=folder, timeout_s=seconds)
        except OffloadFailed as error:
            if error.details["cause"] in ("start", "refused"):
                raise
            raise Unfit("it could not be decoded within the limits of memory and time") from error
        if "refused" in found:
            raise Unfit(found["refused"])
        return KINDS[found.pop("extension")], found

    async def _store(
        self, raw: _Raw, source: Path | bytes, folder: Path, facts: tuple[str, Kind, dict[str, Any], Recipe | None]
    ) -> Taken:
        workspace, kind, found, recipe = facts
        stamped = raw.stamped
        if recipe is not None and (stamped is None or kind is not raw.kind):
            stamped = await asyncio.to_thread(_stamp, kind.extension, raw.content, recipe, folder / "stamped")
        digest, size = (stamped.digest, stamped.size) if stamped else (raw.digest, len(raw.content))
        blob = key.original(workspace, digest, kind.extension)
        await self._blobs.put(blob, stamped.path if stamped else source, move=stamped is not None)
        return Taken(
            media=kind.media,
            mime=kind.mime,
            extension=kind.extension,
            size=size,
            digest=digest,
            provider_digest=raw.digest,
            blob=blob,
            stamped=stamped is not None,
            **found,
        )

    @asynccontextmanager
    async def _folder(self) -> AsyncIterator[Path]:
        """Lend the path of a private folder that is gone afterwards; a disk that fills up meanwhile is told as such."""
        folder = self._scratch / uuid.uuid4().hex
        try:
            yield folder
        except OSError as error:
            if error.errno in _FULL:
                raise StorageFull("There is no room left in the scratch folder") from error
            raise
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _made(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True)


def _load(source: Path | bytes, folder: Path, sniffed: Callable[[memoryview], Kind], recipe: Recipe | None) -> _Raw:
    """Tell what a file is, and lay it where a child can open it."""
    content = memoryview(source if isinstance(source, bytes) else _mapped(source))
    kind = sniffed(content)
    digest = hashlib.sha256(content).hexdigest()
    _made(folder)
    if not isinstance(source, bytes):
        return _Raw(content, digest, kind, source.absolute())
    if recipe is not None and (stamped := _early(kind, content, recipe, folder / "stamped")) is not None:
        return _Raw(content, digest, kind, stamped.path, stamped)
    path = folder / "original"
    path.write_bytes(source)
    return _Raw(content, digest, kind, path)


def _early(kind: Kind, content: memoryview, recipe: Recipe, path: Path) -> _Stamped | None:
    """Stamp a picture before it is decoded: the child then decodes the very file that is kept, and it is written once.

    None where it takes no stamp, or is too broken for one: the child then says what is wrong with it as it came.
    """
    return _stamp(kind.extension, content, recipe, path) if kind.media == "image" else None


def _digest(source: Path | bytes) -> str:
    return hashlib.sha256(source if isinstance(source, bytes) else _mapped(source)).hexdigest()


def _mapped(path: Path) -> bytes | mmap:
    if path.stat().st_size <= _IN_MEMORY:
        return path.read_bytes()
    with path.open("rb") as file:
        return mmap(file.fileno(), 0, access=ACCESS_READ)


def _stamp(extension: str, content: memoryview, recipe: Recipe, path: Path) -> _Stamped | None:
    """Write the stamped file; None if its kind takes no stamp."""
    pieces = stamp(extension, content, recipe)
    if pieces is None:
        return None
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as file:
        for piece in pieces:
            digest.update(piece)
            size += len(piece)
            file.write(piece)
    return _Stamped(path, digest.hexdigest(), size)


def _check_media(kind: Kind, expected: Media) -> None:
    if kind.media != expected:
        raise Unfit(f"it is {kind.title}, which is no {expected}")


def _check_judged(why: str | None) -> None:
    if why is not None:
        raise Unfit(why)


def _check_claim(kind: Kind, claimed: str) -> None:
    """Compare the class of a claimed type; what only says "bytes" claims nothing."""
    plain = claimed.partition(";")[0].strip().lower()
    if plain in ("", "application/octet-stream", "binary/octet-stream") or plain == kind.mime:
        return
    family = plain.partition("/")[0]
    if family in ("image", "video", "audio") and family != kind.mime.partition("/")[0]:
        raise Unfit(f"it claims to be {plain[:60]} but is {kind.title}")
    if family not in ("image", "video", "audio") and kind.media in ("image", "video", "audio"):
        raise Unfit(f"it claims to be {plain[:60]} but is {kind.title}")
