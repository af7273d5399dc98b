"""Secrets at rest: what is sealed opens in its own place only, and the key is never lost in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid, MasterKeyMissing
from maquette.store import account as accounts
from maquette.store.database import Store
from maquette.store.vault import KEY_FILE, Vault, any_sealed, open_vault
from tests.store.row import MINE, an_account

MASTER = b"k" * 32


def test_a_secret_opens_as_it_was_sealed_and_is_not_readable_before() -> None:
    sealed = Vault(MASTER).seal("account_1", "api_key", "sk-h\u00e9ron")
    assert "ron" not in sealed
    assert Vault(MASTER).unseal("account_1", "api_key", sealed) == "sk-h\u00e9ron"
    assert Vault(MASTER).seal("account_1", "api_key", "sk-h\u00e9ron") != sealed


@pytest.mark.parametrize(
    ("master", "account", "field"),
    [(b"x" * 32, "account_1", "api_key"), (MASTER, "account_2", "api_key"), (MASTER, "account_1", "token")],
)
def test_a_secret_opens_nowhere_else(master: bytes, account: str, field: str) -> None:
    sealed = Vault(MASTER).seal("account_1", "api_key", "sk-1")
    with pytest.raises(MasterKeyMissing, match=account):
        Vault(master).unseal(account, field, sealed)


def test_a_sealed_text_that_was_changed_does_not_open() -> None:
    sealed = Vault(MASTER).seal("account_1", "api_key", "sk-1")
    for broken in (sealed[:-2], sealed[:-6] + "AAAAAA", "v1:", "not base64 \u00e9"):
        with pytest.raises(MasterKeyMissing):
            Vault(MASTER).unseal("account_1", "api_key", broken)


def test_a_token_is_found_by_a_digest_that_only_this_installation_can_make() -> None:
    assert Vault(MASTER).digest("mq_1") == Vault(MASTER).digest("mq_1")
    assert len({Vault(MASTER).digest("mq_1"), Vault(MASTER).digest("mq_2"), Vault(b"x" * 32).digest("mq_1")}) == 3


def test_references_are_followed_for_accounts_of_the_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, secret = Vault(MASTER), tmp_path / "secret"
    secret.write_text("from the file\n")
    monkeypatch.setenv("SHOP_KEY", "from the environment")
    given = {"a": "env:SHOP_KEY", "b": f"file:{secret}", "c": "plain", "d": "env:NOBODY_SET_THIS"}

    def revealed(origin: str, *fields: str) -> dict[str, str]:
        sealed = {field: vault.seal("account_1", field, given[field]) for field in fields}
        return vault.reveal(an_account(id="account_1", origin=origin, sealed=sealed))

    assert revealed("config", "a", "b", "c") == {"a": "from the environment", "b": "from the file", "c": "plain"}
    assert revealed("user", "a", "b") == {"a": "env:SHOP_KEY", "b": f"file:{secret}"}
    with pytest.raises(ConfigInvalid, match="NOBODY_SET_THIS"):
        revealed("config", "d")
    secret.unlink()
    with pytest.raises(ConfigInvalid, match="secret"):
        revealed("config", "b")


async def test_the_master_key_is_made_once_for_its_owner_alone(store: Store, home: Path) -> None:
    vault = await open_vault(Config(home=home), store)
    key = home / KEY_FILE
    assert len(key.read_bytes()) == 32
    assert key.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in home.iterdir()] == [KEY_FILE], "no draft is left behind"
    again = await open_vault(Config(home=home), store)
    assert again.unseal("a", "b", vault.seal("a", "b", "text")) == "text"


async def test_a_lost_master_key_is_reported_and_not_replaced(store: Store, home: Path) -> None:
    sealed = an_account(workspace="another", sealed={"api_key": "v1:abc"})
    await store.write(MINE, lambda tx: accounts.insert(tx, an_account()))
    assert await store.read(MINE, any_sealed) is False
    await store.write(MINE, lambda tx: accounts.insert(tx, sealed))
    assert await store.read(MINE, any_sealed) is True
    with pytest.raises(MasterKeyMissing, match=KEY_FILE):
        await open_vault(Config(home=home), store)
    assert list(home.iterdir()) == []
    (home / KEY_FILE).write_bytes(b"short")
    with pytest.raises(MasterKeyMissing, match="5 bytes"):
        await open_vault(Config(home=home), store)
