"""Run a composite job: its module's function from the top, until it ends or has to wait."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from maquette.core.action import Result
from maquette.core.errors import JobCancelled, MaquetteError, UnknownAction
from maquette.core.model import Job
from maquette.engine import scene as scenes
from maquette.engine import settle
from maquette.engine.call import Parked
from maquette.engine.past import past
from maquette.engine.resolve import request_cancel
from maquette.engine.scene import Scene
from maquette.store import tree
from maquette.store.database import Tx
from maquette.store.job import Claim

if TYPE_CHECKING:
    from maquette.engine.engine import Tools


async def compose(tools: Tools, job: Job, claim: Claim, cancelled: asyncio.Event) -> None:
    """Take a composite as far as it goes now; whatever follows is one commit."""
    write = tools.store.write
    before = await tools.store.read(job.workspace, lambda tx: past(tx, job))
    scene = Scene(tools, claim, before)
    try:
        result = await _played(tools, scene, before.job, cancelled)
    except Parked:
        await write(job.workspace, scene.park)
    except MaquetteError as fault:
        await write(job.workspace, partial(_fail, scene=scene, claim=claim, error=fault))
    else:
        await write(job.workspace, partial(_conclude, scene=scene, claim=claim, result=result))


def _fail(tx: Tx, *, scene: Scene, claim: Claim, error: MaquetteError) -> None:
    scene.keep(tx)
    scenes.end(tx, claim, error)


def _conclude(tx: Tx, *, scene: Scene, claim: Claim, result: Result) -> None:
    scene.keep(tx)
    settle.conclude(tx, claim, result.value)
    for left in tree.steps(tx, claim.job):  # what a result did not wait for
        request_cancel(tx, left.id)


async def _played(tools: Tools, scene: Scene, job: Job, cancelled: asyncio.Event) -> Result:
    if cancelled.is_set() or job.cancel_asked:
        raise JobCancelled("The job was cancelled")
    try:
        action = await asyncio.to_thread(tools.registry.module, job.action)
    except UnknownAction as error:
        scene.stuck(error)  # its package was uninstalled while it waited
        raise Parked from error
    params = action.params.model_validate(dict(job.params))
    work = asyncio.ensure_future(action.run(params, scene))
    bell = asyncio.create_task(cancelled.wait())
    try:
        await asyncio.wait({work, bell}, return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            raise JobCancelled("The job was cancelled")
        return work.result()
    finally:
        bell.cancel()
        work.cancel()
