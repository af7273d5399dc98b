"""The settings of a workspace for the pictures of its articles, over HTTP."""

from __future__ import annotations

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.core.integration import ImageIntegration
from maquette.services import integration

DOORS = Doors("/api/v1/integrations", "configuration")


@DOORS.get("/image_generation", "viewer")
async def show_integration(studio: TheStudio, caller: TheCaller) -> ImageIntegration:
    """Show what this workspace sets for the pictures of its articles."""
    return await integration.get(studio, caller)


@DOORS.put("/image_generation", "admin")
async def change_integration(body: ImageIntegration, studio: TheStudio, caller: TheCaller) -> ImageIntegration:
    """Set what this workspace wants for the pictures of its articles; older names of the settings are understood."""
    return await integration.change(studio, caller, body)
