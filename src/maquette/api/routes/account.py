"""Accounts over HTTP: secrets are written, never read back."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query

from maquette.api.ask import AccountAsk, AccountChange, AccountTrial, PlainId
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import AccountShape, VerdictShape
from maquette.core.errors import ProviderError
from maquette.services import account as accounts
from maquette.services.account import Draft

DOORS = Doors("/api/v1/accounts", "accounts")


@DOORS.get("", "viewer")
async def page(
    studio: TheStudio, caller: TheCaller, provider: Annotated[str | None, Query(max_length=64)] = None
) -> Listing[AccountShape]:
    """List the accounts, with what the ledger says of their last day."""
    return Listing[AccountShape](
        items=[AccountShape.of(view) for view in await accounts.listed(studio, caller, provider)]
    )


@DOORS.post("", "admin", status_code=201)
async def create(ask: AccountAsk, studio: TheStudio, caller: TheCaller) -> AccountShape:
    """Make an account of a provider."""
    draft = Draft(ask.name, ask.settings, ask.limits())
    return AccountShape.of(await accounts.create(studio, caller, ask.provider, draft))


@DOORS.post("/check", "admin")
async def rehearse(ask: AccountTrial, studio: TheStudio, caller: TheCaller) -> VerdictShape:
    """Prove for free that an account would work as it stands in a form, and keep nothing of it."""
    draft = Draft(ask.name, ask.settings, ask.limits())
    try:
        took = await accounts.rehearse(studio, caller, ask.provider, draft, ask.account)
    except ProviderError as error:
        return VerdictShape(success=False, error=error.problem())
    return VerdictShape(success=True, latency_ms=took)


@DOORS.post("/reload", "admin")
async def reload(studio: TheStudio, caller: TheCaller) -> Listing[AccountShape]:
    """Read the accounts, and the catalog's files, of the server's own machine again."""
    return Listing[AccountShape](items=[AccountShape.of(view) for view in await accounts.reload(studio, caller)])


@DOORS.get("/{account}", "viewer")
async def show(account: PlainId, studio: TheStudio, caller: TheCaller) -> AccountShape:
    """Show one account."""
    return AccountShape.of(await accounts.get(studio, caller, account))


@DOORS.patch("/{account}", "admin")
async def change(account: PlainId, ask: AccountChange, studio: TheStudio, caller: TheCaller) -> AccountShape:
    """Change an account; a new server asks for the secrets again."""
    return AccountShape.of(await accounts.update(studio, caller, account, Draft(ask.name, ask.settings, ask.limits())))


@DOORS.delete("/{account}", "admin", status_code=204)
async def remove(account: PlainId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete an account and its secrets; refused while work is under way on it."""
    await accounts.delete(studio, caller, account)


@DOORS.post("/{account}/check", "member")
async def check(account: PlainId, studio: TheStudio, caller: TheCaller) -> VerdictShape:
    """Prove for free that an account works; one that does not is answered with the provider's error."""
    return VerdictShape(success=True, latency_ms=await accounts.check(studio, caller, account))


@DOORS.get("/{account}/models", "viewer")
async def models(account: PlainId, studio: TheStudio, caller: TheCaller) -> Listing[dict[str, Any]]:
    """List the models that an account can use, as its provider tells now."""
    return Listing[dict[str, Any]](items=[dict(row) for row in await accounts.models(studio, caller, account)])
