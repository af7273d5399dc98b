"""Blank forms over HTTP: schemas that draw what a person fills in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel

from maquette.api.ask import KeyAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_money import BudgetAsk, BudgetChange
from maquette.core.budget import Scope
from maquette.core.errors import NotFound
from maquette.core.housekeeping import Housekeeping
from maquette.core.params import Schema
from maquette.core.pattern import Template
from maquette.core.preset import Preset
from maquette.services import budget as budgets
from maquette.services import form

DOORS = Doors("/api/v1/forms", "forms")

BODIES: Mapping[str, type[BaseModel]] = {
    "preset": Preset,
    "budget": BudgetAsk,
    "budget-change": BudgetChange,
    "housekeeping": Housekeeping,
    "template": Template,
    "key": KeyAsk,
}
"""What each form fills in."""


@DOORS.get("/{name}", "viewer")
async def show(
    name: Annotated[str, Path(min_length=1, max_length=64, description="The name, e.g. `preset`.")],
    studio: TheStudio,
    caller: TheCaller,
) -> dict[str, Any]:
    """Show the JSON Schema of a form, with the choices that there are here and now."""
    if name not in BODIES:
        raise NotFound(f"There is no form {name!r}", hint=f"There are {', '.join(BODIES)}.")
    body = BODIES[name].model_json_schema(schema_generator=Schema)
    return await form.blank(studio, caller, name, body)


@DOORS.get("/budget/choices/subject", "viewer")
async def subjects(
    of: Annotated[Scope, Query(description="What the budget is for.")], studio: TheStudio, caller: TheCaller
) -> Listing[dict[str, Any]]:
    """List what a budget can be for."""
    found = await budgets.subjects(studio, caller, of)
    return Listing[dict[str, Any]](items=[{"id": name, "title": title} for name, title in found.items()])
