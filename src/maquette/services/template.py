"""Templates: write, look at, fill in. One that the workspace wrote goes before the shipped one of its name.

The hierarchy: what a request brings for itself, then the workspace's template, then the one that came with the
installation. Deleting the workspace's brings the shipped one back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from maquette.core import pattern as documents
from maquette.core.action import Definition
from maquette.core.errors import Conflict, NotFound
from maquette.core.ids import new_id
from maquette.core.pattern import KIND, Template
from maquette.engine.studio import Studio
from maquette.services.audit import note_definition
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx
from maquette.store.definition import Written


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template as it is now."""

    definition: Definition
    template: Template
    created_at: int | None
    origin: str
    """`user`, or `shipped` for one that came with the installation."""
    resets: bool = False
    """Whether it stands in the place of a shipped one, which comes back when it is deleted."""


async def listed(studio: Studio, caller: Caller) -> Sequence[TemplateView]:
    """Return every template by category and name, each as it is in force."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, KIND))
    shipped = await _shipped(studio)
    own = {each.definition.name: _own(each, shipped) for each in written}
    found = [*own.values(), *(view for name, view in shipped.items() if name not in own)]
    return sorted(found, key=lambda view: (view.template.category, view.template.subcategory, view.definition.name))


async def get(studio: Studio, caller: Caller, template: str) -> TemplateView:
    """Return a template by id or name: of the workspace, else the shipped one; raises `NotFound`."""
    found = await listed(studio, caller)
    for view in [
        *(v for v in found if v.definition.id == template),
        *(v for v in found if v.template.name == template),
    ]:
        return view
    shipped = {view.definition.id: name for name, view in (await _shipped(studio)).items()}
    if template in shipped:  # the id of one whose place the workspace's has taken
        return next(view for view in found if view.template.name == shipped[template])
    raise NotFound(f"No template {template!r}", hint="GET /api/v1/templates lists them.")


async def create(studio: Studio, caller: Caller, document: Mapping[str, Any]) -> TemplateView:
    """Check and keep a new template; raises `ParamsInvalid` with every fault, or `Conflict` for a taken name."""
    require(caller, "member")
    body = documents.read(document)

    def unit(tx: Tx) -> Definition:
        if definitions.named(tx, KIND, body.name) is not None:
            raise Conflict(
                f"There is a template {body.name!r} already", hint="Choose another name, or change that one."
            )
        return keep(tx, caller, body, None)

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def update(studio: Studio, caller: Caller, template: str, document: Mapping[str, Any]) -> TemplateView:
    """Keep a further version of a template; of a shipped one, the workspace's own in its place."""
    require(caller, "member")
    old = await get(studio, caller, template)
    body = documents.read({"name": old.template.name, **document})

    def unit(tx: Tx) -> Definition:
        now = definitions.named(tx, KIND, old.definition.id) if old.origin == "user" else None
        taken = definitions.named(tx, KIND, body.name)
        if taken is not None and (now is None or taken.id != now.id):
            raise Conflict(f"The name {body.name!r} is taken by another template")
        if old.origin == "user" and now is None:
            raise Conflict(f"The template {old.template.name!r} is gone")
        return keep(tx, caller, body, now)

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def delete(studio: Studio, caller: Caller, template: str) -> None:
    """Delete a template of the workspace; a shipped one of its name comes back. Raises `Conflict` for a shipped one."""
    require(caller, "member")
    view = await get(studio, caller, template)
    if view.origin == "shipped":
        raise Conflict(
            f"{view.template.name!r} came with this installation and is not deleted",
            hint="Change it: the change is kept for this workspace alone, and can be taken back.",
        )
    await studio.store.write(caller.workspace, lambda tx: _remove(tx, caller, view))


async def reset(studio: Studio, caller: Caller, template: str) -> TemplateView:
    """Take back what the workspace changed of a shipped template, and return that; raises `Conflict` if none is."""
    require(caller, "member")
    view = await get(studio, caller, template)
    if view.template.name not in await _shipped(studio):
        raise Conflict(f"{view.template.name!r} did not come with this installation, so there is nothing to go back to")
    if view.origin == "user":
        await studio.store.write(caller.workspace, lambda tx: _remove(tx, caller, view))
    return await get(studio, caller, view.template.name)


def keep(tx: Tx, caller: Caller, body: Template, before: Definition | None) -> Definition:
    """Insert a version of a template and tell of it."""
    made = Definition(new_id("template"), KIND, body.name, 1, documents.written(body))
    if before is not None:
        made = replace(made, id=before.id, version=before.version + 1)
    definitions.insert(tx, made)
    tx.emit("catalog.changed", None, {"definition": made.id, "name": made.name})
    note_definition(tx, caller, "changed" if before else "created", made, before=before)
    return made


def _remove(tx: Tx, caller: Caller, view: TemplateView) -> None:
    accounts.undefine(tx, view.definition.id)
    tx.emit("catalog.changed", None, {"definition": view.definition.id, "name": view.definition.name})
    note_definition(tx, caller, "deleted", view.definition)


async def _shipped(studio: Studio) -> dict[str, TemplateView]:
    found = await asyncio.to_thread(studio.registry.shipped, KIND)
    return {each.name: TemplateView(each, documents.read(each.body), None, "shipped") for each in found}


def _own(written: Written, shipped: Mapping[str, TemplateView]) -> TemplateView:
    each = written.definition
    return TemplateView(each, documents.read(each.body), written.created_at, "user", each.name in shipped)
