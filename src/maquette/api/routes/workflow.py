"""Workflows over HTTP: write, check and start them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Body, Header, Response

from maquette.api.ask import IdempotencyKey, RunAsk, WorkflowId
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled
from maquette.api.shape import Listing
from maquette.api.shape_workflow import CheckShape, FaultShape, RunShape, WorkflowShape
from maquette.services import run as runs
from maquette.services import workflow as workflows

DOORS = Doors("/api/v1/workflows", "workflows")
Document = Annotated[dict[str, Any], Body(description="The workflow: name, inputs and steps.")]


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[WorkflowShape]:
    """List the newest version of every workflow, then those that came with the installation."""
    found = await workflows.listed(studio, caller)
    return Listing[WorkflowShape](items=[WorkflowShape.of(view) for view in found])


@DOORS.post("", "member", status_code=201)
async def create(document: Document, studio: TheStudio, caller: TheCaller) -> WorkflowShape:
    """Keep a new workflow; each fault of the document is named by its path."""
    return WorkflowShape.of(await workflows.create(studio, caller, document))


@DOORS.post("/check", "viewer")
async def check(document: Document, studio: TheStudio, caller: TheCaller) -> CheckShape:
    """Tell whether a document could be saved, and keep nothing of it."""
    found = await workflows.check(studio, caller, document)
    errors = [FaultShape(path=str(fault["path"]), message=str(fault["message"])) for fault in found]
    return CheckShape(valid=not errors, errors=errors)


@DOORS.get("/{workflow}", "viewer")
async def show(workflow: WorkflowId, studio: TheStudio, caller: TheCaller) -> WorkflowShape:
    """Show one workflow, by id or name."""
    return WorkflowShape.of(await workflows.get(studio, caller, workflow))


@DOORS.put("/{workflow}", "member")
async def change(workflow: WorkflowId, document: Document, studio: TheStudio, caller: TheCaller) -> WorkflowShape:
    """Keep a further version of a workflow; runs that have begun go on with theirs."""
    return WorkflowShape.of(await workflows.update(studio, caller, workflow, document))


@DOORS.delete("/{workflow}", "member", status_code=204)
async def remove(workflow: WorkflowId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a workflow; runs that have begun go on."""
    await workflows.delete(studio, caller, workflow)


@DOORS.post("/{workflow}/runs", "member", status_code=202, dependencies=[Throttled])
async def start(
    workflow: WorkflowId,
    ask: RunAsk,
    response: Response,
    studio: TheStudio,
    caller: TheCaller,
    idempotency_key: Annotated[IdempotencyKey, Header()] = None,
) -> RunShape:
    """Begin a run of the newest version."""
    taken = await workflows.start(studio, caller, workflow, ask.inputs, idempotency_key)
    response.headers["Location"] = f"/api/v1/runs/{taken.job.id}"
    if taken.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return RunShape.of(*await runs.get(studio, caller, taken.job.id))
