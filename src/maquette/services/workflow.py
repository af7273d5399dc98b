"""Workflows: write, check and start them. A run keeps the version that it began with."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from maquette.core import notation
from maquette.core import workflow as documents
from maquette.core.action import Definition
from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from maquette.core.form import normalise
from maquette.core.ids import new_id
from maquette.core.workflow import KIND, RUN, SHIPPED, Step, Workflow
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services import job as job_service
from maquette.services.caller import Caller, require
from maquette.services.job import Submission, Submitted
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

_DOCUMENT_BYTES = 1_000_000
Document = Mapping[str, Any] | str
"""A workflow as data, or as a text in YAML or JSON; a fault in a text has its line and column too."""
PERSON = ("ask.", "media.generation")
"""How the names of modules begin that ask a person, for the picture of a workflow."""


@dataclass(frozen=True, slots=True)
class StepBrief:
    """What a list shows of a step."""

    id: str
    title: str
    module_id: str | None
    kind: str
    """`step`, `person`, `parallel` or `each`."""


@dataclass(frozen=True, slots=True)
class WorkflowView:
    """A workflow as it is now."""

    id: str
    name: str
    title: str
    description: str
    version: int
    document: Mapping[str, Any]
    inputs: Mapping[str, Any]
    """The normalised JSON Schema of what it starts from."""
    steps: Sequence[StepBrief]
    created_at: int | None
    origin: str
    """`user`, or `shipped` for one that came with the installation."""


async def create(studio: Studio, caller: Caller, document: Document) -> WorkflowView:
    """Check and keep a new workflow; raises `ParamsInvalid` with every fault, or `Conflict` for a taken name."""
    require(caller, "member")
    workflow, body = await _valid(studio, caller, document)

    def unit(tx: Tx) -> Definition:
        if definitions.named(tx, KIND, workflow.name) is not None:
            raise Conflict(
                f"There is a workflow {workflow.name!r} already", hint="Choose another name, or change that one."
            )
        return _kept(tx, caller, Definition(new_id("workflow"), KIND, workflow.name, 1, body))

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def update(studio: Studio, caller: Caller, workflow: str, document: Document) -> WorkflowView:
    """Keep a further version of a workflow; runs that have begun go on with theirs. Raises `ParamsInvalid`."""
    require(caller, "member")
    old = await get(studio, caller, workflow)
    _own(old)
    made, body = await _valid(studio, caller, document)

    def unit(tx: Tx) -> None:
        now = definitions.named(tx, KIND, old.id)
        taken = definitions.named(tx, KIND, made.name)
        if now is None or (taken is not None and taken.id != old.id):
            raise Conflict(f"The name {made.name!r} is taken, or the workflow is gone")
        _kept(tx, caller, Definition(old.id, KIND, made.name, now.version + 1, body))

    await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, old.id)


def _kept(tx: Tx, caller: Caller, definition: Definition) -> Definition:
    definitions.insert(tx, definition)
    audit.note_definition(tx, caller, "created" if definition.version == 1 else "changed", definition)
    tx.emit("catalog.changed", None, {"definition": definition.id, "name": definition.name})
    return definition


def _own(view: WorkflowView) -> None:
    if view.origin == "shipped":
        raise Conflict(
            f"{view.name!r} came with this installation and cannot be changed",
            hint="Save its document under another name, and change that.",
        )


async def delete(studio: Studio, caller: Caller, workflow: str) -> None:
    """Delete a workflow; runs that have begun go on."""
    require(caller, "member")
    view = await get(studio, caller, workflow)
    _own(view)

    def unit(tx: Tx) -> None:
        accounts.undefine(tx, view.id)
        audit.note_definition(tx, caller, "deleted", Definition(view.id, KIND, view.name, view.version, view.document))
        tx.emit("catalog.changed", None, {"definition": view.id, "name": view.name})

    await studio.store.write(caller.workspace, unit)


async def listed(studio: Studio, caller: Caller) -> Sequence[WorkflowView]:
    """Return the newest version of every workflow, then those that came with the installation."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, KIND))
    shipped = await asyncio.to_thread(studio.registry.shipped, KIND)
    own = [_view(each.definition, each.created_at, "user") for each in written]
    return [*own, *(_view(each, None, "shipped") for each in shipped)]


async def get(studio: Studio, caller: Caller, workflow: str) -> WorkflowView:
    """Return the newest version of a workflow by id or name; raises `NotFound`."""
    found = await listed(studio, caller)
    for view in [*(v for v in found if v.id == workflow), *(v for v in found if v.name == workflow)]:
        return view
    raise NotFound(f"No workflow {workflow!r}", hint="GET /api/v1/workflows lists them.")


