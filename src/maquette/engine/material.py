"""Lend assets to an attempt: their bytes, or an address at which a provider can fetch them itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from maquette.core.action import Material
from maquette.core.errors import Unsupported
from maquette.store import asset as assets

if TYPE_CHECKING:
    from maquette.core.model import Asset
    from maquette.engine.engine import Tools


async def lend(tools: Tools, workspace: str, asset_id: str) -> Material:
    """Return an asset with its bytes; raises `NotFound`."""
    asset = await _asset(tools, workspace, asset_id)
    content = b"".join([chunk async for chunk in tools.blobs.read(asset.blob)])
    kind, made_by = (asset.media, asset.mime, asset.name, asset.digest), (asset.provider, asset.notes)
    return Material(asset.id, *kind, content, *made_by, asset.width, asset.height)


async def link(tools: Tools, workspace: str, asset_id: str) -> str:
    """Return an address of an asset that is good for a day; raises `NotFound`, or `Unsupported` where none is."""
    asset = await _asset(tools, workspace, asset_id)
    address = await tools.blobs.link(asset.blob)
    if address is None:
        raise Unsupported(
            f"The provider fetches its inputs itself, and cannot reach {asset.name!r} on this machine's disk",
            hint='Keep files in an object store (`blob_url = "s3://…"`), which lends addresses for a day.',
        )
    return address


async def _asset(tools: Tools, workspace: str, asset_id: str) -> Asset:
    return await tools.store.read(workspace, lambda tx: assets.get(tx, asset_id))
