"""Lists over HTTP: a look beforehand, how each row goes, and all files of a job as one zip."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from maquette.api import shape
from maquette.api.ask import Ask, IdempotencyKey, JobId, PageAsk, job_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled, place
from maquette.api.shape import JobShape, Listing
from maquette.api.shape_list import ListShape, PreviewShape
from maquette.core.sheet import MOST_ROWS
from maquette.services import archive as archives
from maquette.services import job as jobs
from maquette.services import sheet as sheets
from maquette.services.sheet import FILE_BYTES

DOORS = Doors("/api/v1", "jobs")

_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "The zip."}}


class ListAsk(Ask):
    """Look at what a list would do."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that each row runs."""
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)] = Field(default_factory=list)
    """The rows; or give a text or a file."""
    text: Annotated[str, Field(max_length=FILE_BYTES)] | None = None
    """The list as it was pasted: CSV, or JSON."""
    file: Annotated[str, Field(pattern=r"^asset_[0-9a-f]{32}$")] | None = None
    """An uploaded CSV or JSON."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that all rows share."""


class ListStart(ListAsk):
    """Run a list."""

    account: Annotated[str, Field(max_length=200)] | None = None
    """The account to use; without one, whichever serves the action."""
    at_once: Annotated[int, Field(ge=1, le=20)] = 1
    """How many rows run at a time."""


@DOORS.post("/lists/preview", "viewer")
async def preview_list(ask: ListAsk, studio: TheStudio, caller: TheCaller) -> PreviewShape:
    """Tell what a list would do, row by row, without running it; its columns and faults are named."""
    return PreviewShape.of(await sheets.preview(studio, caller, ask.model_dump()))


@DOORS.post("/lists", "member", status_code=202, dependencies=[Throttled])
async def start_list(
    ask: ListStart,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
    idempotency_key: Annotated[IdempotencyKey, Header()] = None,
) -> JobShape:
    """Run an action for each row of a list; a list that could run no row as it is written is refused at once."""
    taken = await sheets.start(studio, caller, ask.model_dump(exclude_none=True), idempotency_key)
    response.headers.update(place(taken.job.id))
    return JobShape.fresh(taken.job)


@DOORS.get("/lists", "viewer")
async def lists(ask: Annotated[PageAsk, Query()], studio: TheStudio, caller: TheCaller) -> Listing[JobShape]:
    """List the lists that were run, newest first."""
    found = await jobs.page(studio, caller, {"action": sheets.ACTION}, ask.before, ask.limit)
    ids = [view.job.id for view in found.items]
    return Listing[JobShape](**shape.rows([JobShape.of(view) for view in found.items], ask.limit, ids, found.as_of))


@DOORS.get("/lists/{job}", "viewer")
async def show_list(job: JobId, studio: TheStudio, caller: TheCaller) -> ListShape:
    """Show a list with the state, the files, the cost and the cause of each row."""
    return ListShape.of(await sheets.get(studio, caller, job_id(job)))


@DOORS.get("/jobs/{job}/archive", "viewer", response_class=Response, responses=_ZIP)
async def archive(job: JobId, studio: TheStudio, caller: TheCaller) -> Response:
    """Send all files that a job and those below it made, as one zip with a manifest."""
    found = await archives.packed(studio, caller, job_id(job))
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.name, safe='')}"}
    return StreamingResponse(archives.stream(studio, found), 200, headers, "application/zip")
