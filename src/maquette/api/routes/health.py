"""Whether the server runs, for people and for what watches over it."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from maquette import __version__
from maquette.api.door import Doors, TheStudio
from maquette.api.shape_catalog import HealthAnswer
from maquette.core.form import normalise
from maquette.services import catalog
from maquette.store import event as events

DOORS = Doors("", "health")


def _answer(studio: TheStudio) -> HealthAnswer:
    return HealthAnswer(
        status="ok",
        version=__version__,
        database="sqlite" if studio.config.is_sqlite else "postgresql",
        engine="stopped" if studio.engine.hub.stopped else "running",
    )


@DOORS.get("/healthz", "public")
async def healthz(studio: TheStudio) -> HealthAnswer:
    """Tell that the server answers; asks nothing of the database."""
    return _answer(studio)


@DOORS.get("/readyz", "public")
async def readyz(studio: TheStudio) -> HealthAnswer:
    """Tell that the database answers too; 503 if it does not."""
    await studio.store.read("default", events.last)
    return _answer(studio)


@DOORS.get("/api/v1/openapi.json", "viewer", include_in_schema=False)
async def openapi(request: Request, studio: TheStudio) -> dict[str, Any]:
    """Describe every route, and the parameters of every action as the schema of its name."""
    described: dict[str, Any] = request.app.openapi()
    parts = described["components"]
    schemas = {action.name: normalise(action.schema()) for action in await catalog.actions(studio)}
    return described | {"components": parts | {"schemas": parts["schemas"] | schemas}}
