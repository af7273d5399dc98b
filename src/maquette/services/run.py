"""Runs of workflows: what became of each step, read from the rows of its jobs and questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from maquette.core import workflow as documents
from maquette.core.action import Definition
from maquette.core.errors import MaquetteError, NotFound
from maquette.core.interaction import Interaction
from maquette.core.model import FINAL, Asset, Job
from maquette.core.workflow import RUN, Step, Workflow
from maquette.engine.studio import Studio
from maquette.services.caller import Caller
from maquette.store import asset as assets
from maquette.store import definition as definitions
from maquette.store import event as events
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Tx

StepState = Literal["pending", "running", "waiting", "succeeded", "failed", "skipped"]


@dataclass(frozen=True, slots=True)
class StepView:
    """How one step of a run goes."""

    id: str
    title: str
    module_id: str | None
    state: StepState
    job: str | None = None
    interaction: str | None = None
    """The question that it asks or asked last."""
    result: Any = None
    cost: int = 0
    """Micro-USD."""
    started_at: int | None = None
    ended_at: int | None = None
    error: Mapping[str, Any] | None = None
    display: Mapping[str, Any] | None = None
    """How its result wants to be shown."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run; its job's cost is what all below it has cost."""

    job: Job
    workflow: str
    title: str
    version: int | None
    steps: Sequence[StepView]
    state_values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RunPage:
    """Some runs, and the sequence number of the log at which they were read."""

    items: Sequence[RunView]
    as_of: int


@dataclass(frozen=True, slots=True)
class _Rows:
    """What the views of some runs are made of."""

    definitions: Mapping[tuple[str, int], Definition]
    steps: Mapping[str, Sequence[Job]]
    asked: Mapping[str, Sequence[Interaction]]
    assets: Mapping[str, Sequence[Asset]]
    spent: Mapping[str, int]


async def page(studio: Studio, caller: Caller, filters: Mapping[str, str], before: str | None, limit: int) -> RunPage:
    """Return a page of runs, newest first, with their steps; those within others only with the filter `nested`."""

    def unit(tx: Tx) -> RunPage:
        as_of = events.last(tx)
        chosen = {"nested": "false", **filters, "action": RUN}
        if (name := filters.get("workflow")) and (known := definitions.named(tx, documents.KIND, name)):
            chosen["workflow"] = f"{known.id},{known.name}"  # a run may have been begun by either
        return RunPage(_views(tx, jobs.page(tx, chosen, before, limit)), as_of)

    return await studio.store.read(caller.workspace, unit)


async def get(studio: Studio, caller: Caller, run: str) -> tuple[RunView, int]:
    """Return a run and the sequence number at which it was read; raises `NotFound`."""

    def unit(tx: Tx) -> tuple[RunView, int]:
        as_of = events.last(tx)
        job = jobs.get(tx, run)
        if job.action != RUN:
            raise NotFound(f"Job {run!r} is no run of a workflow; it runs {job.action!r}")
        return _views(tx, [job])[0], as_of

    return await studio.store.read(caller.workspace, unit)


def _views(tx: Tx, runs: Sequence[Job]) -> list[RunView]:
    """Return runs with their steps, in a fixed number of queries however many they are."""
    ids = [run.id for run in runs]
    below = tree.steps_of(tx, ids)
    children = [child for found in below.values() for child in found]
    wanted = [(run.params["workflow"], version) for run in runs if (version := run.params.get("version"))]
    rows = _Rows(
        definitions=definitions.versions(tx, wanted),
        steps=below,
        asked=_by_job(interactions.of_runs(tx, ids)),
        assets=assets.of_jobs(tx, [child.id for child in children if child.plan]),
        spent=tree.spent(tx, [*ids, *(child.id for child in children)]),
    )
    for run in runs:
        if not run.params.get("version"):
            rows = replace(rows, definitions={**rows.definitions, **_unnumbered(tx, run)})
    return [_view(run, rows) for run in runs]


def _unnumbered(tx: Tx, run: Job) -> dict[tuple[str, int], Definition]:
    """Return the version with which a run began that was started without a number."""
    found = definitions.named(tx, documents.KIND, str(run.params.get("workflow")), at=run.created_at)
    return {(str(run.params.get("workflow")), 0): found} if found else {}


def _by_job(found: Mapping[str, Sequence[Interaction]]) -> dict[str, list[Interaction]]:
    made = dict[str, list[Interaction]]()
    for asked in (each for several in found.values() for each in several):
        made.setdefault(asked.job, []).append(asked)
    return made


