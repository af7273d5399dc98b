"""The settings by which a workspace illustrates its articles."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from maquette.core.action import Definition
from maquette.core.errors import ParamsInvalid
from maquette.core.ids import new_id
from maquette.core.illustration import SETTINGS, Illustration, form_of
from maquette.core.prompt import fill
from maquette.engine.studio import Studio
from maquette.services import audit
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx

_NAME = "default"


async def current(studio: Studio, caller: Caller) -> Illustration:
    """Return the settings of the workspace; those that the installation comes with where none were saved."""
    return await studio.store.read(caller.workspace, saved)


def saved(tx: Tx) -> Illustration:
    """Return the settings of the workspace."""
    found = definitions.named(tx, SETTINGS, _NAME)
    return Illustration.model_validate(dict(found.body)) if found else Illustration()


def read(values: Mapping[str, Any]) -> Illustration:
    """Check settings; raises `ParamsInvalid` or `TemplateInvalid`."""
    try:
        made = Illustration.model_validate(dict(values))
    except ValidationError as error:
        faults = [
            {"path": ".".join(map(str, each["loc"])), "message": each["msg"]}
            for each in error.errors(include_url=False, include_input=False)
        ]
        raise ParamsInvalid(f"Settings: {faults[0]['path']!r}: {faults[0]['message']}", errors=faults) from error
    words = {"image_prompt": "", "post_title": "", "image_type": ""}
    fill(made.image_prompt_template or "", words, form_of(made.image_prompt_template or ""), "image_prompt_template")
    return made


def merged(saved: Illustration, *changes: Mapping[str, Any]) -> Illustration:
    """Return settings with changes; a provider that is named anew takes the place of an action that was set."""
    values = saved.model_dump(exclude_none=True)
    for each in changes:
        if "provider" in each or "service" in each:
            values.pop("action", None)
        values |= each
    return read(values)


async def save(studio: Studio, caller: Caller, values: Mapping[str, Any]) -> Illustration:
    """Keep settings as a further version, for what begins from now on; raises `ParamsInvalid`."""
    require(caller, "admin")
    made = read(values)
    for name in (made.asked, made.text_action):
        if name is not None:
            await asyncio.to_thread(studio.registry.action, name)
    body = made.model_dump(mode="json", exclude_none=True)

    def unit(tx: Tx) -> None:
        old = definitions.named(tx, SETTINGS, _NAME)
        new = Definition(old.id if old else new_id(SETTINGS), SETTINGS, _NAME, old.version + 1 if old else 1, body)
        definitions.insert(tx, new)
        audit.note_definition(tx, caller, "changed" if old else "created", new, before=old)
        tx.emit("config.changed", None, {"definition": new.id, "name": SETTINGS})

    await studio.store.write(caller.workspace, unit)
    return made


async def reset(studio: Studio, caller: Caller) -> Illustration:
    """Go back to the settings that the installation comes with."""
    require(caller, "admin")

    def unit(tx: Tx) -> None:
        if (old := definitions.named(tx, SETTINGS, _NAME)) is not None:
            accounts.undefine(tx, old.id)
            audit.note_definition(tx, caller, "deleted", old)
            tx.emit("config.changed", None, {"definition": old.id, "name": SETTINGS})

    await studio.store.write(caller.workspace, unit)
    return Illustration()
