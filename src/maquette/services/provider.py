"""Work that is asked of one provider by its name: which of its actions serves, and which jobs are its own."""

from __future__ import annotations

import asyncio

from maquette.core.action import Action
from maquette.core.errors import NotFound
from maquette.core.model import Job
from maquette.core.params import Media
from maquette.engine.studio import Studio
from maquette.services import job as jobs
from maquette.services.caller import Caller


async def serving(studio: Studio, name: str, operation: str | None, media: Media) -> Action:
    """Return the action of a provider that an operation names; else its first that makes the medium from a prompt.

    Raises `NotFound` for a provider that is not there or makes no such thing, or `UnknownAction` with near matches.
    """
    return await asyncio.to_thread(_serving, studio, name, operation, media)


def _serving(studio: Studio, name: str, operation: str | None, media: Media) -> Action:
    if not studio.registry.has(name):
        raise NotFound(f"No provider {name!r}", hint="GET /api/v1/providers lists them.")
    if operation is not None:
        start = f"media.{name}."
        return studio.registry.action(operation if operation.startswith(start) else start + operation)
    own = [each for each in studio.registry.actions() if each.provider == name]
    for each in own:
        if each.produces == media and set(each.schema().get("required", ())) <= {"prompt"}:
            return each
    raise NotFound(
        f"Provider {name!r} makes no {media} from a prompt alone",
        hint=f"Name an `operation`: {', '.join(each.name.rpartition('.')[2] for each in own) or 'it has none'}.",
    )


async def job_of(studio: Studio, caller: Caller, name: str, job: str) -> Job:
    """Return a job that a provider works on, or may; raises `NotFound` for any other."""
    view = (await jobs.get(studio, caller, job))[0]
    tried = {attempt.provider for attempt in view.attempts}
    planned = {str(candidate["action"]).split(".")[1] for candidate in view.job.plan}
    if name not in tried | planned:
        raise NotFound(f"Provider {name!r} has no job {job!r}", hint=f"GET /api/v1/jobs?provider={name} lists its own.")
    return view.job
