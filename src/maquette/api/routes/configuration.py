"""The whole configuration over HTTP, as one versioned document."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape_audit import ImportedShape
from maquette.services import configuration
from maquette.services.configuration import Document

DOORS = Doors("/api/v1/configuration", "configuration")


@DOORS.get("", "admin")
async def export(studio: TheStudio, caller: TheCaller) -> Document:
    """Return what serves by default, the accounts without their secrets, and every definition."""
    return await configuration.export(studio, caller)


@DOORS.post("", "admin")
async def apply(
    document: Annotated[dict[str, Any], Body(description="What GET returns; one of an older version is taken too.")],
    studio: TheStudio,
    caller: TheCaller,
) -> ImportedShape:
    """Take a document over, all of it or nothing; what it does not name stays as it is."""
    return ImportedShape.model_validate(await configuration.apply(studio, caller, document))
