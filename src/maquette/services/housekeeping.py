"""How a workspace keeps house: its settings, what they would let go, and what people keep."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from maquette.core.action import Definition
from maquette.core.errors import MaquetteError, ParamsInvalid
from maquette.core.housekeeping import NAME, Housekeeping
from maquette.core.ids import new_id
from maquette.core.model import Asset
from maquette.engine import housekeeping, screen
from maquette.engine.definition import SETTINGS
from maquette.engine.housekeeping import Going, Tidied
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import Caller, require
from maquette.store import asset as assets
from maquette.store import definition as definitions
from maquette.store import housekeeping as rows
from maquette.store.database import Tx


async def get(studio: Studio, caller: Caller) -> Housekeeping:
    """Return how the workspace keeps house."""
    return await studio.store.read(caller.workspace, screen.settings_of)


async def change(studio: Studio, caller: Caller, settings: Housekeeping) -> Housekeeping:
    """Keep how the workspace keeps house; raises `ParamsInvalid` for a filter that is not there or set wrongly."""
    require(caller, "admin")
    await asyncio.to_thread(_check, settings)
    body = settings.model_dump(mode="json")

    def unit(tx: Tx) -> None:
        before = definitions.named(tx, SETTINGS, NAME)
        if before is not None and before.body == body:
            return
        rows.schedule(tx)
        number, identifier = (before.version + 1, before.id) if before else (1, new_id("definition"))
        made = Definition(identifier, SETTINGS, NAME, number, body)
        definitions.insert(tx, made)
        audit.note_definition(tx, caller, "changed" if before else "created", made, before=before)
        tx.emit("config.changed", None, {"settings": NAME})

    await studio.store.write(caller.workspace, unit)
    return settings


def _check(settings: Housekeeping) -> None:
    for index, entry in enumerate(settings.filters):
        try:
            screen.read(entry)
        except MaquetteError as error:
            found = error.details.get("errors") or [{"path": "filter", "message": error.message}]
            faults = [{**fault, "path": f"filters.{index}.{fault['path']}"} for fault in found]
            raise ParamsInvalid(error.message, hint=error.advice, errors=faults) from error


def filters() -> list[dict[str, Any]]:
    """Return the filters that are installed, each with the schema of its settings."""
    found = [(name, screen.named(name)) for name in sorted(screen.targets())]
    return [{"name": name, "title": each.title, "schema": each.settings.model_json_schema()} for name, each in found]


def filter_titles() -> dict[str, str]:
    """Return what each installed filter is called, by its name."""
    return {row["name"]: row["title"] for row in filters()}


async def plan(studio: Studio, caller: Caller) -> Sequence[Going]:
    """Return what the rules would let go now; nothing is changed."""
    return await studio.store.read(caller.workspace, lambda tx: housekeeping.going(tx, screen.settings_of(tx)))


async def tidy(studio: Studio, caller: Caller) -> Tidied:
    """Tidy the workspace now, as it is done once a day."""
    require(caller, "admin")
    return await housekeeping.tidy(studio.engine.tools, caller.workspace, caller.key)


async def keep(studio: Studio, caller: Caller, asset: str, *, kept: bool) -> Asset:
    """Note that an asset is to be kept whatever the rules say, or no longer; raises `NotFound`."""
    require(caller, "member")

    def unit(tx: Tx) -> Asset:
        found = assets.get(tx, asset)
        if kept:
            rows.keep(tx, asset, caller.key)
        else:
            rows.let_go(tx, asset)
        return found

    return await studio.store.write(caller.workspace, unit)


async def fingerprint(studio: Studio, caller: Caller, asset: str) -> str:
    """Return the fingerprint of a picture, by which a filter knows it; raises `ParamsInvalid` for what is none."""
    found = await studio.store.read(caller.workspace, lambda tx: assets.get(tx, asset))
    if found.media != "image":
        message = f"Asset {asset!r} is {found.mime!r}, and only pictures have a fingerprint"
        raise ParamsInvalid(message, errors=[{"path": "asset", "message": "only pictures have a fingerprint"}])
    return await studio.ingest.fingerprint(found)
