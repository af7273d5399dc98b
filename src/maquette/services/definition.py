"""Definitions: documents that people import and from which providers make actions."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, runtime_checkable

from maquette.core import notation
from maquette.core.action import Call, Definition, Provider
from maquette.core.errors import AccountUnknown, NotFound, ParamsInvalid, Unsupported
from maquette.core.ids import new_id
from maquette.core.model import Account
from maquette.engine.definition import KIND
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import Caller, require, require_owner
from maquette.store import account as accounts
from maquette.store.database import Tx


@runtime_checkable
class Importer(Protocol):
    """A provider that turns documents of its users into actions."""

    imports: ClassVar[str]
    """What such a document is called."""

    async def import_definition(
        self, document: Mapping[str, Any], *, name: str, call: Call | None
    ) -> Mapping[str, Any]:
        """Return the body of a definition, asking the account's server where the document needs explaining."""
        ...


@dataclass(frozen=True, slots=True)
class Document:
    """What is to be imported."""

    provider: str
    name: str
    content: Mapping[str, Any] | str
    """The document, or its text in JSON or YAML."""
    account: str | None = None


@dataclass(frozen=True, slots=True)
class DefinitionView:
    """A definition with the actions that it became."""

    definition: Definition
    provider: str | None
    actions: Sequence[str]


async def create(studio: Studio, caller: Caller, document: Document) -> DefinitionView:
    """Import a document, as a further version where there is one of that name; raises `ParamsInvalid` for a bad one."""
    require_owner(caller, "Documents become actions of the whole installation, so they are imported")
    importer = await asyncio.to_thread(studio.registry.provider, document.provider)
    if not isinstance(importer, Importer):
        raise Unsupported(f"Provider {document.provider!r} makes no actions from documents")
    account = await studio.store.read(caller.workspace, lambda tx: _account(tx, document))
    call = studio.engine.lend(await studio.vault.warm(account)) if account else None
    body = await _read(importer, document, call)

    def unit(tx: Tx) -> Definition:
        made = _next(tx, document, body)
        accounts.define(tx, made, document.provider)
        audit.note_definition(tx, caller, "created" if made.version == 1 else "changed", made)
        tx.emit("catalog.changed", None, {"provider": document.provider, "definition": made.id, "name": made.name})
        return made

    made = await studio.store.write(caller.workspace, unit)
    await studio.engine.definitions.load()
    return await get(studio, caller, made.id)


async def _read(importer: Importer, document: Document, call: Call | None) -> Mapping[str, Any]:
    """Return the body of the definition; the faults of a text are told with their line and column."""
    if not isinstance(document.content, str):
        return await importer.import_definition(document.content, name=document.name, call=call)
    written = await asyncio.to_thread(notation.read, document.content)
    if not isinstance(written.value, Mapping):
        raise ParamsInvalid("The document is an object", errors=[{"path": "", "message": "write an object"}])
    with written.placing():
        return await importer.import_definition(written.value, name=document.name, call=call)


def _account(tx: Tx, document: Document) -> Account | None:
    usable = [account for account in accounts.listed(tx, document.provider) if account.enabled]
    if document.account is None:
        return usable[0] if usable else None
    for account in usable:
        if document.account in (account.id, account.name):
            return account
    raise AccountUnknown(f"No enabled account {document.account!r} of provider {document.provider!r}")


def _next(tx: Tx, document: Document, body: Mapping[str, Any]) -> Definition:
    for provider, old in accounts.defined(tx, KIND):
        if (provider, old.name) == (document.provider, document.name):
            return Definition(old.id, KIND, old.name, old.version + 1, body)
    return Definition(new_id("definition"), KIND, document.name, 1, body)


async def listed(studio: Studio, caller: Caller) -> Sequence[DefinitionView]:
    """Return the newest version of each definition."""
    found = await studio.store.read(caller.workspace, lambda tx: accounts.defined(tx, KIND))
    return await asyncio.to_thread(_views, studio, found)


async def get(studio: Studio, caller: Caller, definition: str) -> DefinitionView:
    """Return the newest version of a definition; raises `NotFound`."""
    for view in await listed(studio, caller):
        if view.definition.id == definition:
            return view
    raise NotFound(f"No definition {definition!r}")


async def delete(studio: Studio, caller: Caller, definition: str) -> None:
    """Delete a definition; jobs that ran it keep their record."""
    require(caller, "admin")
    view = await get(studio, caller, definition)

    def unit(tx: Tx) -> None:
        accounts.undefine(tx, definition)
        audit.note_definition(tx, caller, "deleted", view.definition)
        tx.emit(
            "catalog.changed", None, {"provider": view.provider, "definition": definition, "name": view.definition.name}
        )

    await studio.store.write(caller.workspace, unit)
    await studio.engine.definitions.load()


def _views(studio: Studio, found: Sequence[tuple[str | None, Definition]]) -> list[DefinitionView]:
    views, before = list[DefinitionView](), dict[str, list[Definition]]()
    for provider, definition in found:
        made: list[str] = []
        if provider in studio.registry.names() and provider is not None:
            earlier = before.setdefault(provider, [])
            made = _became(studio.registry.provider(provider), earlier, definition)
            earlier.append(definition)
        views.append(DefinitionView(definition, provider, made))
    return views


def _became(provider: Provider, earlier: Sequence[Definition], definition: Definition) -> list[str]:
    """Return the actions that a definition adds to those of the earlier ones, as the provider names them."""
    there = {action.name for action in provider.actions(earlier)}
    return [action.name for action in provider.actions([*earlier, definition]) if action.name not in there]
