"""Workspaces over HTTP, for the admins of the installation's own one."""

from __future__ import annotations

from maquette.api.ask import PlainId, WorkspaceAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import KeyShape, NewKey
from maquette.api.shape_people import NewWorkspace, WorkspaceShape
from maquette.services import workspace as workspaces

DOORS = Doors("/api/v1/workspaces", "workspaces")


@DOORS.get("", "admin")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[WorkspaceShape]:
    """List the workspaces of this installation."""
    found = await workspaces.listed(studio, caller)
    return Listing[WorkspaceShape](items=[WorkspaceShape.model_validate(each) for each in found])


@DOORS.post("", "admin", status_code=201)
async def create(ask: WorkspaceAsk, studio: TheStudio, caller: TheCaller) -> NewWorkspace:
    """Make a workspace; the token of its first admin key is shown this once."""
    made, token = await workspaces.create(studio, caller, ask.name)
    return NewWorkspace(**WorkspaceShape.model_validate(made).model_dump(), token=token)


@DOORS.post("/{workspace}/keys", "admin", status_code=201)
async def admit(workspace: PlainId, studio: TheStudio, caller: TheCaller) -> NewKey:
    """Make a fresh admin key of a workspace whose keys are lost; its token is shown this once."""
    key, token = await workspaces.admit(studio, caller, workspace)
    return NewKey(**KeyShape.model_validate(key).model_dump(), token=token)
