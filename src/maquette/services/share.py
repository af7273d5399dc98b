"""Addresses that show one asset to whoever holds them: signed and for a while, or open where the owner wants that."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from maquette.core.errors import Conflict, NotFound
from maquette.core.model import Asset
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import asset as assets

MOST_S = 30 * 86_400
"""The longest time for which an address can be signed, in seconds."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What opens one asset without a key."""

    asset: str
    until: int | None
    """When it ends, in ms since 1970; None is an open one, which lasts as long as the asset."""
    signature: str | None


async def sign(studio: Studio, caller: Caller, asset: str, seconds: int | None) -> Shared:
    """Return what opens an asset for so many seconds, or for everybody without any; raises `NotFound` or `Conflict`."""
    require(caller, "member")
    found = await studio.store.read(caller.workspace, lambda tx: assets.get(tx, asset))
    if seconds is None:
        if not studio.config.public_assets:
            raise Conflict(
                "Assets have no open addresses on this server",
                hint="Give `expires_in` for a signed address; or set `public_assets = true` in the configuration.",
            )
        return Shared(found.id, None, None)
    until = studio.store.clock.now() + seconds * 1000
    return Shared(found.id, until, signature(studio, found.id, until))


async def opened(studio: Studio, shared: Shared) -> Asset:
    """Return the asset that an address opens; raises `NotFound`, also for one that is wrong or over."""
    if not studio.config.public_assets:
        _check(studio, shared)
    found = await studio.store.read("", lambda tx: assets.anywhere(tx, shared.asset))
    if found is None:
        raise NotFound(f"No asset {shared.asset!r}", hint="It was deleted since, or never was.")
    return found


def _check(studio: Studio, shared: Shared) -> None:
    right = signature(studio, shared.asset, shared.until or 0)
    if shared.until is None or not hmac.compare_digest(right.encode(), (shared.signature or "").encode()):
        raise NotFound("This address is not signed by this server", hint="Ask whoever gave it to you for a new one.")
    if shared.until < studio.store.clock.now():
        raise NotFound("This address is over", hint="Ask whoever gave it to you for a new one.")


def signature(studio: Studio, asset: str, until: int) -> str:
    """Return the word that proves that this server made the address of an asset until a time."""
    return studio.vault.digest(f"share:{asset}:{until}")
