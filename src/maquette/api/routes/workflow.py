"""Workflows over HTTP: write, check and start them, in JSON or in YAML."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request, Response

from maquette.api.ask import IdempotencyKey, RunAsk, WorkflowId
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.guard import YAML
from maquette.api.problem import BodyInvalid, RequestInvalid
from maquette.api.routes.job import Throttled
from maquette.api.shape import Listing
from maquette.api.shape_workflow import CheckShape, FaultShape, RunShape, WorkflowShape
from maquette.core import notation
from maquette.services import run as runs
from maquette.services import workflow as workflows

DOORS = Doors("/api/v1/workflows", "workflows")
_YAML = "application/yaml"
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The workflow: name, inputs and steps; or `text`, the same in YAML or JSON.",
        "content": {"application/json": {"schema": {"type": "object"}}, _YAML: {"schema": {"type": "string"}}},
    }
}


async def _document(request: Request) -> workflows.Document:
    """Return the document in the body: an object, or a text, whose faults then have their line and column."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() in YAML:
        try:
            return (await request.body()).decode()
        except UnicodeDecodeError as error:
            raise BodyInvalid(f"The body is no UTF-8: {error}") from error
    body = await request.json() if await request.body() else None
    if not isinstance(body, dict):
        message = 'send a workflow as an object, or as {"text": …}'
        raise RequestInvalid(f"The body: {message}", errors=[{"path": "body", "message": message}])
    text = body.get("text")
    return text if isinstance(text, str) and len(body) == 1 else body


TheDocument = Annotated[workflows.Document, Depends(_document)]


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[WorkflowShape]:
    """List the newest version of every workflow, then those that came with the installation."""
    found = await workflows.listed(studio, caller)
    return Listing[WorkflowShape](items=[WorkflowShape.of(view) for view in found])


@DOORS.post("", "member", status_code=201, openapi_extra=_BODY)
async def create(document: TheDocument, studio: TheStudio, caller: TheCaller) -> WorkflowShape:
    """Keep a new workflow; each fault of the document is named by its path."""
    return WorkflowShape.of(await workflows.create(studio, caller, document))


@DOORS.post("/check", "viewer", response_model_exclude_none=True, openapi_extra=_BODY)
async def check(document: TheDocument, studio: TheStudio, caller: TheCaller) -> CheckShape:
    """Tell whether a document could be saved, and keep nothing of it."""
    found = await workflows.check(studio, caller, document)
    errors = [FaultShape.model_validate(fault) for fault in found]
    read = await asyncio.to_thread(workflows.read, document)
    yaml = None if read is None else await asyncio.to_thread(notation.write, read)
    return CheckShape(valid=not errors, errors=errors, document=None if read is None else dict(read), yaml=yaml)


@DOORS.get(
    "/{workflow}", "viewer", response_model=WorkflowShape,
    responses={200: {"content": {_YAML: {}}, "description": "The workflow, or its document in YAML."}},
)  # fmt: skip
async def show(
    workflow: WorkflowId,
    studio: TheStudio,
    caller: TheCaller,
    form: Annotated[Literal["json", "yaml"], Query(alias="format")] = "json",
) -> Any:
    """Show one workflow, by id or name; in YAML its document alone."""
    view = await workflows.get(studio, caller, workflow)
    return Response(notation.write(view.document), media_type=_YAML) if form == "yaml" else WorkflowShape.of(view)


@DOORS.put("/{workflow}", "member", openapi_extra=_BODY)
async def change(workflow: WorkflowId, document: TheDocument, studio: TheStudio, caller: TheCaller) -> WorkflowShape:
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