def _view(run: Job, rows: _Rows) -> RunView:
    name = str(run.params.get("workflow"))
    number = run.params.get("version")
    definition = rows.definitions.get((name, number or 0))
    workflow = _read(definition)
    steps = list(_steps(run, workflow, rows)) if workflow else []
    state = dict(run.params.get("inputs", {}))
    if workflow is not None:
        state = documents.with_defaults(workflow, state) | _state(workflow, {step.id: step for step in steps})
    return RunView(
        job=replace(run, cost=rows.spent.get(run.id, run.cost), waiting_for=_waiting_for(run, rows)),
        workflow=definition.name if definition else name,
        title=workflow.title if workflow else name,
        version=number or (definition.version if definition else None),
        steps=steps,
        state_values=state,
    )


def _waiting_for(run: Job, rows: _Rows) -> str | None:
    """Return what a run waits for: what its child waits for, if that is a person or the owner of the installation."""
    if run.waiting_for != "children":
        return run.waiting_for
    below = {child.waiting_for for child in rows.steps[run.id]}
    asks = any(each.state == "open" and each.run == run.id for found in rows.asked.values() for each in found)
    return "person" if asks else "attention" if "attention" in below else run.waiting_for


def _read(definition: Definition | None) -> Workflow | None:
    try:
        return documents.read(definition.body) if definition else None
    except MaquetteError:
        return None  # written by another version of this program: the run is shown without its steps


def _steps(run: Job, workflow: Workflow, rows: _Rows) -> Iterator[StepView]:
    """Yield a view of each step; one that was passed over without a job was skipped."""
    mine = dict[str, list[Job]]()
    for child in rows.steps[run.id]:
        mine.setdefault((child.child_key or "").partition("[")[0], []).append(child)
    order = [step for step in workflow.walk() if not step.branches]
    begun = [number for number, step in enumerate(order) if step.id in mine]
    for number, step in enumerate(order):
        if step.id in mine:
            yield _begun(step, mine[step.id], rows)
        else:
            passed = run.state == "succeeded" or _passed(step, order[number + 1 :], begun, number)
            yield StepView(step.id, step.title, step.module_id, "skipped" if passed else "pending")


def _passed(step: Step, later: Sequence[Step], begun: Sequence[int], number: int) -> bool:
    """Tell whether a later step of the same branch has begun, or one after all branches."""
    branch = step.path.rpartition("/")[0]
    return any(
        number + 1 + offset in begun and branch.startswith(other.path.rpartition("/")[0])
        for offset, other in enumerate(later)
    )


def _begun(step: Step, children: Sequence[Job], rows: _Rows) -> StepView:
    asked = [each for child in children for each in rows.asked.get(child.id, ())]
    results = [_result(child, rows) for child in children]
    failed = next((child for child in children if child.state in ("failed", "cancelled")), None)
    ended = all(child.state in FINAL for child in children)
    shown = [each for each in asked if each.state == "open"] or asked
    return StepView(
        id=step.id,
        title=step.title,
        module_id=step.module_id,
        state=_state_of(children),
        job=children[-1].id,
        interaction=shown[-1].id if shown else None,
        result=results if step.each else results[0],
        cost=sum(rows.spent.get(child.id, child.cost) for child in children),
        started_at=min((child.started_at or child.created_at for child in children), default=None),
        ended_at=max((child.ended_at or 0 for child in children), default=None) if ended else None,
        error=(failed or children[-1]).error,
        display=step.document.get("result_display_schema"),
    )


def _state_of(children: Sequence[Job]) -> StepState:
    states = {child.state for child in children}
    if states & {"failed", "cancelled"}:
        return "failed"
    if states == {"succeeded"}:
        return "succeeded"
    return "waiting" if any(child.waiting_for in ("person", "attention") for child in children) else "running"


def _result(child: Job, rows: _Rows) -> Any:
    if child.state != "succeeded":
        return None
    if not child.plan:
        return child.result
    return {"assets": [asset.id for asset in rows.assets.get(child.id, ())]}


def _state(workflow: Workflow, steps: Mapping[str, StepView]) -> dict[str, Any]:
    """Return what the finished steps have added to the state so far."""
    added = dict[str, Any]()
    for step in workflow.walk():
        view = steps.get(step.id)
        if view is not None and view.state == "succeeded":
            added |= step.kept_all(view.result) if step.each else step.kept(view.result or {})
    return added
