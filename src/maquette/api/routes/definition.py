"""Definitions over HTTP: import a document, look at it, take it out again."""

from __future__ import annotations

from typing import Any

from maquette.api.ask import DefinitionAsk, PlainId
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_catalog import DefinitionShape
from maquette.services import definition as definitions
from maquette.services.definition import DefinitionView, Document

DOORS = Doors("/api/v1/definitions", "definitions")


def _shape(view: DefinitionView) -> DefinitionShape:
    found = view.definition
    return DefinitionShape(
        id=found.id,
        kind=found.kind,
        name=found.name,
        version=found.version,
        provider=view.provider,
        actions=list(view.actions),
    )


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[DefinitionShape]:
    """List the newest version of each definition."""
    return Listing[DefinitionShape](items=[_shape(view) for view in await definitions.listed(studio, caller)])


@DOORS.post("", "admin", status_code=201)
async def create(ask: DefinitionAsk, studio: TheStudio, caller: TheCaller) -> DefinitionShape:
    """Import a document, from which its provider makes an action."""
    document = Document(ask.provider, ask.name, ask.document, ask.account)
    return _shape(await definitions.create(studio, caller, document))


@DOORS.get("/{definition}", "viewer")
async def show(definition: PlainId, studio: TheStudio, caller: TheCaller) -> DefinitionShape:
    """Show one definition."""
    return _shape(await definitions.get(studio, caller, definition))


@DOORS.get("/{definition}/export", "viewer")
async def export(definition: PlainId, studio: TheStudio, caller: TheCaller) -> dict[str, Any]:
    """Return the body of a definition as it is kept."""
    return dict((await definitions.get(studio, caller, definition)).definition.body)


@DOORS.delete("/{definition}", "admin", status_code=204)
async def remove(definition: PlainId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a definition and its action."""
    await definitions.delete(studio, caller, definition)
