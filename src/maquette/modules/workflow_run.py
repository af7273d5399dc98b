"""`workflow.run`: the steps of a workflow, one after the other, each a child job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import UnknownAction
from maquette.core.module import Made, Stage, module
from maquette.core.params import Params
from maquette.core.template import holds
from maquette.core.workflow import KIND, SHIPPED, Step, begin, filled, items_of, read


class WorkflowRun(Params):
    """Which workflow to run, from what."""

    workflow: Annotated[str, Field(min_length=1, max_length=128)]
    """Its id or name."""
    version: Annotated[int, Field(ge=1)] | None = None
    """Its version; without one, the newest when the run begins."""
    inputs: dict[str, Any] = Field(default_factory=dict)
    """What it starts from, as its inputs say."""
    shipped: bool = False
    """Whether it is one that came with the installation."""


@module("workflow.run", title="Run a workflow")
async def run(params: WorkflowRun, call: Stage) -> Result:
    """Run the steps of a workflow in order; what each returns is added to the state that later ones read."""
    kind = SHIPPED if params.shipped else KIND
    definition = await call.definition(kind, params.workflow, params.version)
    workflow = read(definition.body)
    state = begin(workflow, params.inputs)
    return Result(value=state | await _run(workflow.steps, state, call))


async def _run(steps: Sequence[Step], before: Mapping[str, Any], call: Stage) -> dict[str, Any]:
    """Run steps in order and return what they add to the state."""
    added = dict[str, Any]()
    for step in steps:
        state = {**before, **added}
        if step.judges_items or _applies(step, step.scope(state)):
            added |= await _step(step, state, call)
    return added


async def _step(step: Step, state: Mapping[str, Any], call: Stage) -> dict[str, Any]:
    if step.branches:
        branches = await call.together(*(partial(_run, branch, state, call) for branch in step.branches))
        return {name: value for branch in branches for name, value in branch.items()}
    scope = step.scope(state)
    if step.each is None:
        return step.kept((await _child(step, scope, step.id, call)).value)
    scopes = [{**scope, step.item: item, "index": number} for number, item in enumerate(items_of(step, scope))]
    works = [
        partial(_child, step, own, f"{step.id}[{own['index']}]", call)
        for own in scopes
        if not step.judges_items or _applies(step, own)
    ]
    return step.kept_all([made.value for made in await call.together(*works)])


def _applies(step: Step, scope: Mapping[str, Any]) -> bool:
    return step.condition is None or holds(step.condition, scope, f"{step.path}/if")


async def _child(step: Step, scope: Mapping[str, Any], key: str, call: Stage) -> Made:
    name = step.module_id or ""
    try:
        action = await call.action(name)
    except UnknownAction:
        action = None  # it was installed when the workflow was saved: the child waits until it is again
    return await call.child(key, name, filled(step, action, scope), account=step.account, title=step.title)


MODULE = run
