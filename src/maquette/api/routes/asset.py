"""Assets over HTTP: the one place that serves stored bytes, and the one that takes files."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException

from maquette.api import shape
from maquette.api.ask import AssetFilter, AssetId, AssetPage, ContentAsk, FetchAsk, asset_id
from maquette.api.content import Stored, serve
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.problem import BodyInvalid, RequestInvalid, invalid
from maquette.api.shape import AssetShape, Listing
from maquette.api.shape_money import AssetCostShape
from maquette.api.shape_studio import CountShape, FollowUpShape, RecipeShape
from maquette.services import asset as assets
from maquette.services import cost as costs
from maquette.services import follow_up
from maquette.services.asset import Span, Upload

DOORS = Doors("/api/v1/assets", "assets")

_FILE = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {"file": {"type": "string", "format": "binary"}, "name": {"type": "string"}},
                }
            },
            "application/json": {"schema": FetchAsk.model_json_schema()},
        },
    }
}
_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"*/*": {}}, "description": "The bytes."},
    206: {"content": {"*/*": {}}, "description": "The range that was asked for."},
    304: {"description": "The bytes are those that the caller has."},
}


@DOORS.get("", "viewer")
async def page(ask: Annotated[AssetPage, Query()], studio: TheStudio, caller: TheCaller) -> Listing[AssetShape]:
    """List assets, newest first."""
    found = await assets.page(studio, caller, ask.filters(), Span(ask.before, ask.limit, ask.offset))
    ids = [asset.id for asset in found.items]
    return Listing[AssetShape](
        **shape.rows([AssetShape.of(asset) for asset in found.items], ask.limit, ids, found.as_of)
    )


@DOORS.get("/count", "viewer")
async def count(ask: Annotated[AssetFilter, Query()], studio: TheStudio, caller: TheCaller) -> CountShape:
    """Count the assets that fit, and name the newest."""
    found, newest = await assets.count(studio, caller, ask.filters())
    return CountShape(count=found, newest=newest)


@DOORS.post("", "member", status_code=201, openapi_extra=_FILE)
async def create(request: Request, studio: TheStudio, caller: TheCaller) -> AssetShape:
    """Keep a file that is sent as the multipart field `file`, or fetched from the `url` of a JSON body."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        return AssetShape.of(await _sent(request, studio, caller))
    try:
        ask = FetchAsk.model_validate_json(await request.body() or b"{}")
    except ValidationError as error:
        raise invalid(error.errors(include_url=False, include_input=False, include_context=False)) from None
    return AssetShape.of(await assets.fetch(studio, caller, ask.url, ask.name))


async def _sent(request: Request, studio: TheStudio, caller: TheCaller) -> Any:
    try:
        async with request.form(max_files=1, max_fields=4, max_part_size=4096) as form:
            file, name = form.get("file"), form.get("name")
            if not isinstance(file, UploadFile):
                raise RequestInvalid(
                    "The multipart body has no file", errors=[{"path": "file", "message": "a file is missing"}]
                )
            claimed = name if isinstance(name, str) and name else file.filename or ""
            return await _kept(file, claimed, studio, caller)
    except HTTPException as error:
        raise BodyInvalid(f"The multipart body cannot be read: {error.detail}") from error


async def _kept(file: UploadFile, name: str, studio: TheStudio, caller: TheCaller) -> Any:
    path = await asyncio.to_thread(assets.scratch, studio)
    try:
        await asyncio.to_thread(_copy, file, path)
        return await assets.upload(studio, caller, Upload(path, file.content_type, name))
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)


def _copy(file: UploadFile, path: Path) -> None:
    with path.open("wb") as target:
        shutil.copyfileobj(file.file, target, 1024 * 1024)


@DOORS.get("/{asset}", "viewer")
async def show(asset: AssetId, studio: TheStudio, caller: TheCaller) -> AssetShape:
    """Show what is known of one asset."""
    return AssetShape.of(await assets.get(studio, caller, asset_id(asset)))


