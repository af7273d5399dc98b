"""Budgets: make, look at, change, delete. What they hold back is decided where jobs are inserted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import IntegrityError

from maquette.core.budget import Budget, Mode, Period, Scope, Unpriced
from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.preset import KIND as PRESET
from maquette.core.workflow import KIND as WORKFLOW
from maquette.engine.studio import Studio
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import audit, hold
from maquette.store import budget as budgets
from maquette.store import definition as definitions
from maquette.store import key as keys
from maquette.store.budget import Counter
from maquette.store.database import Tx

_SHOWN = ("name", "scope", "subject", "period", "amount", "mode", "unpriced", "enabled")
_SINGLE: tuple[Scope, ...] = ("workspace",)
_DEFINED: Mapping[str, str] = {"preset": PRESET, "run": WORKFLOW}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a budget is to be."""

    name: str
    amount: int
    scope: Scope = "workspace"
    subject: str | None = None
    """An id or a name; None is each one of the scope by itself."""
    period: Period = "month"
    mode: Mode = "hard"
    unpriced: Unpriced = "allow"
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class BudgetView:
    """A budget with its counters of the present period."""

    budget: Budget
    title: str
    """What people call its subject."""
    counters: Sequence[Counter]
    resets_at: int | None


async def create(studio: Studio, caller: Caller, draft: Draft) -> BudgetView:
    """Make a budget; what its present period has cost already counts.

    Raises `ParamsInvalid` for a subject that is not there, or `Conflict` for a taken name.
    """
    require(caller, "admin")

    def unit(tx: Tx) -> BudgetView:
        subject, _ = _subject(tx, studio, draft)
        fields = {name: getattr(draft, name) for name in _SHOWN} | {"subject": subject}
        made = Budget(id=new_id("budget"), workspace=tx.workspace, created_at=tx.now, **fields)
        budgets.insert(tx, made)
        hold.open_counters(tx, made)
        _note(tx, caller, "created", made)
        return _view(tx, studio, made)

    return await _named(studio, caller, draft.name, unit)


async def update(studio: Studio, caller: Caller, budget: str, changes: Mapping[str, Any]) -> BudgetView:
    """Change name, amount, mode or whether it is in force; raises `NotFound`, or `Conflict` for a taken name."""
    require(caller, "admin")

    def unit(tx: Tx) -> BudgetView:
        before = budgets.get(tx, budget)
        after = budgets.update(tx, before.id, changes) if changes else before
        if after.enabled and not before.enabled:
            hold.open_counters(tx, after)  # what was spent meanwhile was not counted
        _note(tx, caller, "updated", after, before=before)
        return _view(tx, studio, after)

    return await _named(studio, caller, str(changes.get("name", "")), unit)


async def _named(studio: Studio, caller: Caller, name: str, unit: Any) -> BudgetView:
    try:
        made: BudgetView = await studio.store.write(caller.workspace, unit)
    except IntegrityError as error:
        raise Conflict(
            f"There is a budget {name!r} already", hint="Choose another name, or change that one."
        ) from error
    return made


async def delete(studio: Studio, caller: Caller, budget: str) -> None:
    """Delete a budget with its counters; raises `NotFound`."""
    require(caller, "admin")

    def unit(tx: Tx) -> None:
        gone = budgets.get(tx, budget)
        budgets.delete(tx, gone.id)
        _note(tx, caller, "deleted", gone)

    await studio.store.write(caller.workspace, unit)


async def listed(studio: Studio, caller: Caller) -> Sequence[BudgetView]:
    """Return every budget, oldest first."""
    return await studio.store.read(
        caller.workspace, lambda tx: [_view(tx, studio, each) for each in budgets.listed(tx)]
    )


async def get(studio: Studio, caller: Caller, budget: str) -> BudgetView:
    """Return a budget by id or name; raises `NotFound`."""
    return await studio.store.read(caller.workspace, lambda tx: _view(tx, studio, budgets.get(tx, budget)))


async def subjects(studio: Studio, caller: Caller, scope: Scope) -> Mapping[str, str]:
    """Return what a budget of a scope can be for: names by id; nothing for the workspace, which is one."""
    if scope in _SINGLE:
        return {}
    return await studio.store.read(caller.workspace, lambda tx: _known(tx, studio, scope))


def _note(tx: Tx, caller: Caller, what: str, budget: Budget, *, before: Budget | None = None) -> None:
    shown, earlier = _shown(budget), _shown(before) if before else None
    if what == "deleted":
        shown, earlier = {}, shown
    audit.note(tx, caller.key, f"budget.{what}", budget.id, before=earlier, after=shown or None)
    tx.emit("config.changed", None, {"budget": budget.id, "name": budget.name, "how": what})


def _shown(budget: Budget) -> dict[str, Any]:
    return {name: getattr(budget, name) for name in _SHOWN}


def _view(tx: Tx, studio: Studio, budget: Budget) -> BudgetView:
    counters = budgets.counted(tx, [budget])[budget.id]
    single = budget.subject is not None or budget.scope in _SINGLE
    if not counters and single:
        counters = [Counter(budget.id, budget.subject or "", budget.span(tx.now), 0, 0)]
    return BudgetView(budget, _title(tx, studio, budget), counters, budget.resets_at(tx.now))


def _title(tx: Tx, studio: Studio, budget: Budget) -> str:
    if budget.subject is None:
        return "the workspace" if budget.scope == "workspace" else f"each {budget.scope}"
    if budget.scope == "run":
        found = definitions.named(tx, WORKFLOW, budget.subject)
        return f"each run of {found.name if found else budget.subject}"
    return _known(tx, studio, budget.scope).get(budget.subject, budget.subject)


def _subject(tx: Tx, studio: Studio, draft: Draft) -> tuple[str | None, str]:
    """Return the id of what a budget is for, and what people call it; raises `ParamsInvalid`."""
    if draft.subject is None:
        return None, ""
    if draft.scope in _SINGLE:
        raise _wrong(draft, "a budget of the workspace has no subject", [])
    known = _known(tx, studio, draft.scope)
    found = [each for each, title in known.items() if draft.subject in (each, title)]
    if len(found) != 1:
        what = "no" if not found else "more than one"
        raise _wrong(draft, f"there is {what} {draft.scope} {draft.subject!r}", sorted(known.values()))
    return found[0], known[found[0]]


def _wrong(draft: Draft, message: str, allowed: Sequence[str]) -> ParamsInvalid:
    fault: dict[str, Any] = {"path": "subject", "message": message}
    if allowed:
        fault["allowed"] = {"enum": list(allowed)}
    return ParamsInvalid(
        f"The budget {draft.name!r}: {message}", hint="Name one that is there, by its id.", errors=[fault]
    )


def _known(tx: Tx, studio: Studio, scope: Scope) -> dict[str, str]:
    """Return what a budget of a scope can be for: names by id."""
    if scope == "key":
        return {each.id: each.name for each in keys.listed(tx)}
    if scope == "account":
        return {each.id: each.name for each in accounts.listed(tx)}
    if scope == "provider":
        return {name: name for name in studio.registry.names()}
    kind = _DEFINED.get(scope)
    if kind is None:
        raise NotFound(f"Budgets are not kept for {scope!r}")
    written = {each.definition.id: each.definition.name for each in definitions.newest(tx, kind)}
    return written | {each.id: each.name for each in studio.registry.shipped(kind)}
