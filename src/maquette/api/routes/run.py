"""Runs of workflows over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from maquette.api import shape
from maquette.api.ask import RunId, RunPage, run_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_workflow import RunShape
from maquette.services import run as runs

DOORS = Doors("/api/v1/runs", "runs")


@DOORS.get("", "viewer")
async def page(ask: Annotated[RunPage, Query()], studio: TheStudio, caller: TheCaller) -> Listing[RunShape]:
    """List runs, newest first."""
    found = await runs.page(studio, caller, ask.filters(), ask.before, ask.limit)
    ids = [view.job.id for view in found.items]
    return Listing[RunShape](**shape.rows([RunShape.of(view) for view in found.items], ask.limit, ids, found.as_of))


@DOORS.get("/{run}", "viewer")
async def show(run: RunId, studio: TheStudio, caller: TheCaller) -> RunShape:
    """Show one run: how each step goes, what it asks of a person, what it has cost."""
    return RunShape.of(*await runs.get(studio, caller, run_id(run)))
