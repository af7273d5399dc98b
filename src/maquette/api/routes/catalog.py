"""The catalog over HTTP: actions with their schemas, providers with what they can do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path, Query, Response

from maquette.api.ask import ActionName, ProviderName
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import ActionShape, FindingShape, ProviderShape, ProviderStatus, VerdictShape
from maquette.core.params import Product
from maquette.services import catalog, contract

DOORS = Doors("/api/v1", "catalog")


@DOORS.get("/actions", "viewer")
async def actions(
    studio: TheStudio,
    caller: TheCaller,
    produces: Annotated[Product | None, Query(description="Only actions that make this.")] = None,
    provider: Annotated[str | None, Query(max_length=64)] = None,
) -> Listing[ActionShape]:
    """List every action with the schema of its parameters."""
    found = [
        action
        for action in await catalog.actions(studio)
        if produces in (None, action.produces) and provider in (None, action.provider)
    ]
    return Listing[ActionShape](items=[ActionShape.of(each) for each in await catalog.offered(studio, caller, found)])


@DOORS.get("/actions/{name}", "viewer")
async def action(
    name: ActionName,
    studio: TheStudio,
    caller: TheCaller,
    model: Annotated[
        str | None,
        Query(max_length=200, description="Only the parameters that this model takes; unknown ones take all."),
    ] = None,
) -> ActionShape:
    """Show one action; an unknown name is answered with near ones."""
    (found,) = await catalog.offered(studio, caller, [await catalog.action(studio, name)])
    return ActionShape.of(found, model)


@DOORS.get(
    "/actions/{name}/examples/{number}/picture", "viewer", response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "What the example leads to."}},
)  # fmt: skip
async def example_picture(
    name: ActionName,
    number: Annotated[int, Path(ge=0, lt=1000, description="The place of the example, from 0.")],
    studio: TheStudio,
) -> Response:
    """Show what an action's example leads to."""
    picture = await catalog.example_picture(studio, name, number)
    return Response(picture, media_type="image/webp", headers={"Cache-Control": "private, max-age=3600"})


@DOORS.get("/actions/{name}/choices/{field}", "viewer")
async def choices(
    name: ActionName,
    field: Annotated[str, Path(max_length=64, description="The name of a parameter.")],
    studio: TheStudio,
    caller: TheCaller,
    account: Annotated[str | None, Query(max_length=64, description="Whose; by default the first enabled.")] = None,
) -> Listing[dict[str, Any]]:
    """List what a parameter can be, such as a model, as the provider tells now; empty where nobody tells."""
    found = await catalog.choices(studio, caller, name, field, account)
    return Listing[dict[str, Any]](items=[dict(row) for row in found])


@DOORS.get("/providers", "viewer")
async def providers(studio: TheStudio, caller: TheCaller) -> Listing[ProviderShape]:
    """List every provider with its capabilities, settings and accounts."""
    return Listing[ProviderShape](items=[ProviderShape.of(view) for view in await catalog.providers(studio, caller)])


@DOORS.get("/providers/{name}", "viewer")
async def provider(name: ProviderName, studio: TheStudio, caller: TheCaller) -> ProviderShape:
    """Show one provider."""
    return ProviderShape.of(await catalog.provider(studio, caller, name))


@DOORS.get("/providers/{name}/status", "viewer")
async def status(name: ProviderName, studio: TheStudio, caller: TheCaller) -> ProviderStatus:
    """Tell how a provider does, from the ledger."""
    shown = ProviderShape.of(await catalog.provider(studio, caller, name))
    return ProviderStatus(name=name, status=shown.status, accounts=shown.accounts)


@DOORS.post("/providers/{name}/check", "member")
async def check(name: ProviderName, studio: TheStudio, caller: TheCaller) -> VerdictShape:
    """Prove for free that a provider works, on the first of its accounts that does."""
    return VerdictShape.of(await catalog.check(studio, caller, name))


@DOORS.post("/providers/{name}/contract", "admin")
async def proven(
    name: ProviderName,
    studio: TheStudio,
    caller: TheCaller,
    account: Annotated[str | None, Query(max_length=64, description="Prove this account too, by free calls.")] = None,
) -> Listing[FindingShape]:
    """Hold a provider, built in or installed, to every rule of the contract; nothing is paid."""
    found = await contract.proven(studio, caller, name, account)
    return Listing[FindingShape](
        items=[FindingShape(rule=f.rule, kept=f.kept, faults=list(f.faults), note=f.note) for f in found]
    )
