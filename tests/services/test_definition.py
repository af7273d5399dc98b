"""Imported documents become actions, by a provider that knows how; and a graph keeps its name over versions."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from maquette.core.action import Action, Call, Definition, Provider, external_action
from maquette.core.config import Config
from maquette.core.errors import AccountUnknown, Forbidden, NotFound, ParamsInvalid, Unsupported
from maquette.core.registry import Registry
from maquette.engine.studio import Studio, build
from maquette.services import definition as definitions
from maquette.services import start
from maquette.services.caller import Caller
from maquette.services.definition import Document
from maquette.store import account as accounts

ADMIN = Caller("default", "key_1", "admin")


class Reader(Provider):
    """Turns documents into actions."""

    title = "Reader"
    imports = "List of fields"
    keyless = True

    async def import_definition(
        self, document: Mapping[str, Any], *, name: str, call: Call | None
    ) -> Mapping[str, Any]:
        if "fields" not in document:
            raise ParamsInvalid(f"{name!r} has no fields", errors=[{"path": "document.fields", "message": "missing"}])
        return {"properties": document["fields"], "asked": call is not None}

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        painter = next(iter(Registry().of("painter").values()))
        for found in definitions:
            schema = {"type": "object", "properties": found.body["properties"]}
            yield external_action(painter, name=f"media.writer.{found.name}", title=found.name, schema=schema)


@pytest.fixture
async def studio(home: Path) -> AsyncIterator[Studio]:
    made = await build(Config(home=home))
    made.registry._loaded["writer"] = Reader()
    await start.ensure(made)
    yield made
    await made.close()


async def test_a_document_becomes_an_action_and_its_next_version_replaces_it(studio: Studio) -> None:
    first = await definitions.create(studio, ADMIN, Document("writer", "glow", {"fields": {"a": {}}}))
    assert (first.actions, first.definition.version) == (["media.writer.glow"], 1)
    assert first.definition.body["asked"] is True
    second = await definitions.create(studio, ADMIN, Document("writer", "glow", {"fields": {"b": {}}}))
    assert (second.definition.id, second.definition.version) == (first.definition.id, 2)
    assert studio.registry.action("media.writer.glow").schema()["properties"] == {"b": {}}
    assert len(await definitions.listed(studio, ADMIN)) == 1
    await definitions.delete(studio, ADMIN, first.definition.id)
    with pytest.raises(NotFound):
        studio.registry.action("media.writer.glow")


async def test_definitions_are_there_again_after_a_restart(studio: Studio) -> None:
    await definitions.create(studio, ADMIN, Document("writer", "glow", {"fields": {}}))
    studio.registry.define("writer", [])
    await start.ensure(studio)
    assert studio.registry.action("media.writer.glow").title == "glow"


async def test_a_document_that_cannot_be_read_is_refused_and_nothing_is_kept(studio: Studio) -> None:
    with pytest.raises(ParamsInvalid):
        await definitions.create(studio, ADMIN, Document("writer", "bad", {}))
    with pytest.raises(AccountUnknown):
        await definitions.create(studio, ADMIN, Document("writer", "bad", {"fields": {}}, account="nobody"))
    with pytest.raises(Unsupported):
        await definitions.create(studio, ADMIN, Document("painter", "bad", {"fields": {}}))
    with pytest.raises(Forbidden):
        await definitions.create(studio, Caller("default", None, "member"), Document("writer", "bad", {"fields": {}}))
    assert await definitions.listed(studio, ADMIN) == []


async def test_what_is_there_from_the_start_is_made_once(studio: Studio) -> None:
    before = await studio.store.read("default", accounts.listed)
    await start.ensure(studio)
    after = await studio.store.read("default", accounts.listed)
    assert [a.id for a in before] == [a.id for a in after]
    assert {"painter", "narrator", "typesetter"} <= {a.provider for a in after}
    assert {a.origin for a in after} == {"builtin"}
