"""The settings that a workspace has for the pictures of its articles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from maquette.core.action import Definition
from maquette.core.errors import ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.integration import IMAGE_GENERATION, ImageIntegration
from maquette.engine.definition import SETTINGS
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import Caller, require
from maquette.store import definition as definitions
from maquette.store.database import Tx


async def get(studio: Studio, caller: Caller) -> ImageIntegration:
    """Return the settings of the workspace, as they come where nobody has set any."""
    return await studio.store.read(caller.workspace, stored) or ImageIntegration()


def stored(tx: Tx) -> ImageIntegration | None:
    """Return the settings that the workspace has set; None where it has set none."""
    found = definitions.named(tx, SETTINGS, IMAGE_GENERATION)
    return ImageIntegration.model_validate(dict(found.body)) if found else None


async def change(studio: Studio, caller: Caller, settings: ImageIntegration) -> ImageIntegration:
    """Keep the settings of the workspace; raises `ParamsInvalid` for a provider that makes no pictures here."""
    require(caller, "admin")
    check(studio, settings)

    def unit(tx: Tx) -> None:
        keep(tx, caller, settings.model_dump())
        tx.emit("config.changed", None, {"settings": IMAGE_GENERATION})

    await studio.store.write(caller.workspace, unit)
    return settings


def keep(tx: Tx, caller: Caller, body: Mapping[str, Any]) -> str | None:
    """Keep settings as a further version; return the id, or None where they were the same."""
    before = definitions.named(tx, SETTINGS, IMAGE_GENERATION)
    if before is not None and before.body == body:
        return None
    version = before.version + 1 if before else 1
    made = Definition(before.id if before else new_id("definition"), SETTINGS, IMAGE_GENERATION, version, body)
    definitions.insert(tx, made)
    audit.note_definition(tx, caller, "changed" if before else "created", made, before=before)
    return made.id


def check(studio: Studio, settings: ImageIntegration) -> None:
    """Refuse a provider that is not installed or makes no pictures; raises `ParamsInvalid`."""
    name = settings.provider
    if not studio.registry.has(name):
        message = f"provider {name!r} is not installed"
    elif not any(action.produces == "image" for action in studio.registry.of(name).values()):
        message = f"provider {name!r} makes no pictures"
    else:
        return
    raise ParamsInvalid(
        f"'provider': {message}",
        hint="GET /api/v1/providers lists those that are there, with what they make.",
        errors=[{"path": "provider", "message": message}],
    )
