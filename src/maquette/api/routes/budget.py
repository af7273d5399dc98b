"""Budgets over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_money import BudgetAsk, BudgetChange, BudgetShape
from maquette.services import budget as budgets
from maquette.services.budget import Draft

DOORS = Doors("/api/v1/budgets", "budgets")

BudgetId = Annotated[str, Path(min_length=1, max_length=128, description="The id or the name of a budget.")]


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[BudgetShape]:
    """List the budgets with how they stand, oldest first."""
    return Listing[BudgetShape](items=[BudgetShape.of(view) for view in await budgets.listed(studio, caller)])


@DOORS.post("", "admin", status_code=201)
async def create(ask: BudgetAsk, studio: TheStudio, caller: TheCaller) -> BudgetShape:
    """Make a budget; what its present period has cost already counts."""
    draft = Draft(**ask.model_dump(exclude={"currency"}))
    return BudgetShape.of(await budgets.create(studio, caller, draft))


@DOORS.get("/{budget}", "viewer")
async def show(budget: BudgetId, studio: TheStudio, caller: TheCaller) -> BudgetShape:
    """Show one budget."""
    return BudgetShape.of(await budgets.get(studio, caller, budget))


@DOORS.patch("/{budget}", "admin")
async def change(budget: BudgetId, ask: BudgetChange, studio: TheStudio, caller: TheCaller) -> BudgetShape:
    """Change a budget; the very next job is held to it."""
    return BudgetShape.of(await budgets.update(studio, caller, budget, ask.changes()))


@DOORS.delete("/{budget}", "admin", status_code=204)
async def delete(budget: BudgetId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a budget with its counters."""
    await budgets.delete(studio, caller, budget)
