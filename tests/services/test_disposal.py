"""Deleting an asset never takes the bytes from another one, however the two fall together, on either database."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typing_extensions import override

from maquette.core.clock import SystemClock
from maquette.core.config import Config
from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.engine.bin import KEPT_MS, empty
from maquette.engine.disposal import GRACE_MS
from maquette.engine.studio import Studio, build
from maquette.services import asset as service
from maquette.services import start
from maquette.services.asset import Upload
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store.database import Store

CALLER = Caller("default", "key_1", "member")


class Later(SystemClock):
    """The real clock, moved ahead by a test."""

    ahead_ms = 0

    @override
    def now(self) -> int:
        return super().now() + self.ahead_ms


class Held:
    """A store whose next write waits until the test lets it go."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.reached, self.free = asyncio.Event(), asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def write(self, workspace: str, unit: Any) -> Any:
        self.reached.set()
        await self.free.wait()
        return await self._store.write(workspace, unit)


@pytest.fixture(params=["sqlite", "postgres"])
async def studio(request: pytest.FixtureRequest, home: Path) -> AsyncIterator[Studio]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("postgres_database")
    made = await build(Config(home=home, database_url=url))
    made.store.clock = Later()
    await start.ensure(made)
    yield made
    await made.close()


async def upload(studio: Studio, path: Path) -> Asset:
    target = BytesIO()
    Image.new("RGB", (8, 8), "red").save(target, "PNG")
    await asyncio.to_thread(path.write_bytes, target.getvalue())
    return await service.upload(studio, CALLER, Upload(path, "image/png", "red.png"))


async def readable(studio: Studio, asset: Asset) -> bool:
    try:
        return bool(b"".join([piece async for piece in studio.blobs.read(asset.blob)]))
    except NotFound:
        return False


def ahead(studio: Studio, ms: int) -> None:
    assert isinstance(studio.store.clock, Later)
    studio.store.clock.ahead_ms += ms


async def purge(studio: Studio, asset: Asset) -> None:
    """Delete an asset as if it had been in the bin for long enough."""
    await service.delete(studio, CALLER, asset.id)
    long_ago = studio.store.clock.now() - KEPT_MS - 1
    await studio.store.write(CALLER.workspace, lambda tx: assets.update(tx, asset.id, deleted_at=long_ago))
    assert await empty(studio.store, studio.engine.tools.disposal) == 1


async def test_bytes_that_are_stored_again_while_their_asset_is_deleted_stay(studio: Studio, tmp_path: Path) -> None:
    first = await upload(studio, tmp_path / "first")
    store = studio.store
    held = Held(store)
    studio.store = held  # type: ignore[assignment]
    arriving = asyncio.create_task(upload(studio, tmp_path / "second"))
    await held.reached.wait()  # its bytes are there, and its row is not
    studio.store = store
    await purge(studio, first)
    held.free.set()
    second = await arriving
    assert second.blob == first.blob
    assert await readable(studio, second)
    ahead(studio, 2 * GRACE_MS)
    await studio.engine.tools.disposal.sweep()
    assert await readable(studio, second)


async def test_bytes_that_nobody_has_any_more_go_when_they_are_old_enough(studio: Studio, tmp_path: Path) -> None:
    asset = await upload(studio, tmp_path / "file")
    await purge(studio, asset)
    assert await readable(studio, asset), "somebody may be about to store the same"
    ahead(studio, 2 * GRACE_MS)
    await studio.engine.tools.disposal.sweep()
    assert not await readable(studio, asset)
    assert list((studio.config.home / "condemned").iterdir()) == []


async def test_old_bytes_go_with_their_last_asset_at_once(studio: Studio, tmp_path: Path) -> None:
    first, second = await upload(studio, tmp_path / "one"), await upload(studio, tmp_path / "two")
    ahead(studio, 2 * GRACE_MS)
    await purge(studio, first)
    assert await readable(studio, second)
    await purge(studio, second)
    assert not await readable(studio, second)


async def test_a_deletion_that_did_not_happen_takes_no_bytes(studio: Studio, tmp_path: Path) -> None:
    asset = await upload(studio, tmp_path / "file")
    await studio.engine.tools.disposal.note(asset)  # and the process dies before the row is gone
    ahead(studio, 2 * GRACE_MS)
    await studio.engine.tools.disposal.sweep()
    assert await readable(studio, asset)
