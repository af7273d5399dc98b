"""Packs of templates: hand on what the workspace wrote, and take what others hand on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from maquette.core import notation, wildcard
from maquette.core import pattern as documents
from maquette.core.errors import NotFound, ParamsInvalid
from maquette.core.pattern import KIND, Pack, Template, Wordlist
from maquette.engine.studio import Studio
from maquette.services import template as templates
from maquette.services import wordlist
from maquette.services.asset import scratch
from maquette.services.caller import Caller, require
from maquette.store import definition as definitions
from maquette.store.database import Tx

MOST_BYTES = 1_000_000
"""Most bytes of a pack."""


@dataclass(slots=True)
class Taken:
    """What an import did, by the names of the templates and lists."""

    created: list[str] = field(default_factory=list[str])
    updated: list[str] = field(default_factory=list[str])
    unchanged: list[str] = field(default_factory=list[str])


async def export(studio: Studio, caller: Caller, names: Sequence[str] = ()) -> Pack:
    """Return the named templates, or all that the workspace wrote, with the lists that they name.

    Raises `NotFound` for a name that no template has.
    """
    found = await templates.listed(studio, caller)
    known = {view.template.name: view for view in found} | {view.definition.id: view for view in found}
    if missing := [name for name in names if name not in known]:
        raise NotFound(f"No template {missing[0]!r}", hint="GET /api/v1/templates lists them.")
    chosen = [known[name] for name in names] if names else [view for view in found if view.origin == "user"]
    lists = await templates.lists(studio, caller)
    return Pack(
        templates=[view.template for view in chosen],
        lists=[Wordlist(name=name, lines=list(lists[name])) for name in _needed(chosen, lists)],
    )


def _needed(chosen: Sequence[templates.TemplateView], lists: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the names of the lists that dynamic templates name, and of those that these lists name."""
    waiting = [view.template.base_prompt for view in chosen if view.template.dynamic]
    needed = dict[str, None]()
    while waiting:
        for name in wildcard.names(waiting.pop()):
            if name in lists and name not in needed:
                needed[name] = None
                waiting += lists[name]
    return list(needed)


async def take(studio: Studio, caller: Caller, document: Mapping[str, Any] | str) -> Taken:
    """Take a pack over, all of it in one commit or nothing: a known name gets a further version.

    Raises `ParamsInvalid` with the path of each fault.
    """
    require(caller, "member")
    pack = await asyncio.to_thread(_read, document)

    def unit(tx: Tx) -> Taken:
        taken = Taken()
        for each in pack.templates:
            _take_template(tx, caller, each, taken)
        for listed in pack.lists:
            _note(taken, listed.name, wordlist.put(tx, caller, listed))
        return taken

    return await studio.store.write(caller.workspace, unit)


async def fetch(studio: Studio, caller: Caller, url: str) -> Taken:
    """Take a pack over from a public address; raises `UrlRefused`, `BodyTooLarge` or what `take` raises."""
    require(caller, "member")
    path = scratch(studio)
    try:
        await studio.engine.tools.fetcher.download(url, path, limit=MOST_BYTES)
        text = await asyncio.to_thread(path.read_text, "utf-8", "replace")
    finally:
        await asyncio.to_thread(path.unlink, missing_ok=True)
    return await take(studio, caller, text)


def _read(document: Mapping[str, Any] | str) -> Pack:
    """Return the pack that a document or its text in JSON or YAML describes."""
    if not isinstance(document, str):
        return _checked(document)
    written = notation.read(document)
    if not isinstance(written.value, Mapping):
        raise ParamsInvalid("A pack is an object", errors=[{"path": "", "message": "write an object"}])
    with written.placing():
        return _checked(written.value)


def _checked(document: Mapping[str, Any]) -> Pack:
    pack = documents.parsed(Pack, document, "The pack")
    found = [
        {**fault, "path": f"templates.{index}.{fault['path']}"}
        for index, each in enumerate(pack.templates)
        for fault in documents.faults(each)
    ]
    for word, rows in (("templates", pack.templates), ("lists", pack.lists)):
        names = [row.name for row in rows]
        found += [
            {"path": f"{word}.{index}.name", "message": f"{name!r} is in the pack twice"}
            for index, name in enumerate(names)
            if name in names[:index]
        ]
    if found:
        raise documents.refused("The pack", found)
    return pack


def _take_template(tx: Tx, caller: Caller, template: Template, taken: Taken) -> None:
    now = definitions.named(tx, KIND, template.name)
    if now is not None and now.body == documents.written(template):
        taken.unchanged.append(template.name)
        return
    templates.keep(tx, caller, template, now)
    _note(taken, template.name, "updated" if now else "created")


def _note(taken: Taken, name: str, what: wordlist.Put) -> None:
    {"created": taken.created, "updated": taken.updated, "unchanged": taken.unchanged}[what].append(name)
