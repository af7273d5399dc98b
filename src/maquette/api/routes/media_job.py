"""Generation at the address and in the words of the media generation document: ask, look, and fetch files."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Header, Query, Request, Response
from pydantic import Field, model_validator

from maquette.api.ask import Ask, IdempotencyKey, JobId, Label, PageAsk, job_id
from maquette.api.content import Stored, serve
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled
from maquette.core.errors import NotFound, ParamsInvalid
from maquette.core.model import Asset
from maquette.core.params import Media
from maquette.engine.plan import Wanted
from maquette.services import asset as assets
from maquette.services import job as jobs
from maquette.services import media
from maquette.services.job import JobView, Submission
from maquette.services.media import STATES, WorkflowType

_ROOT = "/api/media"
DOORS = Doors(_ROOT, "jobs")
FILES = Doors(_ROOT, "assets")
"""Files by their path: hung last, so that every reserved word goes before."""
RESERVED = frozenset({"accounts", "generate", "init", "jobs", "presets"})
"""First parts of a path that are no files."""


class GenerateAsk(Ask):
    """Ask for media in the document's words."""

    media_type: Annotated[Media, Field(alias="mediaType")]
    """What to make."""
    prompt: Annotated[str, Field(min_length=1, max_length=100_000)]
    """What it is to show, to say or to be about."""
    workflow_type: Annotated[WorkflowType | None, Field(alias="workflowType")] = None
    """One model after the other, or a choice among them; without it, the configuration of highest priority."""
    max_attempts: Annotated[int | None, Field(alias="maxAttempts", ge=1, le=20)] = None
    """How often a request that was proven unsent or refused is tried."""
    preset: Annotated[Label | None, Field(alias="presetId")] = None
    """The id or the name of the configuration to use."""
    cache: bool | None = None
    """Whether the result of an equal request will do."""
    options: dict[str, Any] = Field(default_factory=dict)
    """Further parameters, as the chosen action takes them."""

    @model_validator(mode="after")
    def _one_prompt(self) -> GenerateAsk:
        if "prompt" in self.options:
            raise ValueError("`prompt` stands outside `options`")
        return self

    def wanted(self) -> Wanted:
        """Return what the engine plans from."""
        return Wanted(
            action=None,
            params={**self.options, "prompt": self.prompt},
            media=None if self.preset else self.media_type,
            preset=self.preset,
            max_attempts=self.max_attempts,
            cache=self.cache,
        )


class MediaJobPage(PageAsk):
    """Ask for a page of jobs in the document's words; several values of a filter are separated by commas."""

    status: Annotated[str, Field(max_length=100)] | None = None
    media_type: Annotated[str | None, Field(alias="mediaType", max_length=100)] = None
    preset: Annotated[str | None, Field(alias="presetId", max_length=1000)] = None

    def found(self) -> dict[str, str]:
        """Return the filters under our names; raises `ParamsInvalid` for a status that there is not."""
        words = self.status.split(",") if self.status else []
        if strange := [word for word in words if word not in STATES]:
            message = f"there is no status {strange[0]!r}; {', '.join(STATES)} are"
            raise ParamsInvalid(f"'status': {message}", errors=[{"path": "status", "message": message}])
        states = ",".join(state for status, found in STATES.items() if status in words for state in found)
        given = {"state": states, "produces": self.media_type, "preset": self.preset}
        return {name: value for name, value in given.items() if value}


@DOORS.post("/generate", "member", include_in_schema=False, status_code=202, dependencies=[Throttled])
async def media_generate(
    ask: GenerateAsk,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
    idempotency_key: Annotated[IdempotencyKey, Header()] = None,
) -> dict[str, Any]:
    """Take a job that is written in the document's words."""
    wanted = await media.chosen(studio, caller, ask.wanted(), ask.workflow_type)
    taken = await jobs.submit(studio, caller, Submission(wanted, ask.model_dump(mode="json"), idempotency_key))
    response.headers["Location"] = f"{_ROOT}/jobs/{taken.job.id}"
    return {"success": True, **_told((await jobs.get(studio, caller, taken.job.id))[0])}


@DOORS.post("/init", "member", include_in_schema=False)
async def media_init(studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Tell the default presets, which are there from the first start: any number of calls makes none twice."""
    found = await media.start(studio, caller)
    names = [{"id": v.definition.id, "name": v.preset.title, "mediaType": v.preset.media} for v in found.presets]
    return {"success": True, "created": 0, "presets": names, "mediaTypes": list(found.served)}


@DOORS.get("/jobs", "viewer", include_in_schema=False)
async def media_jobs(ask: Annotated[MediaJobPage, Query()], studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """List jobs in the document's words, newest first."""
    found = await jobs.page(studio, caller, ask.found(), ask.before, ask.limit)
    rows = [_told(view) for view in found.items]
    return {"jobs": rows, "next": rows[-1]["jobId"] if len(rows) == ask.limit else None}


@DOORS.get("/jobs/{job}", "viewer", include_in_schema=False)
async def media_job(job: JobId, studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Show one job in the document's words."""
    told = _told((await jobs.get(studio, caller, job_id(job)))[0])
    return {**told, "job": told}


@FILES.get("/{path:path}", "viewer", include_in_schema=False, response_class=Response)
async def media_file(
    path: str, request: Request, studio: TheStudio, caller: TheCaller, download: bool = False
) -> Response:
    """Send a stored file, or a range of it."""
    if path.partition("/")[0] in RESERVED:
        raise NotFound(
            f"GET {_ROOT}/{path[:200]} is no call of this server",
            hint=f"{', '.join(sorted(RESERVED))} are no files: the first and the third take POST, the others also GET.",
        )
    found = await media.file(studio, caller, path)
    stored = Stored(found.digest, found.mime, found.size, found.name or found.id, found.created_at)
    return serve(request, stored, lambda start, end: assets.content(studio, found, start, end), download=download)


def _told(view: JobView) -> dict[str, Any]:
    job = view.job
    files = [_file(asset) for asset in view.assets]
    return {
        "jobId": job.id,
        "id": job.id,
        "status": media.status_of(job.state),
        "mediaType": job.produces,
        "prompt": job.params.get("prompt") or job.params.get("asked", {}).get("prompt"),
        "workflowType": media.type_of(job.strategy),
        "presetId": job.preset,
        "maxAttempts": job.max_attempts,
        "attempts": len(view.attempts),
        "mediaUrl": files[0]["url"] if files else None,
        "files": files,
        "cost": job.cost / 1_000_000,
        "error": (job.error or {}).get("detail"),
        "errorCode": (job.error or {}).get("code"),
        "createdAt": job.created_at,
        "startedAt": job.started_at,
        "completedAt": job.ended_at,
    }


def _file(asset: Asset) -> dict[str, Any]:
    return {
        "id": asset.id,
        "path": asset.blob,
        "url": f"{_ROOT}/{quote(asset.blob)}",
        "contentType": asset.mime,
        "fileSize": asset.size,
        "width": asset.width,
        "height": asset.height,
        "durationMs": asset.duration_ms,
    }
