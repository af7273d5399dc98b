"""Sealed texts open only where they were sealed; references only for accounts of the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.core.clock import SystemClock
from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid, MasterKeyMissing
from maquette.core.model import Account
from maquette.store import account as accounts
from maquette.store.database import Store
from maquette.store.migrate import migrate
from maquette.store.vault import Vault, open_vault

VAULT = Vault(bytes(range(32)))


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    made = Store(f"sqlite:///{home / 'maquette.db'}", SystemClock())
    migrate(made.engine)
    yield made
    made.close()


def account(origin: str = "user", **secrets: str) -> Account:
    sealed = {name: VAULT.seal("account_1", name, text) for name, text in secrets.items()}
    return Account("account_1", "default", "openai", "x", {}, 0, sealed=sealed, origin=origin)


@given(st.text(max_size=200))
def test_what_is_sealed_comes_back_and_never_looks_the_same(text: str) -> None:
    first, second = VAULT.seal("a", "f", text), VAULT.seal("a", "f", text)
    assert first != second
    assert VAULT.unseal("a", "f", first) == VAULT.unseal("a", "f", second) == text


@pytest.mark.parametrize(
    ("owner", "field"), [("account_2", "api_key"), ("account_1", "token"), ("account_1\0api", "key")]
)
def test_a_ciphertext_that_was_moved_does_not_open(owner: str, field: str) -> None:
    sealed = VAULT.seal("account_1", "api_key", "sk")
    with pytest.raises(MasterKeyMissing):
        VAULT.unseal(owner, field, sealed)


def test_a_ciphertext_that_was_changed_or_is_of_another_key_does_not_open() -> None:
    sealed = VAULT.seal("a", "f", "sk")
    flipped = sealed[:-3] + ("A" if sealed[-3] != "A" else "B") + sealed[-2:]
    for vault, text in ((VAULT, flipped), (VAULT, "v1:"), (VAULT, "nonsense"), (Vault(bytes(32)), sealed)):
        with pytest.raises(MasterKeyMissing):
            vault.unseal("a", "f", text)


def test_the_digest_of_a_token_needs_the_master_key_and_is_no_plain_hash() -> None:
    assert VAULT.digest("t") == VAULT.digest("t") != Vault(bytes(32)).digest("t")
    assert len(VAULT.digest("t")) == 64


def test_a_reference_is_followed_for_the_file_s_accounts_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOME_SECRET", "from the environment")
    (tmp_path / "s").write_text("from a file\n")
    written = {"api_key": "env:SOME_SECRET", "token": f"file:{tmp_path / 's'}", "plain": "as it is"}
    assert VAULT.reveal(account(**written)) == written
    followed = {"api_key": "from the environment", "token": "from a file", "plain": "as it is"}
    assert VAULT.reveal(account("config", **written)) == followed


@pytest.mark.parametrize("reference", ["env:NOT_SET_ANYWHERE", "file:/nowhere/at/all"])
def test_a_reference_that_leads_nowhere_is_named(reference: str) -> None:
    with pytest.raises(ConfigInvalid, match="api_key"):
        VAULT.reveal(account("config", api_key=reference))


async def test_the_key_is_made_once_and_private(home: Path, store: Store) -> None:
    first = await open_vault(Config(home=home), store)
    second = await open_vault(Config(home=home), store)
    assert first.digest("t") == second.digest("t")
    path = home / "master.key"
    assert (len(path.read_bytes()), path.stat().st_mode & 0o777) == (32, 0o600)
    assert [file.name for file in home.glob("master.key*")] == ["master.key"]


async def test_no_new_key_is_made_over_sealed_secrets(home: Path, store: Store) -> None:
    await open_vault(Config(home=home), store)
    await store.write("elsewhere", lambda tx: accounts.insert(tx, replace(account(api_key="x"), workspace="elsewhere")))
    (home / "master.key").unlink()
    with pytest.raises(MasterKeyMissing):
        await open_vault(Config(home=home), store)
    assert not (home / "master.key").exists()


async def test_a_key_of_another_length_is_refused(home: Path, store: Store) -> None:
    (home / "master.key").write_bytes(b"short")
    with pytest.raises(MasterKeyMissing, match="5 bytes"):
        await open_vault(Config(home=home), store)