async def check(studio: Studio, caller: Caller, document: Document) -> Sequence[Mapping[str, Any]]:
    """Return every fault of a document with its path; none means that it can be saved."""
    try:
        await _valid(studio, caller, document)
    except ParamsInvalid as error:
        faults: Sequence[Mapping[str, Any]] = error.details["errors"]
        return faults
    return []


def read(document: Document) -> Mapping[str, Any] | None:
    """Return what a document says, whether or not it could be saved; None where its text cannot be read."""
    if not isinstance(document, str):
        return document
    try:
        found = notation.read(document).value
    except ParamsInvalid:
        return None
    return found if isinstance(found, dict) else None


async def _valid(studio: Studio, caller: Caller, document: Document) -> tuple[Workflow, Mapping[str, Any]]:
    """Return what a document describes, and the document as it is kept."""
    if not isinstance(document, str):
        return await _judged(studio, caller, document), document
    written = await asyncio.to_thread(notation.read, document)
    with written.placing():
        if not isinstance(written.value, dict):
            raise documents.refused([{"path": "", "message": "a workflow is an object"}])
        return await _judged(studio, caller, written.value), written.value


async def _judged(studio: Studio, caller: Caller, document: Mapping[str, Any]) -> Workflow:
    if len(msgspec.json.encode(dict(document))) > _DOCUMENT_BYTES:
        message = f"a workflow has at most {_DOCUMENT_BYTES} bytes"
        raise documents.refused([{"path": "", "message": message}])
    workflow = documents.read(document)
    known = {view.name: view for view in await listed(studio, caller)}
    known |= {view.id: view for view in known.values()}

    def faults() -> list[Mapping[str, Any]]:
        return [*documents.check(workflow, studio.registry.action), *_circles(workflow, known)]

    found = await asyncio.to_thread(faults)
    if found:
        raise documents.refused([dict(each) for each in found])
    return workflow


def _circles(workflow: Workflow, known: Mapping[str, WorkflowView]) -> list[Mapping[str, Any]]:
    """Return where a workflow would run itself, or one that is not there."""
    found = list[Mapping[str, Any]]()
    for name, path in documents.nested(workflow):
        if name != workflow.name and name not in known:
            found.append({"path": path, "message": f"there is no workflow {name!r}"})
        elif (circle := _circle(workflow.name, name, known, ())) is not None:
            way = " → ".join([workflow.name, *circle])
            found.append({"path": path, "message": f"it would run itself without end: {way}"})
    return found


def _circle(start: str, name: str, known: Mapping[str, WorkflowView], way: tuple[str, ...]) -> tuple[str, ...] | None:
    actual = known[name].name if name in known else name
    if actual == start:
        return (*way, start)
    if actual in way or actual not in known:
        return None
    for inner, _ in documents.nested(documents.read(known[actual].document)):
        if (found := _circle(start, inner, known, (*way, actual))) is not None:
            return found
    return None


async def start(
    studio: Studio, caller: Caller, workflow: str, inputs: Mapping[str, Any], key: str | None = None
) -> Submitted:
    """Begin a run of the newest version; raises `ParamsInvalid` where the inputs do not fit."""
    require(caller, "member")
    view = await get(studio, caller, workflow)
    documents.begin(documents.read(view.document), inputs)
    version = view.version
    if view.origin == "shipped":
        version = await studio.store.write(caller.workspace, lambda tx: _copied(tx, view))
    params: dict[str, Any] = {"workflow": view.id, "version": version, "inputs": dict(inputs)}
    params |= {"shipped": True} if view.origin == "shipped" else {}
    body = {"workflow": view.id, "inputs": dict(inputs)}
    return await job_service.submit(studio, caller, Submission(Wanted(RUN, params), body, key))


def _copied(tx: Tx, view: WorkflowView) -> int:
    """Keep a shipped workflow as it is now, so that a run outlives an upgrade; return the version of the copy."""
    last = definitions.named(tx, SHIPPED, view.id)
    if last is not None and last.body == view.document:
        return last.version
    made = Definition(view.id, SHIPPED, view.name, last.version + 1 if last else 1, view.document)
    definitions.insert(tx, made)
    return made.version


def _view(definition: Definition, created_at: int | None, origin: str) -> WorkflowView:
    body = definition.body
    workflow = documents.read(body)
    return WorkflowView(
        id=definition.id,
        name=definition.name,
        title=workflow.title,
        description=workflow.description,
        version=definition.version,
        document=body,
        inputs=normalise({"type": "object", "properties": {}, **workflow.inputs}),
        steps=[brief(step) for step in workflow.walk()],
        created_at=created_at,
        origin=origin,
    )


def brief(step: Step) -> StepBrief:
    """Return what a list shows of a step."""
    kind = "parallel" if step.branches else "each" if step.each else "step"
    if (step.module_id or "").startswith(PERSON):
        kind = "person"
    return StepBrief(step.id, step.title, step.module_id, kind)
