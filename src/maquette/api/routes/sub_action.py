"""The workflow document's own door: a sub-action as a stream of `started`, `progress`, `complete` and `error`."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import Path, Response

from maquette.api import sse
from maquette.api.ask import SubActionAsk, job_id
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import LastEventId, Throttled, place
from maquette.api.shape import AssetShape
from maquette.core.errors import NotFound
from maquette.core.interaction import as_pointer
from maquette.core.model import Event, Job
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import catalog, follow, trial
from maquette.services import interaction as interactions
from maquette.services import job as jobs
from maquette.services.caller import Caller
from maquette.services.follow import ENDS, Reset
from maquette.services.job import JobView, Submission
from maquette.services.trial import Ask

DOORS = Doors("", "sub-actions")
Workflow = Annotated[str, Path(min_length=1, max_length=64, description="The workflow run that asks.")]

_INTERACTION = re.compile(r"int_[0-9a-f]{32}")
_RUN = re.compile(r"(?:job|wr)_[0-9a-f]{32}")
_RESUME = re.compile(r"(job_[0-9a-f]{32})\.(\d{1,18})")
_STREAMED = {200: {"content": {"text/event-stream": {}}, "description": "started, progress, complete, error"}}


_OPTIONS: dict[str, Any] = {"response_class": Response, "responses": _STREAMED, "dependencies": [Throttled]}


@DOORS.post("/workflow/{workflow}/sub-action/stream", "member", include_in_schema=False, **_OPTIONS)
@DOORS.post("/api/v1/workflow/{workflow}/sub-action/stream", "member", **_OPTIONS)
async def stream(
    workflow: Workflow, ask: SubActionAsk, studio: TheStudio, caller: TheCaller, last_event_id: LastEventId = None
) -> Response:
    """Run a sub-action and stream how it goes; with `Last-Event-ID`, take up the one that was running."""
    if resumed := _RESUME.fullmatch(last_event_id or ""):
        job, after = await follow.known(studio, caller, resumed[1]), int(resumed[2])
    else:
        job, after = await _begun(workflow, ask, studio, caller), 0
    return sse.respond(_told(studio, caller, job, after), place(job.id))


async def _begun(workflow: str, ask: SubActionAsk, studio: Studio, caller: Caller) -> Job:
    await catalog.action(studio, ask.action_type)  # an unknown one is a 404 before any stream
    path = as_pointer([ask.provider, ask.prompt_id])
    if await _asked(workflow, ask, studio, caller):
        wish = Ask(path, ask.params, at_once=True, source=ask.source_data)
        return (await trial.act_by_type(studio, caller, ask.interaction_id, ask.action_type, wish)).job
    wanted = Wanted(
        action=ask.action_type,
        params=ask.params,
        interaction=ask.interaction_id,
        subject=path,
        source=ask.source_data,
        run=workflow,
    )
    submission = Submission(wanted, ask.model_dump(mode="json"), at_once=True)
    return (await jobs.submit(studio, caller, submission)).job


async def _asked(workflow: str, ask: SubActionAsk, studio: Studio, caller: Caller) -> bool:
    """Tell whether the interaction is one of ours, rather than a label of the caller's own, as its run then is too.

    Raises `NotFound` where run or interaction look like ours and are not there, or do not belong together.
    """
    if not _INTERACTION.fullmatch(ask.interaction_id):
        if not _RUN.fullmatch(workflow):
            return False
        run = (await jobs.get(studio, caller, job_id(workflow)))[0].job.id
        raise NotFound(
            f"Run {workflow!r} has no interaction {ask.interaction_id!r}",
            hint=f"GET /api/v1/interactions?run={run} lists what it asks.",
        )
    run = await interactions.run_of(studio, caller, ask.interaction_id)
    if workflow.rpartition("_")[2] != run.rpartition("_")[2]:
        raise NotFound(f"Run {workflow!r} has no interaction {ask.interaction_id!r}", hint=f"It belongs to {run!r}.")
    return True


async def _told(studio: Studio, caller: Caller, job: Job, after: int) -> AsyncIterator[bytes]:
    yield sse.OPENING
    if not after:
        yield sse.block("started", {"action_id": job.id}, f"{job.id}.0")
    async with aclosing(follow.one(studio, caller, job.id, after)) as entries:
        async for entry in entries:
            if entry is None:
                yield sse.PING
            elif not isinstance(entry, Reset):
                if (piece := _piece(job, entry)) is not None:
                    yield piece
                if entry.type in ENDS:
                    yield await _ended(studio, caller, job, entry)


def _piece(job: Job, entry: Event) -> bytes | None:
    if not entry.type.endswith(".progressed"):
        return None
    said = {"elapsed_ms": max(0, entry.at - job.created_at), "message": str(entry.data.get("message") or "")}
    return sse.block("progress", said, f"{job.id}.{entry.seq}")


async def _ended(studio: Studio, caller: Caller, job: Job, entry: Event) -> bytes:
    view = (await jobs.get(studio, caller, job.id))[0]
    identifier = f"{job.id}.{entry.seq}"
    if view.job.state == "succeeded":
        return sse.block("complete", _complete(view), identifier)
    return sse.block("error", _error(view), identifier)


def _complete(view: JobView) -> dict[str, Any]:
    return {
        "urls": [AssetShape.of(asset).urls.content for asset in view.assets],
        "metadata_id": view.job.id.replace("job_", "cgm_", 1),
        "content_ids": [asset.id.replace("asset_", "gc_", 1) for asset in view.assets],
    }


def _error(view: JobView) -> dict[str, Any]:
    problem: Mapping[str, Any] = view.job.error or {}
    tried = [attempt.error for attempt in view.attempts if attempt.error]
    return {
        "error": problem.get("detail", "The job ended without a result"),
        "details": tried[-1] if tried else dict(problem),
        "code": problem.get("code", "internal"),
        "hint": problem.get("hint", ""),
    }
