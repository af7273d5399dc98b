"""Installations with everything that is built in: real providers, real modules, and a caller who may all."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from maquette.services import run as runs
from maquette.services import start, trial, workflow
from maquette.services.caller import Caller
from maquette.services.interaction import InteractionView
from maquette.services.run import RunView
from maquette.services.trial import Ask
from tests.engine.studio import Stage, reached, until

CALLER = Caller("default", "key_1", "admin")
BUILT_IN = ("maquette.providers", "maquette.modules")
SMALL = {"width": 64, "height": 64}


async def opened(stage: Stage, **settings: Any) -> Studio:
    """Start a process with the built-in catalog and the accounts that need no key."""
    stage.packages = BUILT_IN
    studio = await stage.open(**settings)
    await start.ensure(studio)
    return studio


async def began(studio: Studio, name: str, **inputs: Any) -> str:
    """Start a run and return its id."""
    return (await workflow.start(studio, CALLER, name, inputs)).job.id


async def run_of(studio: Studio, run: str) -> RunView:
    return (await runs.get(studio, CALLER, run))[0]


async def asked(studio: Studio, run: str) -> InteractionView:
    """Wait until a run asks a person, and return the question."""

    async def look() -> InteractionView | None:
        found = (await asking.page(studio, CALLER, {"state": "open", "run": run}, None, 10)).items
        return found[0] if found else None

    try:
        return await until(look)
    except AssertionError as error:
        raise AssertionError(repr(await run_of(studio, run))) from error


async def tried(studio: Studio, view: InteractionView, path: str, **params: Any) -> str:
    """Try a sub-action, wait for its job and return the id of its first asset."""
    taken = await trial.act(studio, CALLER, view.interaction.id, "generate", Ask(path, params))
    job = await reached(studio, taken.job)
    assert job.state == "succeeded", job.error
    (view, _) = await asking.get(studio, CALLER, view.interaction.id)
    return next(each for each in view.results[path] if each.job.id == job.id).assets[0].id


async def answered(studio: Studio, view: InteractionView, response: Mapping[str, Any]) -> InteractionView:
    return (await asking.answer(studio, CALLER, view.interaction.id, response))[0]


async def ended(studio: Studio, run: str) -> RunView:
    """Wait until a run has ended."""
    view = await run_of(studio, run)
    await reached(studio, view.job)
    return await run_of(studio, run)


Look = Callable[[], Awaitable[bool]]