@DOORS.get("/{asset}/content", "viewer", response_class=Response, responses=_BYTES)
async def content(
    asset: AssetId,
    request: Request,
    studio: TheStudio,
    caller: TheCaller,
    ask: Annotated[ContentAsk, Query()],
) -> Response:
    """Send the bytes of an asset, or a range of them; a picture also in another format."""
    if ask.format is not None:
        return await _converted(asset_id(asset), ask, request, studio, caller)
    found = await assets.get(studio, caller, asset_id(asset))
    stored = Stored(found.digest, found.mime, found.size, found.name or f"{found.id}", found.created_at)
    return serve(request, stored, lambda start, end: assets.content(studio, found, start, end), download=ask.download)


async def _converted(asset: str, ask: ContentAsk, request: Request, studio: TheStudio, caller: TheCaller) -> Response:
    form = ask.format or ""
    found, picture = await assets.converted(studio, caller, asset, form)
    stored = Stored(f"{found.digest}-{form}", f"image/{form}", len(picture), found.name, found.created_at)
    return serve(request, stored, lambda start, end: _once(picture[start:end]), download=ask.download)


@DOORS.get("/{asset}/thumb/{side}", "viewer", response_class=Response, responses=_BYTES)
async def thumb(
    asset: AssetId, side: Literal["320", "1024"], request: Request, studio: TheStudio, caller: TheCaller
) -> Response:
    """Send a small picture of an asset."""
    found, picture = await assets.thumb(studio, caller, asset_id(asset), side)
    stored = Stored(f"{found.digest}-{side}", "image/webp", len(picture), f"{found.id}-{side}.webp", found.created_at)
    return serve(request, stored, lambda start, end: _once(picture[start:end]), download=False)


async def _once(piece: bytes) -> Any:
    yield piece


@DOORS.get("/{asset}/lineage", "viewer")
async def lineage(asset: AssetId, studio: TheStudio, caller: TheCaller) -> Listing[AssetShape]:
    """List the assets that an asset was made from, nearest first."""
    found = await assets.ancestors(studio, caller, asset_id(asset))
    return Listing[AssetShape](items=[AssetShape.of(source) for source in found])


@DOORS.get("/{asset}/cost", "viewer")
async def cost(asset: AssetId, studio: TheStudio, caller: TheCaller) -> AssetCostShape:
    """Tell what an asset cost, with failed attempts, rejected variants and the assets that it was made from."""
    return AssetCostShape.model_validate(await costs.of_asset(studio, caller, asset_id(asset)))


@DOORS.get("/{asset}/children", "viewer")
async def children(asset: AssetId, studio: TheStudio, caller: TheCaller) -> Listing[AssetShape]:
    """List the assets that were made from an asset, newest first."""
    found = await assets.children(studio, caller, asset_id(asset))
    return Listing[AssetShape](items=[AssetShape.of(child) for child in found])


@DOORS.get("/{asset}/follow-ups", "viewer")
async def follow_ups(asset: AssetId, studio: TheStudio, caller: TheCaller) -> Listing[FollowUpShape]:
    """List what can be made of an asset, each with the parameters that are known already."""
    found = await follow_up.of(studio, caller, asset_id(asset))
    return Listing[FollowUpShape](items=[FollowUpShape.of(each) for each in found])


@DOORS.get("/{asset}/recipe", "viewer")
async def recipe(asset: AssetId, studio: TheStudio, caller: TheCaller) -> RecipeShape:
    """Tell how an asset was made; 404 for one that was uploaded."""
    return RecipeShape.of(await assets.recipe(studio, caller, asset_id(asset)))


@DOORS.delete("/{asset}", "member", status_code=204)
async def remove(asset: AssetId, studio: TheStudio, caller: TheCaller) -> None:
    """Put an asset into the bin; after a week it is gone with its bytes."""
    await assets.delete(studio, caller, asset_id(asset))


@DOORS.post("/{asset}/restore", "member")
async def restore(asset: AssetId, studio: TheStudio, caller: TheCaller) -> AssetShape:
    """Bring an asset back from the bin."""
    return AssetShape.of(await assets.restore(studio, caller, asset_id(asset)))
