"""Lists for varied prompts: `__name__` stands for one of the lines of the list of that name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from maquette.core.action import Definition
from maquette.core.errors import Conflict, NotFound
from maquette.core.ids import new_id
from maquette.core.pattern import Wordlist, written
from maquette.core.wildcard import WILDCARD
from maquette.engine.studio import Studio
from maquette.services.audit import note_definition
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

Put = Literal["created", "updated", "unchanged"]


@dataclass(frozen=True, slots=True)
class WordlistView:
    """A list, and whether the workspace wrote it."""

    wordlist: Wordlist
    origin: Literal["user", "shipped"]


async def listed(studio: Studio, caller: Caller) -> Sequence[WordlistView]:
    """Return every list by name, those of the workspace in place of shipped ones of the same name."""
    own = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, WILDCARD))
    shipped = await asyncio.to_thread(studio.registry.shipped, WILDCARD)
    found = {each.name: WordlistView(Wordlist.model_validate(each.body), "shipped") for each in shipped}
    for each in own:
        body = Wordlist.model_validate(each.definition.body)
        found[body.name] = WordlistView(body, "user")
    return [found[name] for name in sorted(found)]


async def save(studio: Studio, caller: Caller, wordlist: Wordlist) -> None:
    """Keep a list, in place of the one of that name."""
    require(caller, "member")
    await studio.store.write(caller.workspace, lambda tx: put(tx, caller, wordlist))


async def delete(studio: Studio, caller: Caller, name: str) -> None:
    """Delete a list of the workspace; a shipped one of that name comes back. Raises `NotFound` or `Conflict`."""
    require(caller, "member")
    shipped = {each.name for each in await asyncio.to_thread(studio.registry.shipped, WILDCARD)}

    def unit(tx: Tx) -> None:
        found = definitions.named(tx, WILDCARD, name)
        if found is None and name in shipped:
            raise Conflict(f"The list {name!r} came with this installation and is not deleted")
        if found is None:
            raise NotFound(f"No list {name!r}")
        accounts.undefine(tx, found.id)
        tx.emit("catalog.changed", None, {"definition": found.id, "name": found.name})
        note_definition(tx, caller, "deleted", found)

    await studio.store.write(caller.workspace, unit)


def put(tx: Tx, caller: Caller, wordlist: Wordlist) -> Put:
    """Insert a version of a list and tell of it, unless it is the same as before."""
    body, now = written(wordlist), definitions.named(tx, WILDCARD, wordlist.name)
    if now is not None and now.body == body:
        return "unchanged"
    made = Definition(now.id if now else new_id("list"), WILDCARD, wordlist.name, now.version + 1 if now else 1, body)
    definitions.insert(tx, made)
    tx.emit("catalog.changed", None, {"definition": made.id, "name": made.name})
    note_definition(tx, caller, "changed" if now else "created", made, before=now)
    return "updated" if now else "created"
