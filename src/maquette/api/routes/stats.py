"""Figures over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape_studio import StatsShape
from maquette.services import stats

DOORS = Doors("/api/v1", "stats")


@DOORS.get("/stats", "viewer")
async def show(
    studio: TheStudio,
    caller: TheCaller,
    days: Annotated[int, Query(ge=1, le=366, description="How many days, today among them.")] = 14,
) -> StatsShape:
    """Tell what the last days came to: jobs by day, and how each provider and action fared."""
    return StatsShape.of(await stats.figures(studio, caller, days))
