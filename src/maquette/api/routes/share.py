"""Addresses that show one asset to whoever holds them, without a key."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from maquette.api.ask import AssetId, ShareAsk, asset_id
from maquette.api.content import Stored, serve
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape_people import SharedShape
from maquette.services import asset as assets
from maquette.services import share
from maquette.services.share import Shared

DOORS = Doors("", "assets")


@DOORS.post("/api/v1/assets/{asset}/links", "member", status_code=201)
async def sign(asset: AssetId, ask: ShareAsk, request: Request, studio: TheStudio, caller: TheCaller) -> SharedShape:
    """Make an address that shows an asset to whoever holds it: signed for a while, or open where that is allowed."""
    made = await share.sign(studio, caller, asset_id(asset), ask.expires_in)
    given = {"until": made.until, "signature": made.signature}
    url = request.url_for("shared", asset=made.asset).include_query_params(
        **{name: value for name, value in given.items() if value is not None}
    )
    return SharedShape(url=str(url), expires_at=made.until)


@DOORS.get("/shared/{asset}", "public", response_class=Response)
async def shared(
    asset: AssetId,
    request: Request,
    studio: TheStudio,
    until: Annotated[int | None, Query(ge=0, lt=2**53, description="When it ends, in ms since 1970.")] = None,
    signature: Annotated[str | None, Query(max_length=64, description="What proves it.")] = None,
) -> Response:
    """Send the bytes of an asset to whoever holds its address."""
    found = await share.opened(studio, Shared(asset_id(asset), until, signature))
    stored = Stored(found.digest, found.mime, found.size, found.name or found.id, found.created_at)
    response = serve(request, stored, lambda start, end: assets.content(studio, found, start, end), download=False)
    response.headers["Cache-Control"] = "private, no-cache"  # whoever lost the address must not see it from a cache
    return response
