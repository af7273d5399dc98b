"""The ledger over HTTP: as CSV, how estimates fared, and whether all that is summed from it agrees."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from fastapi.responses import StreamingResponse

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape_money import DriftListing, DriftShape, LedgerShape
from maquette.services import ledger
from maquette.services.ledger import Span

DOORS = Doors("/api/v1", "ledger")
CSV = "text/csv; charset=utf-8"

Moment = Annotated[int | None, Query(ge=0, lt=2**48, description="A time, in ms since 1970, UTC.")]


@DOORS.get(
    "/ledger.csv", "viewer", response_class=StreamingResponse,
    responses={200: {"content": {"text/csv": {}}, "description": "Every attempt with its cost, oldest first."}},
)  # fmt: skip
async def export(studio: TheStudio, caller: TheCaller, since: Moment = None, until: Moment = None) -> StreamingResponse:
    """Export the ledger as CSV: an attempt a row, oldest first; no cell begins like a formula."""
    headers = {"Content-Disposition": 'attachment; filename="ledger.csv"'}
    rows = ledger.exported(studio, caller, Span(since, until))
    return StreamingResponse(rows, media_type=CSV, headers=headers)


@DOORS.get("/ledger/drift", "viewer")
async def drift(
    studio: TheStudio,
    caller: TheCaller,
    days: Annotated[int, Query(ge=1, le=366, description="How many days, today among them.")] = 30,
) -> DriftListing:
    """Tell by provider and model what was estimated and what it was settled at, the dearest first."""
    found = await ledger.drift(studio, caller, days)
    return DriftListing(days=days, items=[DriftShape.model_validate(row) for row in found])


@DOORS.post("/ledger/check", "admin")
async def check(
    studio: TheStudio,
    caller: TheCaller,
    mend: Annotated[bool, Query(description="Make all that does not agree anew from the ledger.")] = False,
) -> LedgerShape:
    """Count the budgets' counters and the days' figures that do not agree with the ledger."""
    return LedgerShape.model_validate(await ledger.check(studio, caller, mend=mend))
