"""Rows of API keys, sessions and workspaces."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from maquette.core.errors import NotFound
from maquette.store import key as keys
from maquette.store.database import Store
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_key


async def test_a_key_is_found_by_its_digest_and_by_its_id(store: Store) -> None:
    made = a_key()
    await store.write(MINE, lambda tx: keys.insert(tx, made))
    assert await store.read("any", lambda tx: keys.by_digest(tx, made.digest)) == made
    assert await store.read("any", lambda tx: keys.by_id(tx, made.id)) == made
    assert await store.read("any", lambda tx: keys.by_digest(tx, "guess")) is None


async def test_two_keys_never_share_a_digest(store: Store) -> None:
    await store.write(MINE, lambda tx: keys.insert(tx, a_key(digest="same")))
    with pytest.raises(IntegrityError):
        await store.write(OTHER, lambda tx: keys.insert(tx, a_key(workspace=OTHER, digest="same")))


async def test_a_key_ends_at_its_hour(store: Store, clock: SetClock) -> None:
    made = a_key(expires_at=clock.at + 10)
    await store.write(MINE, lambda tx: keys.insert(tx, made))
    clock.at += 9
    assert await store.read(MINE, lambda tx: keys.by_digest(tx, made.digest)) == made
    clock.at += 1
    assert await store.read(MINE, lambda tx: keys.by_digest(tx, made.digest)) is None
    assert await store.read(MINE, lambda tx: keys.by_id(tx, made.id)) is None


async def test_a_revoked_key_is_dead_with_its_sessions(store: Store, clock: SetClock) -> None:
    made, other = a_key(), a_key(name="phone")
    await store.write(MINE, lambda tx: keys.insert(tx, made))
    await store.write(MINE, lambda tx: keys.insert(tx, other))
    for digest, key in (("cookie_1", made), ("cookie_2", other)):
        await store.write(MINE, lambda tx, d=digest, k=key: keys.open_session(tx, d, k.id, "cookie", clock.at + 100))
    with pytest.raises(NotFound):
        await store.write(OTHER, lambda tx: keys.revoke(tx, made.id))
    await store.write(MINE, lambda tx: keys.revoke(tx, made.id))
    assert await store.read(MINE, lambda tx: keys.by_digest(tx, made.digest)) is None
    assert await store.read(MINE, keys.listed) == [other]
    assert await store.read(MINE, lambda tx: keys.session(tx, "cookie_1", "cookie")) is None
    assert await store.read(MINE, lambda tx: keys.session(tx, "cookie_2", "cookie")) == other.id
    with pytest.raises(NotFound):
        await store.write(MINE, lambda tx: keys.revoke(tx, made.id))


async def test_a_session_is_of_one_kind_and_of_one_time(store: Store, clock: SetClock) -> None:
    await store.write(MINE, lambda tx: keys.open_session(tx, "a", "key_1", "link", clock.at + 10))
    assert await store.read(MINE, lambda tx: keys.session(tx, "a", "cookie")) is None
    assert await store.read(MINE, lambda tx: keys.session(tx, "a", "link")) == "key_1"
    clock.at += 10
    assert await store.read(MINE, lambda tx: keys.session(tx, "a", "link")) is None


async def test_opening_a_session_forgets_those_that_ran_out(store: Store, clock: SetClock) -> None:
    await store.write(MINE, lambda tx: keys.open_session(tx, "old", "key_1", "link", clock.at + 10))
    clock.at += 11
    await store.write(MINE, lambda tx: keys.open_session(tx, "new", "key_1", "link", clock.at + 10))
    assert await store.write(MINE, lambda tx: keys.close_session(tx, "old")) is False


async def test_a_sign_in_link_is_used_by_exactly_one_of_many(store: Store, clock: SetClock) -> None:
    await store.write(MINE, lambda tx: keys.open_session(tx, "once", "key_1", "link", clock.at + 10))
    got = await asyncio.gather(*(store.write(MINE, lambda tx: keys.close_session(tx, "once")) for _ in range(8)))
    assert sorted(got) == [False] * 7 + [True]


async def test_a_workspace_is_made_once(store: Store) -> None:
    for workspace in (OTHER, MINE, MINE):
        await store.write(workspace, lambda tx: keys.ensure_workspace(tx, "Name"))
    assert {each.id for each in await store.read(MINE, keys.all_workspaces)} == {MINE, OTHER}
