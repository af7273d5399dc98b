"""The master key is replaced in one commit: wherever that is cut off, every secret opens at the next start."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from maquette.core.config import Config
from maquette.core.errors import MasterKeyMissing
from maquette.core.model import Account
from maquette.store import account as accounts
from maquette.store import audit
from maquette.store.database import Store
from maquette.store.master import FilePlace, place_of
from maquette.store.vault import Vault, open_vault, renew
from tests.store.row import MINE, OTHER, an_account


class Killed(BaseException):
    """The end of a process."""


class DyingPlace:
    """A place whose process ends before the commit, or after it."""

    def __init__(self, inner: FilePlace, dies: str) -> None:
        self._inner, self._dies = inner, dies
        self.name = inner.name
        self.read, self.write_first = inner.read, inner.write_first

    def write_upcoming(self, key: bytes) -> None:
        self._inner.write_upcoming(key)
        if self._dies == "before the commit":
            raise Killed

    def promote(self) -> None:
        raise Killed


@pytest.fixture
def config(home: Path) -> Config:
    return Config(home=home)


async def keep(store: Store, vault: Vault, *workspaces: str) -> list[Account]:
    made = list[Account]()
    for workspace in workspaces:
        row = an_account(workspace=workspace)
        made.append(replace(row, sealed={"api_key": vault.seal(row.id, "api_key", f"sk-{workspace}")}))
        await store.write(workspace, lambda tx, row=made[-1]: accounts.insert(tx, row))
    return made


async def revealed(store: Store, vault: Vault, *made: Account) -> list[str]:
    return [
        vault.reveal(await store.read(each.workspace, lambda tx, each=each: accounts.get(tx, each.id)))["api_key"]
        for each in made
    ]


@pytest.mark.accepts("S2.31")
async def test_every_secret_is_sealed_anew_and_tokens_go_on_working(store: Store, config: Config) -> None:
    old = await open_vault(config, store)
    before = (config.home / "master.key").read_bytes()
    made = await keep(store, old, MINE, OTHER)
    assert await renew(place_of(config), store, old) == 2
    fresh = await open_vault(config, store)
    assert await revealed(store, fresh, *made) == [f"sk-{MINE}", f"sk-{OTHER}"]
    assert fresh.digest("mq_1") == old.digest("mq_1")
    after = (config.home / "master.key").read_bytes()
    assert before[:32] not in after
    with pytest.raises(MasterKeyMissing):
        await revealed(store, old, *made)
    assert sorted(path.name for path in config.home.glob("master.key*")) == ["master.key"]
    assert (config.home / "master.key").stat().st_mode & 0o777 == 0o600
    (noted,) = await store.read(MINE, lambda tx: audit.page(tx, {}, None, 5))
    assert (noted.action, noted.after) == ("master_key.replaced", {"accounts": 2})
    assert await renew(place_of(config), store, fresh) == 2
    again = await open_vault(config, store)
    assert again.digest("mq_1") == old.digest("mq_1")


@pytest.mark.parametrize("dies", ["before the commit", "after the commit"])
async def test_a_replacement_that_was_cut_off_loses_nothing(store: Store, config: Config, dies: str) -> None:
    old = await open_vault(config, store)
    made = await keep(store, old, MINE)
    with pytest.raises(Killed):
        await renew(DyingPlace(FilePlace(config.home / "master.key"), dies), store, old)
    for _ in range(2):
        found = await open_vault(config, store)
        assert await revealed(store, found, *made) == [f"sk-{MINE}"]
        assert found.digest("mq_1") == old.digest("mq_1")
    assert await renew(place_of(config), store, found) == 1
    assert await revealed(store, await open_vault(config, store), *made) == [f"sk-{MINE}"]


async def test_a_replacement_fails_whole_where_one_secret_does_not_open(store: Store, config: Config) -> None:
    old = await open_vault(config, store)
    made = await keep(store, old, MINE)
    await store.write(MINE, lambda tx: accounts.insert(tx, an_account(name="broken", sealed={"api_key": "v1:abc"})))
    with pytest.raises(MasterKeyMissing):
        await renew(place_of(config), store, old)
    assert await revealed(store, await open_vault(config, store), *made) == [f"sk-{MINE}"]


async def test_a_key_of_another_installation_is_refused_at_the_start_by_name(store: Store, config: Config) -> None:
    await keep(store, await open_vault(config, store), MINE)
    path = config.home / "master.key"
    path.write_bytes(b"z" * 32)
    with pytest.raises(MasterKeyMissing, match="not the one") as caught:
        await open_vault(config, store)
    assert str(path) in caught.value.message
    assert "backup" in caught.value.advice
    assert path.read_bytes() == b"z" * 32
