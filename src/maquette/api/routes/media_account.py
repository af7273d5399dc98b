"""Accounts at the address and in the words of the media generation document; a key never comes back."""

from __future__ import annotations

from typing import Any

from maquette.api.ask import AccountAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.services import account as accounts
from maquette.services.account import AccountView, Draft

DOORS = Doors("/api/media/accounts", "accounts")


@DOORS.get("", "viewer", include_in_schema=False)
async def media_page(studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """List the accounts in the document's words."""
    return {"accounts": [_told(view) for view in await accounts.listed(studio, caller)]}


@DOORS.post("", "admin", include_in_schema=False, status_code=201)
async def media_create(ask: AccountAsk, studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Make an account from the document's words."""
    made = await accounts.create(studio, caller, ask.provider, Draft(ask.name, ask.settings, ask.limits()))
    return {"success": True, "account": _told(made)}


def _told(view: AccountView) -> dict[str, Any]:
    account, figures = view.account, view.figures
    return {
        "id": account.id,
        "provider": account.provider,
        "accountName": account.name,
        "models": list(account.models or ()),
        "rateLimitPerMinute": account.per_minute,
        "rateLimitPerDay": account.per_day,
        "status": view.standing.state,
        "isActive": account.enabled,
        "successRate": figures["success_rate"],
        "totalCost": figures["spend"] / 1_000_000,
        "createdAt": account.created_at,
        "updatedAt": account.updated_at,
    }
