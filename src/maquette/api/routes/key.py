"""API keys over HTTP."""

from __future__ import annotations

from fastapi import Request

from maquette.api.ask import KeyAsk, PlainId
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import KeyShape, NewKey
from maquette.services import key as keys
from maquette.services.key import KeyDraft

DOORS = Doors("/api/v1/keys", "keys")


@DOORS.get("", "admin")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[KeyShape]:
    """List the keys that are not revoked."""
    return Listing[KeyShape](items=[KeyShape.model_validate(key) for key in await keys.listed(studio, caller)])


@DOORS.post("", "admin", status_code=201)
async def create(ask: KeyAsk, request: Request, studio: TheStudio, caller: TheCaller) -> NewKey:
    """Make a key; its token is shown this once."""
    draft = KeyDraft(**{name: getattr(ask, name) for name in KeyAsk.model_fields})
    key, token = await keys.create(studio, caller, draft, request.app.state.groups)
    return NewKey(**KeyShape.model_validate(key).model_dump(), token=token)


@DOORS.delete("/{key}", "admin", status_code=204)
async def revoke(key: PlainId, studio: TheStudio, caller: TheCaller) -> None:
    """Revoke a key and end its sessions."""
    await keys.revoke(studio, caller, key)
