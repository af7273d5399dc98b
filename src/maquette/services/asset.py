"""Assets: list, read, upload, delete, and where each came from."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import msgspec

from maquette.core.errors import NotFound
from maquette.core.ids import new_id
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import asset as assets
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Tx

_ID = re.compile(r"asset_[0-9a-f]{32}")
_ANCESTORS = 200
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some assets, and the sequence number of the log at which they were read."""

    items: Sequence[Asset]
    as_of: int


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived, with what its sender says of it; neither is believed."""

    path: Path
    mime: str | None
    name: str


async def get(studio: Studio, caller: Caller, asset: str) -> Asset:
    """Return an asset of the workspace; raises `NotFound`."""
    return await studio.store.read(caller.workspace, lambda tx: assets.get(tx, asset))


async def page(studio: Studio, caller: Caller, filters: Mapping[str, str], before: str | None, limit: int) -> Page:
    """Return a page of assets, newest first."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        return Page(assets.page(tx, filters, before, limit), as_of)

    return await studio.store.read(caller.workspace, unit)


async def ancestors(studio: Studio, caller: Caller, asset: str) -> Sequence[Asset]:
    """Return the assets that an asset was made from, nearest first."""

    def unit(tx: Tx) -> Sequence[Asset]:
        found: dict[str, Asset] = {}
        open_ends = [assets.get(tx, asset)]
        while open_ends and len(found) < _ANCESTORS:
            for source in _sources(tx, open_ends.pop(0)):
                if source.id != asset and source.id not in found:
                    found[source.id] = source
                    open_ends.append(source)
        return list(found.values())

    return await studio.store.read(caller.workspace, unit)


def _sources(tx: Tx, asset: Asset) -> list[Asset]:
    if asset.job is None:
        return []
    found = []
    for named in dict.fromkeys(_ID.findall(msgspec.json.encode(dict(jobs.get(tx, asset.job).params)).decode())):
        try:
            found.append(assets.get(tx, named))
        except NotFound:
            continue  # an input that was deleted since
    return found


async def upload(studio: Studio, caller: Caller, upload: Upload) -> Asset:
    """Check and keep a file that was sent; raises `UploadRejected`."""
    require(caller, "member")
    name = file_name(upload.name)
    taken = await studio.ingest.upload(
        upload.path, workspace=caller.workspace, claimed_mime=upload.mime or "", name=name
    )
    asset = Asset(
        id=new_id("asset"),
        workspace=caller.workspace,
        media=taken.media,
        mime=taken.mime,
        size=taken.size,
        digest=taken.digest,
        blob=taken.blob,
        created_at=studio.store.clock.now(),
        name=name,
        width=taken.width,
        height=taken.height,
        duration_ms=taken.duration_ms,
        pages=taken.pages,
        created_by=caller.key,
    )

    def unit(tx: Tx) -> None:
        assets.insert(tx, asset)
        tx.emit(
            "asset.created", None, {"asset": {"id": asset.id, "media": asset.media, "mime": asset.mime, "name": name}}
        )

    await studio.store.write(caller.workspace, unit)
    return asset


async def fetch(studio: Studio, caller: Caller, url: str, name: str | None) -> Asset:
    """Fetch a file from a public address and keep it; raises `UrlRefused` or `UploadRejected`."""
    require(caller, "member")
    path = scratch(studio)
    try:
        fetched = await studio.engine.tools.fetcher.download(url, path, limit=studio.config.limits.upload_bytes)
        return await upload(studio, caller, Upload(path, fetched.mime, name or unquote(urlsplit(url).path)))
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def scratch(studio: Studio) -> Path:
    """Return a fresh place for a file that is arriving."""
    folder = studio.config.home / "uploads"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder / new_id("upload")


def file_name(claimed: str) -> str:
    """Return the last part of a claimed file name without what could mislead a reader or a header."""
    last = PurePosixPath(claimed.replace("\\", "/")).name
    kept = "".join(character for character in last if character.isprintable() and character not in '"<>:|?*')
    return kept.strip(". ")[-_NAME_LENGTH:]


def content(studio: Studio, asset: Asset, start: int, end: int) -> AsyncIterator[bytes]:
    """Yield the bytes of an asset from `start` up to but not including `end`."""
    return studio.blobs.read(asset.blob, start, end)


async def thumb(studio: Studio, caller: Caller, asset: str, side: str) -> tuple[Asset, bytes]:
    """Return the small picture of an asset; raises `NotFound` until it is made."""
    found = await get(studio, caller, asset)
    if side not in found.thumbs:
        raise NotFound(
            f"Asset {asset!r} has no picture of {side} pixels (yet)", hint="It follows with the event `asset.ready`."
        )
    return found, b"".join([piece async for piece in studio.blobs.read(found.thumbs[side])])


async def delete(studio: Studio, caller: Caller, asset: str) -> None:
    """Delete an asset, and its bytes unless another asset has the same."""
    require(caller, "member")

    def unit(tx: Tx) -> list[str]:
        gone = assets.delete(tx, asset)
        return [] if assets.shares(tx, gone.blob) else [gone.blob, *gone.thumbs.values()]

    for blob in await studio.store.write(caller.workspace, unit):
        await studio.blobs.delete(blob)
