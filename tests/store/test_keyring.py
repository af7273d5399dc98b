"""The keyring of a desktop as the place of the master key: made there, replaced there, and nothing of it in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends.fail import Keyring as NoKeyring
from typing_extensions import override

from maquette.core.config import Config
from maquette.core.errors import MasterKeyMissing
from maquette.store import account as accounts
from maquette.store.database import Store
from maquette.store.master import place_of
from maquette.store.vault import open_vault, renew
from tests.store.row import an_account


class Ring(KeyringBackend):
    """A keyring in memory, of the kind that a desktop offers."""

    priority = 1

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    @override
    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def ring() -> Iterator[Ring]:
    before, made = keyring.get_keyring(), Ring()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def config(home: object) -> Config:
    return Config(home=home, master_key="keyring")  # type: ignore[arg-type]


@pytest.mark.accepts("S1.47", "C7")
async def test_the_keyring_holds_the_master_key_over_starts_and_a_replacement(
    store: Store, config: Config, ring: Ring
) -> None:
    vault = await open_vault(config, store)
    row = an_account()
    sealed = replace(row, sealed={"api_key": vault.seal(row.id, "api_key", "sk-1")})
    await store.write("default", lambda tx: accounts.insert(tx, sealed))
    assert (await open_vault(config, store)).reveal(sealed) == {"api_key": "sk-1"}
    (before,) = ring.kept.values()
    assert await renew(place_of(config), store, vault) == 1
    (after,) = ring.kept.values()
    assert after != before
    fresh = await store.read("default", lambda tx: accounts.get(tx, row.id))
    assert (await open_vault(config, store)).reveal(fresh) == {"api_key": "sk-1"}
    assert list(config.home.glob("master.key*")) == []


async def test_a_keyring_that_lost_the_key_or_is_not_there_is_told(store: Store, config: Config, ring: Ring) -> None:
    vault = await open_vault(config, store)
    row = an_account()
    sealed = replace(row, sealed={"api_key": vault.seal(row.id, "api_key", "sk-1")})
    await store.write("default", lambda tx: accounts.insert(tx, sealed))
    ring.kept.clear()
    with pytest.raises(MasterKeyMissing, match="keyring:maquette/"):
        await open_vault(config, store)
    keyring.set_keyring(NoKeyring())
    with pytest.raises(MasterKeyMissing, match="does not answer") as caught:
        await open_vault(config, store)
    assert "file" in caught.value.advice
