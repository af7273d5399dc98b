"""Jobs over HTTP, with three ways to wait for one."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response

from maquette.api import shape, sse
from maquette.api.ask import (
    After,
    IdempotencyKey,
    JobAsk,
    JobId,
    JobPage,
    ResolveAsk,
    Waiting,
    job_id,
)
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.rate import Buckets
from maquette.api.shape import EstimateShape, EventShape, JobShape, Listing, LogShape
from maquette.core.model import FINAL
from maquette.engine.resolve import Decision
from maquette.engine.studio import Studio
from maquette.services import attention, follow
from maquette.services import job as jobs
from maquette.services.caller import Caller
from maquette.services.job import Submission, Submitted

DOORS = Doors("/api/v1", "jobs")
WAIT_MOST = 600
"""Most seconds that `Prefer: wait` may ask for."""
STREAM = "text/event-stream"

_WAIT = re.compile(r"(?:^|[,;]\s*)wait=(\d{1,9})(?=\s*(?:[,;]|$))")
_STREAMED = {200: {"content": {STREAM: {}}, "description": "The events of the job, until it is final."}}


async def _throttle(request: Request, caller: TheCaller) -> None:
    buckets: Buckets = request.app.state.buckets
    buckets.take_of(caller)


Throttled = Depends(_throttle)
"""Bounds how many jobs one key may start a minute."""
LastEventId = Annotated[str | None, Header(max_length=64)]


def place(job: str) -> dict[str, str]:
    """Return the header that says where a job is."""
    return {"Location": f"/api/v1/jobs/{job}"}


def seconds_to_wait(prefer: str | None) -> int:
    """Read `Prefer: wait=N` (RFC 7240); 0 where it is not there."""
    found = _WAIT.search(prefer or "")
    return min(int(found[1]), WAIT_MOST) if found else 0


def since(last_event_id: str | None, after: int | None) -> int | None:
    """Return the sequence number to go on from: the header, which a browser sends by itself, goes before the query."""
    if last_event_id and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 19:
        return int(last_event_id)
    return after


@DOORS.post(
    "/jobs",
    "member",
    status_code=202,
    response_model=JobShape,
    responses={
        200: {"model": JobShape, "content": {STREAM: {}}, "description": "Finished, or the stream of its events."}
    },
    dependencies=[Throttled],
)
async def create(
    ask: JobAsk,
    waiting: Annotated[Waiting, Header()],
    request: Request,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
) -> Any:
    """Take a job; the header `Accept` or `Prefer` says how to wait for it."""
    # Left out where there is none, so that a repeat from before an upgrade is still the same request.
    body = ask.model_dump(mode="json", exclude=set() if ask.template else {"template"})
    submission = Submission(ask.wanted(), body, waiting.idempotency_key, filling=ask.filling())
    return await answered(submission, waiting.prefer, (request, response), studio, caller)


async def answered(
    submission: Submission, prefer: str | None, way: tuple[Request, Response], studio: Studio, caller: Caller
) -> Any:
    """Take a job and answer as the headers of the request say: with it, with its end, or with its events."""
    request, response = way
    streams, patience = STREAM in request.headers.get("accept", ""), seconds_to_wait(prefer)
    taken = await jobs.submit(studio, caller, replace(submission, at_once=streams or patience > 0))
    headers = _headers(taken)
    if streams:
        return sse.respond(sse.encoded(follow.one(studio, caller, taken.job.id)), headers)
    response.headers.update(headers)
    if not patience:
        return await _taken(taken, studio, caller)
    view = await follow.wait(studio, caller, taken.job.id, patience)
    # Written here: the framework would check once more what was checked when it was made.
    shown, status = JobShape.of(view).model_dump_json(), 200 if view.job.state in FINAL else 202
    headers["Preference-Applied"] = f"wait={patience}"
    return Response(shown, status, headers, "application/json")


def _headers(taken: Submitted) -> dict[str, str]:
    return place(taken.job.id) | ({"Idempotency-Replayed": "true"} if taken.replayed else {})


async def _taken(taken: Submitted, studio: TheStudio, caller: Caller) -> JobShape:
    if taken.replayed or taken.job.state in FINAL:
        return JobShape.of((await jobs.get(studio, caller, taken.job.id))[0])
    return JobShape.fresh(taken.job)


@DOORS.post("/estimate", "viewer")
async def estimate(ask: JobAsk, studio: TheStudio, caller: TheCaller) -> EstimateShape:
    """Tell what a job would cost and by which candidates, without making it."""
    return EstimateShape.model_validate(await jobs.estimate(studio, caller, ask.wanted(), ask.filling()))


@DOORS.get("/jobs", "viewer")
async def page(ask: Annotated[JobPage, Query()], studio: TheStudio, caller: TheCaller) -> Listing[JobShape]:
    """List jobs, newest first."""
    found = await jobs.page(studio, caller, ask.filters(), ask.before, ask.limit)
    ids = [view.job.id for view in found.items]
    return Listing[JobShape](**shape.rows([JobShape.of(view) for view in found.items], ask.limit, ids, found.as_of))


@DOORS.get("/jobs/{job}", "viewer")
async def show(job: JobId, studio: TheStudio, caller: TheCaller) -> JobShape:
    """Show one job with its attempts and assets."""
    return JobShape.of(*await jobs.get(studio, caller, job_id(job)))


@DOORS.get("/jobs/{job}/events", "viewer", response_class=Response, responses=_STREAMED)
async def events(
    job: JobId, studio: TheStudio, caller: TheCaller, after: After = None, last_event_id: LastEventId = None
) -> Response:
    """Stream the events of one job until it is final."""
    known = await follow.known(studio, caller, job_id(job))
    return sse.respond(sse.encoded(follow.one(studio, caller, known.id, since(last_event_id, after) or 0)))


@DOORS.get(
    "/jobs/{job}/preview", "viewer", response_class=Response,
    responses={200: {"content": {"image/*": {}}, "description": "The newest unfinished picture."}},
)  # fmt: skip
async def preview(job: JobId, studio: TheStudio, caller: TheCaller) -> Response:
    """Show the newest unfinished picture of a job."""
    picture = await jobs.preview(studio, caller, job_id(job))
    kind = _PICTURES.get(picture[:3])
    headers = {} if kind else {"Content-Disposition": "attachment"}
    return Response(picture, media_type=kind or "application/octet-stream", headers=headers)


_PICTURES = {b"\x89PN": "image/png", b"\xff\xd8\xff": "image/jpeg", b"RIF": "image/webp", b"GIF": "image/gif"}


@DOORS.post("/jobs/{job}/cancel", "member")
async def cancel(job: JobId, studio: TheStudio, caller: TheCaller) -> JobShape:
    """Ask for a job to be stopped; a final one stays as it is."""
    return JobShape.of(await jobs.cancel(studio, caller, job_id(job)))


@DOORS.post("/jobs/{job}/retry", "member", status_code=202, dependencies=[Throttled])
async def retry(
    job: JobId,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
    idempotency_key: Annotated[IdempotencyKey, Header()] = None,
) -> JobShape:
    """Make a new job from the request of a failed or cancelled one."""
    taken = await jobs.retry(studio, caller, job_id(job), idempotency_key)
    response.headers.update(_headers(taken))
    return await _taken(taken, studio, caller)


@DOORS.post("/jobs/{job}/resolve", "member")
async def resolve(job: JobId, ask: ResolveAsk, studio: TheStudio, caller: TheCaller) -> JobShape:
    """Settle the attempt of which nobody knows whether it was accepted."""
    known = job_id(job)
    await attention.resolve(studio, caller, known, Decision(ask.how, ask.handle, ask.asset))
    return JobShape.of((await jobs.get(studio, caller, known))[0])


@DOORS.get("/events", "viewer", response_class=Response, responses=_STREAMED)
async def stream(
    studio: TheStudio, caller: TheCaller, after: After = None, last_event_id: LastEventId = None
) -> Response:
    """Stream everything that happens in the workspace, from now on or from a sequence number."""
    return sse.respond(sse.encoded(follow.workspace(studio, caller, since(last_event_id, after))))


@DOORS.get("/log", "viewer")
async def log(after: Annotated[int, Query(ge=0, lt=2**63)], studio: TheStudio, caller: TheCaller) -> LogShape:
    """Read what happened in the workspace after a sequence number, for whoever cannot have the stream."""
    found, as_of = await follow.page(studio, caller, after)
    return LogShape(items=[EventShape.model_validate(sse.said(entry)) for entry in found], as_of=as_of)
