"""Articles and their pictures over HTTP."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Query, Request, Response

from maquette.api import shape
from maquette.api.ask_content import (
    ContentChange,
    ContentCreate,
    ContentId,
    ContentPage,
    ImageChange,
    ImageId,
    ImagesAsk,
)
from maquette.api.content import Stored, serve
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.routes.job import Throttled, place
from maquette.api.shape import Listing
from maquette.api.shape_content import BegunShape, ContentShape
from maquette.core.form import normalise
from maquette.core.illustration import Illustration
from maquette.services import content as contents
from maquette.services import content_document as documents
from maquette.services import illustrate, illustration

DOORS = Doors("/api/v1/contents", "contents")
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"*/*": {}}, "description": "The file."}}


@DOORS.get("", "viewer")
async def page(ask: Annotated[ContentPage, Query()], studio: TheStudio, caller: TheCaller) -> Listing[ContentShape]:
    """List articles with the slots of their pictures, newest first."""
    found = await contents.page(studio, caller, ask.before, ask.limit)
    ids = [view.content.id for view in found.items]
    shown = [ContentShape.of(view) for view in found.items]
    return Listing[ContentShape](**shape.rows(shown, ask.limit, ids, found.as_of))


@DOORS.post("", "member", status_code=201)
async def create(ask: ContentCreate, studio: TheStudio, caller: TheCaller) -> ContentShape:
    """Hand in an article; the places for its pictures are found, and their prompts drafted."""
    return ContentShape.of(await contents.create(studio, caller, ask.fresh()))


@DOORS.get("/settings", "viewer")
async def settings(studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Show the settings by which pictures are made, and their schema."""
    found = await illustration.current(studio, caller)
    return _settings(found)


def _settings(found: Illustration) -> dict[str, Any]:
    values = found.model_dump(mode="json", exclude_none=True)
    return {"values": values, "schema": normalise(Illustration.schema_of())}


@DOORS.put("/settings", "admin")
async def save_settings(ask: dict[str, Any], studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Keep the settings by which pictures are made from now on."""
    return _settings(await illustration.save(studio, caller, ask))


@DOORS.delete("/settings", "admin", status_code=204)
async def reset_settings(studio: TheStudio, caller: TheCaller) -> None:
    """Go back to the settings that the installation comes with."""
    await illustration.reset(studio, caller)


@DOORS.post("/images", "member", status_code=202, dependencies=[Throttled])
async def generate(ask: ImagesAsk, response: Response, studio: TheStudio, caller: TheCaller) -> BegunShape:
    """Make pictures of articles as one job, those that are due or those that failed."""
    begun = await illustrate.begin(studio, caller, ask.wish())
    response.headers.update(place(begun.job.id))
    return BegunShape.of(begun)


@DOORS.patch("/images/{image}", "member")
async def reword(image: ImageId, ask: ImageChange, studio: TheStudio, caller: TheCaller) -> ContentShape:
    """Change what an image shows, or what is said of it."""
    return ContentShape.of(await contents.reword(studio, caller, image, ask.model_dump(exclude_none=True)))


@DOORS.get("/{content}", "viewer")
async def show(content: ContentId, studio: TheStudio, caller: TheCaller) -> ContentShape:
    """Show one article with its pictures as they are now."""
    return ContentShape.of(*await contents.get(studio, caller, content))


@DOORS.patch("/{content}", "member")
async def change(content: ContentId, ask: ContentChange, studio: TheStudio, caller: TheCaller) -> ContentShape:
    """Change what is said of an article; its text never changes."""
    return ContentShape.of(await contents.update(studio, caller, content, ask.model_dump(exclude_none=True)))


@DOORS.delete("/{content}", "member", status_code=204)
async def remove(content: ContentId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete an article; its document and its pictures stay among the assets."""
    await contents.delete(studio, caller, content)


@DOORS.get("/{content}/document", "viewer", response_class=Response, responses=_FILE)
async def document(content: ContentId, request: Request, studio: TheStudio, caller: TheCaller) -> Response:
    """Send the document with its pictures, linked by their addresses; a DOCX holds them itself."""
    made = await documents.document(studio, caller, content, base=str(request.base_url).rstrip("/"))
    headers = {"x-images-placed": str(len(made.placed)), "x-images-missing": str(len(made.missing))}
    return _sent(request, made.name, made.mime, made.content, headers)


@DOORS.get("/{content}/archive", "viewer", response_class=Response, responses=_FILE)
async def archive(content: ContentId, request: Request, studio: TheStudio, caller: TheCaller) -> Response:
    """Send the document and the files of its pictures as one zip."""
    name, packed = await documents.archive(studio, caller, content)
    return _sent(request, name, "application/zip", packed, {})


def _sent(request: Request, name: str, mime: str, content: bytes, headers: dict[str, str]) -> Response:
    """Answer with a file that changes with its article, so that no browser keeps or runs it."""
    stored = Stored(hashlib.sha256(content).hexdigest(), mime, len(content), name, 0)

    async def read(start: int, end: int) -> Any:
        yield content[start:end]

    response = serve(request, stored, read, download=True)
    response.headers.update({"Cache-Control": "no-store", **headers})
    return response
