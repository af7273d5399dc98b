"""Keeping house over HTTP: rules, what they would let go, and what is kept whatever they say."""

from __future__ import annotations

import asyncio

from maquette.api.ask import Ask, AssetId, asset_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_housekeeping import FilterShape, FingerprintShape, TidyShape
from maquette.core.housekeeping import Housekeeping
from maquette.services import housekeeping

DOORS = Doors("/api/v1/housekeeping", "configuration")
KEEPING = Doors("/api/v1/assets", "assets")


class TidyAsk(Ask):
    """Tidy now."""

    dry_run: bool = True
    """Only tell what would go."""


@DOORS.get("", "viewer")
async def show_housekeeping(studio: TheStudio, caller: TheCaller) -> Housekeeping:
    """Show how this workspace keeps house."""
    return await housekeeping.get(studio, caller)


@DOORS.put("", "admin")
async def change_housekeeping(body: Housekeeping, studio: TheStudio, caller: TheCaller) -> Housekeeping:
    """Set how this workspace keeps house; the rules are followed once a day, from the next day on."""
    return await housekeeping.change(studio, caller, body)


@DOORS.get("/filters", "viewer")
async def filters() -> Listing[FilterShape]:
    """List the content filters that are installed, each with the schema of its settings."""
    found = await asyncio.to_thread(housekeeping.filters)
    rows = [FilterShape(name=each["name"], title=each["title"], settings_schema=each["schema"]) for each in found]
    return Listing[FilterShape](items=rows)


@DOORS.post("/tidy", "admin")
async def tidy(ask: TidyAsk, studio: TheStudio, caller: TheCaller) -> TidyShape:
    """Tell what the rules would let go, or let it go into the bin now."""
    if ask.dry_run:
        return TidyShape.planned(await housekeeping.plan(studio, caller))
    return TidyShape.of(await housekeeping.tidy(studio, caller))


@KEEPING.put("/{asset}/keep", "member", status_code=204)
async def keep(asset: AssetId, studio: TheStudio, caller: TheCaller) -> None:
    """Keep an asset whatever the rules of this workspace say."""
    await housekeeping.keep(studio, caller, asset_id(asset), kept=True)


@KEEPING.delete("/{asset}/keep", "member", status_code=204)
async def let_go(asset: AssetId, studio: TheStudio, caller: TheCaller) -> None:
    """Leave an asset to the rules again."""
    await housekeeping.keep(studio, caller, asset_id(asset), kept=False)


@KEEPING.get("/{asset}/fingerprint", "viewer")
async def fingerprint(asset: AssetId, studio: TheStudio, caller: TheCaller) -> FingerprintShape:
    """Tell what the filter of pictures knows a picture by."""
    return FingerprintShape(fingerprint=await housekeeping.fingerprint(studio, caller, asset_id(asset)))
