"""Rows of accounts and of definitions."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from maquette.core.action import Definition
from maquette.core.errors import NotFound
from maquette.core.model import Account
from maquette.store import account as accounts
from maquette.store.database import Store, Tx
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, an_account


async def keep(store: Store, *made: Account) -> None:
    def unit(tx: Tx) -> None:
        for account in made:
            accounts.insert(tx, account)

    await store.write(MINE, unit)


async def test_an_account_comes_back_as_it_was_put(store: Store) -> None:
    made = an_account(sealed={"api_key": "v1:abc"}, enabled=False, per_day=50, timeout_s=60, origin="config")
    await keep(store, made)
    assert await store.read(MINE, lambda tx: accounts.get(tx, made.id)) == made


async def test_a_provider_has_one_account_of_a_name_in_a_workspace(store: Store) -> None:
    await keep(store, an_account(), an_account(workspace=OTHER), an_account(name="second"), an_account(provider="x"))
    with pytest.raises(IntegrityError):
        await keep(store, an_account())


async def test_an_account_of_another_workspace_is_neither_seen_nor_changed(store: Store) -> None:
    made = an_account()
    await keep(store, made)
    for unit in (
        lambda tx: accounts.get(tx, made.id),
        lambda tx: accounts.update(tx, made.id, enabled=False),
        lambda tx: accounts.delete(tx, made.id),
    ):
        with pytest.raises(NotFound, match=made.id):
            await store.write(OTHER, unit)
    assert await store.read(OTHER, accounts.listed) == []
    assert await store.read(MINE, accounts.listed) == [made]


async def test_accounts_are_listed_by_age_and_by_provider(store: Store) -> None:
    first, second, third = an_account(), an_account(provider="comfyui"), an_account(name="spare")
    await keep(store, third, first, second)
    assert await store.read(MINE, accounts.listed) == [first, second, third]
    assert await store.read(MINE, lambda tx: accounts.listed(tx, "openai")) == [first, third]


async def test_an_account_can_be_changed_and_deleted(store: Store, clock: SetClock) -> None:
    made = an_account()
    await keep(store, made)
    clock.at += 1000
    changed = await store.write(MINE, lambda tx: accounts.update(tx, made.id, concurrency=9))
    assert changed == replace(made, concurrency=9, updated_at=clock.at)
    await store.write(MINE, lambda tx: accounts.delete(tx, made.id))
    assert await store.read(MINE, accounts.listed) == []
    assert await store.write(MINE, lambda tx: accounts.lock(tx, made.id)) is None


async def test_a_rest_is_only_ever_made_longer(store: Store) -> None:
    made = an_account()
    await keep(store, made)
    seen = []
    for until in (500, 300, 900):
        await store.write(MINE, lambda tx, u=until: accounts.cool(tx, made.id, u))
        seen.append((await store.read(MINE, lambda tx: accounts.get(tx, made.id))).cooldown_until)
    assert seen == [500, 500, 900]


async def test_a_locked_account_is_read_by_one_unit_at_a_time(store: Store) -> None:
    made = an_account(concurrency=0)
    await keep(store, made)

    def raise_by_one(tx: Tx) -> None:
        found = accounts.lock(tx, made.id)
        assert found
        accounts.update(tx, made.id, concurrency=found.concurrency + 1)

    for done in [store.submit(MINE, raise_by_one) for _ in range(40)]:
        done.result(30)
    assert (await store.read(MINE, lambda tx: accounts.get(tx, made.id))).concurrency == 40


async def test_the_newest_version_of_a_definition_counts(store: Store, clock: SetClock) -> None:
    old, new = (Definition("graph_1", "graph", "portrait", version, {"v": version}) for version in (1, 2))
    other = Definition("preset_1", "preset", "fast", 1, {})

    def unit(tx: Tx) -> None:
        accounts.define(tx, new, "comfyui")
        accounts.define(tx, old, "comfyui")
        accounts.define(tx, other, None)

    await store.write(MINE, unit)
    assert await store.read(MINE, lambda tx: accounts.defined(tx, "graph")) == [("comfyui", new)]
    assert await store.read(MINE, lambda tx: accounts.defined(tx, "preset")) == [(None, other)]
    assert await store.read(OTHER, lambda tx: accounts.defined(tx, "graph")) == []
    with pytest.raises(IntegrityError):
        await store.write(MINE, lambda tx: accounts.define(tx, old, "comfyui"))


async def test_a_definition_can_be_deleted_once(store: Store) -> None:
    made = Definition("graph_1", "graph", "portrait", 1, {})
    await store.write(MINE, lambda tx: accounts.define(tx, made, "comfyui"))
    with pytest.raises(NotFound):
        await store.write(OTHER, lambda tx: accounts.undefine(tx, "graph_1"))
    await store.write(MINE, lambda tx: accounts.undefine(tx, "graph_1"))
    assert await store.read(MINE, lambda tx: accounts.defined(tx, "graph")) == []
    with pytest.raises(NotFound):
        await store.write(MINE, lambda tx: accounts.undefine(tx, "graph_1"))
