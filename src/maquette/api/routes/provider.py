"""What the multi-provider document asks of a provider itself: make something, and cancel it again."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response

from maquette.api.ask import JobId, ProviderAsk, ProviderName, Waiting, job_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import STREAM, Throttled, answered
from maquette.api.shape import JobShape
from maquette.services import job as jobs
from maquette.services import provider
from maquette.services.job import Submission

DOORS = Doors("/api/v1/providers", "jobs")


async def _way(request: Request, response: Response) -> tuple[Request, Response]:
    return request, response


@DOORS.post(
    "/{name}/generate", "member", status_code=202, response_model=JobShape, dependencies=[Throttled],
    responses={200: {"model": JobShape, "content": {STREAM: {}}, "description": "Finished, or its events."}},
)  # fmt: skip
async def generate_by(
    name: ProviderName,
    ask: ProviderAsk,
    waiting: Annotated[Waiting, Header()],
    way: Annotated[tuple[Request, Response], Depends(_way)],
    studio: TheStudio,
    caller: TheCaller,
) -> Any:
    """Take a job for this provider alone; the header `Accept` or `Prefer` says how to wait for it, as for any job."""
    action = await provider.serving(studio, name, ask.operation, ask.media)
    body = ask.model_dump(mode="json") | {"provider": name}
    submission = Submission(ask.wanted(action.name), body, waiting.idempotency_key)
    return await answered(submission, waiting.prefer, way, studio, caller)


@DOORS.post("/{name}/jobs/{job}/cancel", "member")
async def cancel_of(name: ProviderName, job: JobId, studio: TheStudio, caller: TheCaller) -> JobShape:
    """Ask for a job of this provider to be stopped; a final one stays as it is."""
    known = await provider.job_of(studio, caller, name, job_id(job))
    return JobShape.of(await jobs.cancel(studio, caller, known.id))
