"""Blank forms over HTTP: schemas that draw what a person fills in."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.services import form

DOORS = Doors("/api/v1/forms", "forms")


@DOORS.get("/{name}", "viewer")
async def show(
    name: Annotated[str, Path(min_length=1, max_length=64, description="The name, e.g. `preset`.")],
    studio: TheStudio,
    caller: TheCaller,
) -> dict[str, Any]:
    """Show the JSON Schema of a form, with the choices that there are here and now."""
    return await form.blank(studio, caller, name)
