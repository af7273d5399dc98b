"""Styles over HTTP: words that a template may add to its prompt."""

from __future__ import annotations

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing, Shape
from maquette.services import template as templates

DOORS = Doors("/api/v1/styles", "templates")


class StyleShape(Shape):
    """One style."""

    name: str
    title: str
    category: str
    prompt: str
    negative_prompt: str


@DOORS.get("", "viewer")
async def styles(studio: TheStudio, _caller: TheCaller) -> Listing[StyleShape]:
    """List every style, by category and title."""
    found = await templates.styles(studio)
    return Listing[StyleShape](items=[StyleShape.model_validate(style.model_dump()) for style in found])
