"""Take the bytes of deleted assets away, but never from under an asset that arrives with the same bytes.

Equal bytes are one blob. A blob is put before the row that points at it is committed, so that between the two no row
tells that it is wanted. Bytes that were put within the last hour are therefore left, and looked at again later: whoever
puts them again makes them young again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from maquette.core.model import Asset
from maquette.core.ports import Blobs
from maquette.store import asset as assets
from maquette.store.database import Store

GRACE_MS = 3_600_000
"""How old bytes must be before they can go, in ms: far longer than it takes from a put to its commit."""


class Disposal:
    """Deletes blobs to which no asset points any more; what is to be deleted is noted in a folder of this machine."""

    def __init__(self, store: Store, blobs: Blobs, folder: Path) -> None:
        self._store = store
        self._blobs = blobs
        self._folder = folder

    async def note(self, asset: Asset) -> None:
        """Note that the bytes of `asset` may go; call it before the asset is deleted, so that a crash forgets none."""
        keys = [asset.blob, *asset.thumbs.values()]
        await asyncio.to_thread(self._write, asset.id, keys)

    async def sweep(self, asset: str | None = None) -> None:
        """Delete what was noted, of all assets or of one, as far as nothing points at it and it is old enough."""
        for path in await asyncio.to_thread(self._noted, asset):
            keys: list[str] = json.loads(await asyncio.to_thread(path.read_text))
            if await self._gone(keys):
                await asyncio.to_thread(path.unlink, missing_ok=True)

    async def _gone(self, keys: Sequence[str]) -> bool:
        """Delete the blobs unless they are wanted again; tell whether that is settled."""
        if await self._store.read("", lambda tx: assets.shares(tx, keys[0])):
            return True
        before = self._store.clock.now() - GRACE_MS
        return all([await self._blobs.expire(key, before) for key in keys])

    def _write(self, asset: str, keys: Sequence[str]) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{asset}"
        draft.write_text(json.dumps(keys))
        draft.replace(self._folder / asset)

    def _noted(self, asset: str | None) -> list[Path]:
        return [path for path in self._folder.glob(asset or "asset_*") if path.is_file()]
