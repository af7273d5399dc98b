"""The bin: what was deleted stays for a week, then it is gone with its bytes."""

from __future__ import annotations

from functools import partial

from maquette.core.errors import NotFound
from maquette.engine.disposal import Disposal
from maquette.store import asset as assets
from maquette.store.database import Store, Tx

KEPT_MS = 7 * 86_400_000
"""How long what was deleted can be brought back, in ms."""
_BATCH = 100


async def empty(store: Store, disposal: Disposal) -> int:
    """Forget what has been in the bin for long enough, and return how many assets that were."""
    gone = 0
    while old := await store.read("", lambda tx: assets.binned(tx, tx.now - KEPT_MS, _BATCH)):
        for asset in old:
            await disposal.note(asset)
            await store.write(asset.workspace, partial(_forget, asset=asset.id))
            await disposal.sweep(asset.id)
        gone += len(old)
    return gone


def _forget(tx: Tx, *, asset: str) -> None:
    """Delete one row, unless somebody was faster or brought it back."""
    try:
        still = assets.get(tx, asset, binned=True)
    except NotFound:
        return
    if still.deleted_at is not None:
        assets.delete(tx, asset)
