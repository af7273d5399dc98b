"""Assets: list, read, upload, delete and bring back; how each was made, from what, and what was made of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from maquette.core.errors import NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.model import Asset
from maquette.engine import harvest
from maquette.engine.events import asset_event
from maquette.engine.ingest import Recipe
from maquette.engine.media.picture import FORMATS as READABLE
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import event as events
from maquette.store import job as jobs
from maquette.store.database import Tx

_RELATIVES = 200
_NAME_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Page:
    """Some assets, and the sequence number of the log at which they were read."""

    items: Sequence[Asset]
    as_of: int


@dataclass(frozen=True, slots=True)
class Span:
    """Which assets of a list are wanted."""

    before: str | None
    limit: int
    offset: int | None = None
    """How many to pass over, counted from `before` itself."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that has arrived, with what its sender says of it; neither is believed."""

    path: Path
    mime: str | None
    name: str


async def get(studio: Studio, caller: Caller, asset: str) -> Asset:
    """Return an asset of the workspace; raises `NotFound`, also for one in the bin."""
    return await studio.store.read(caller.workspace, lambda tx: assets.get(tx, asset))


async def page(studio: Studio, caller: Caller, filters: Mapping[str, str], span: Span) -> Page:
    """Return a page of assets, newest first."""

    def unit(tx: Tx) -> Page:
        as_of = events.last(tx)
        return Page(assets.page(tx, filters, span.before, span.limit, span.offset), as_of)

    return await studio.store.read(caller.workspace, unit)


async def count(studio: Studio, caller: Caller, filters: Mapping[str, str]) -> tuple[int, str | None]:
    """Count the assets that fit, and return the id of the newest."""
    return await studio.store.read(caller.workspace, lambda tx: assets.count(tx, filters))


async def ancestors(studio: Studio, caller: Caller, asset: str) -> Sequence[Asset]:
    """Return the assets that an asset was made from, nearest first."""

    def unit(tx: Tx) -> Sequence[Asset]:
        found: dict[str, Asset] = {}
        level = [assets.get(tx, asset)]
        while level and len(found) < _RELATIVES:
            jobs_of_level = [made.job for made in level if made.job]
            given = assets.given_to(tx, jobs_of_level) if jobs_of_level else []
            level = [source for source in given if source.id != asset and source.id not in found]
            found |= {source.id: source for source in level}
        return list(found.values())

    return await studio.store.read(caller.workspace, unit)


async def children(studio: Studio, caller: Caller, asset: str) -> Sequence[Asset]:
    """Return the assets that were made from an asset, newest first."""

    def unit(tx: Tx) -> Sequence[Asset]:
        return assets.made_from(tx, assets.get(tx, asset).id, _RELATIVES)

    return await studio.store.read(caller.workspace, unit)


async def recipe(studio: Studio, caller: Caller, asset: str) -> Recipe:
    """Return how an asset was made; raises `NotFound` for one that was uploaded."""
    found = await studio.store.read(caller.workspace, lambda tx: _recipe(tx, assets.get(tx, asset)))
    if found is None:
        raise NotFound(f"Asset {asset!r} was uploaded, so nothing says how it was made")
    return found


def _recipe(tx: Tx, asset: Asset) -> Recipe | None:
    if asset.job is None or asset.attempt is None:
        return None
    job, attempt = jobs.get(tx, asset.job), attempts.get(tx, asset.attempt)
    return harvest.recipe(job, attempt, asset.seed, asset.source)


async def converted(studio: Studio, caller: Caller, asset: str, form: str) -> tuple[Asset, bytes]:
    """Return a picture in another format, with its recipe, under the name that it then has.

    Raises `ParamsInvalid` for what is no picture.
    """
    found, made = await studio.store.read(caller.workspace, lambda tx: _with_recipe(tx, asset))
    if found.media != "image" or found.blob.rpartition(".")[2] not in READABLE:
        message = f"Asset {asset!r} is {found.mime!r}, and only pictures are converted"
        raise ParamsInvalid(message, errors=[{"path": "format", "message": "only pictures are converted"}])
    content, extension = await studio.ingest.converted(found, form, made)
    return replace(found, name=f"{Path(found.name).stem or found.id}.{extension}"), content


def _with_recipe(tx: Tx, asset: str) -> tuple[Asset, Recipe | None]:
    found = assets.get(tx, asset)
    return found, _recipe(tx, found)


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
        tx.emit("asset.created", None, {"asset": asset_event(asset)})

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
    """Put an asset into the bin, from which it can be brought back for a week; raises `NotFound`."""
    require(caller, "member")

    def unit(tx: Tx) -> None:
        assets.get(tx, asset)
        gone = assets.update(tx, asset, deleted_at=tx.now)
        tx.emit("asset.deleted", gone.job, {"asset": {"id": gone.id, "media": gone.media}})

    await studio.store.write(caller.workspace, unit)


async def restore(studio: Studio, caller: Caller, asset: str) -> Asset:
    """Bring an asset back from the bin; raises `NotFound` once it is gone for good."""
    require(caller, "member")

    def unit(tx: Tx) -> Asset:
        found = assets.get(tx, asset, binned=True)
        if found.deleted_at is None:
            return found
        back = assets.update(tx, asset, deleted_at=None)
        tx.emit("asset.restored", back.job, {"asset": asset_event(back)})
        return back

    return await studio.store.write(caller.workspace, unit)
