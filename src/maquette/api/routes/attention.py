"""What needs a person, over HTTP; POST /api/v1/jobs/{job}/resolve settles it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from maquette.api.ask import PageAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing, rows
from maquette.api.shape_people import DoubtShape
from maquette.services import attention

DOORS = Doors("/api/v1/attention", "jobs")


@DOORS.get("", "viewer")
async def doubts(ask: Annotated[PageAsk, Query()], studio: TheStudio, caller: TheCaller) -> Listing[DoubtShape]:
    """List the paid calls of which nobody knows whether they were taken, with the money at stake, newest first."""
    found = await attention.page(studio, caller, ask.before, ask.limit)
    ids = [doubt.attempt.id for doubt in found.items]
    return Listing[DoubtShape](**rows([DoubtShape.of(doubt) for doubt in found.items], ask.limit, ids, found.as_of))
