"""Lists over HTTP: a look beforehand, how each row goes, and all files of a job as one zip."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from maquette.api.ask import Ask, JobId, job_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape_list import ListShape, PreviewShape
from maquette.core.sheet import MOST_ROWS
from maquette.services import archive as archives
from maquette.services import sheet as sheets

DOORS = Doors("/api/v1", "jobs")

_ZIP: dict[int | str, dict[str, Any]] = {200: {"content": {"application/zip": {}}, "description": "The zip."}}


class ListAsk(Ask):
    """Look at what a list would do."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that each row runs."""
    rows: Annotated[list[dict[str, Any]], Field(max_length=MOST_ROWS)] = Field(default_factory=list)
    """The rows; or give a file."""
    file: Annotated[str, Field(pattern=r"^asset_[0-9a-f]{32}$")] | None = None
    """An uploaded CSV or JSON."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that all rows share."""


@DOORS.post("/lists/preview", "viewer")
async def preview_list(ask: ListAsk, studio: TheStudio, caller: TheCaller) -> PreviewShape:
    """Tell what a list would do, row by row, without running it; its columns and faults are named."""
    return PreviewShape.of(await sheets.preview(studio, caller, ask.model_dump()))


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
