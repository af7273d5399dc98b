"""Secrets at rest: sealed under one master key, which lives beside the database and never in it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import os
import secrets
from pathlib import Path

import pybase64
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid, MasterKeyMissing
from maquette.core.model import Account
from maquette.store.database import Store, Tx
from maquette.store.table import accounts

KEY_FILE = "master.key"
REFERENCES = ("env:", "file:", "keyring:", "command:")
"""Beginnings of a value that stands for a secret kept elsewhere."""

_SIZE = 32
_NONCE = 12
_VERSION = "v1:"
_SERVICE = "maquette"


class Vault:
    """Seals and unseals texts; each purpose has a key of its own, derived from the master key."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(_derived(master, "seal"))
        self._digest_key = _derived(master, "digest")

    def seal(self, account: str, field: str, text: str) -> str:
        """Encrypt `text` so that it opens only as this field of this account."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, text.encode(), _place(account, field))
        return _VERSION + pybase64.urlsafe_b64encode(nonce + sealed).decode()

    def unseal(self, account: str, field: str, sealed: str) -> str:
        """Decrypt what `seal` made; raises `MasterKeyMissing` under another key, account or field."""
        try:
            raw = pybase64.urlsafe_b64decode(sealed.removeprefix(_VERSION))
            return self._cipher.decrypt(raw[:_NONCE], raw[_NONCE:], _place(account, field)).decode()
        except (InvalidTag, ValueError) as error:
            raise MasterKeyMissing(
                f"The secret {field!r} of account {account!r} does not open with this master key"
            ) from error

    def reveal(self, account: Account) -> dict[str, str]:
        """Return the secrets of an account; references are followed for accounts of the configuration file only."""
        opened = {field: self.unseal(account.id, field, sealed) for field, sealed in account.sealed.items()}
        if account.origin != "config":
            return opened
        return {field: _followed(field, text) for field, text in opened.items()}

    def digest(self, token: str) -> str:
        """Return the keyed hash by which a token is kept and found."""
        return hmac.new(self._digest_key, token.encode(), hashlib.sha256).hexdigest()


async def open_vault(config: Config, store: Store) -> Vault:
    """Open the vault of an installation, making its master key on the first start.

    Raises:
        MasterKeyMissing: There are sealed secrets and the key that opens them is gone.
    """
    holds_secrets = await store.read("default", any_sealed)
    return Vault(await asyncio.to_thread(_master_key, config, holds_secrets=holds_secrets))


def any_sealed(tx: Tx) -> bool:
    """Tell whether any account of any workspace holds a sealed secret."""
    return any(sealed for sealed in tx.run(sa.select(accounts.c.sealed)).scalars())


def _master_key(config: Config, *, holds_secrets: bool) -> bytes:
    if config.master_key == "keyring":
        return _from_keyring(config.home, holds_secrets=holds_secrets)
    path = config.home / KEY_FILE
    if not path.exists():
        if holds_secrets:
            raise MasterKeyMissing(f"There is no master key at {str(path)!r}, but accounts are sealed with it")
        _write_new(path)
    key = path.read_bytes()
    if len(key) != _SIZE:
        raise MasterKeyMissing(f"The master key at {str(path)!r} has {len(key)} bytes and not {_SIZE}")
    return key


def _write_new(path: Path) -> None:
    """Write a key whole or not at all; where two processes start at once, the first one's key is kept."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(secrets.token_bytes(_SIZE))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _from_keyring(home: Path, *, holds_secrets: bool) -> bytes:
    import keyring  # noqa: PLC0415 - looks for desktop services, which only this choice needs
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        found = keyring.get_password(_SERVICE, str(home))
        if found is None:
            if holds_secrets:
                raise MasterKeyMissing(f"The keyring holds no master key for {str(home)!r}")
            found = pybase64.b64encode(secrets.token_bytes(_SIZE)).decode()
            keyring.set_password(_SERVICE, str(home), found)
    except KeyringError as error:
        raise MasterKeyMissing(f"The keyring does not answer: {error}", hint='Set `master_key = "file"`.') from error
    return pybase64.b64decode(found)


def _followed(field: str, text: str) -> str:
    kind, _, rest = text.partition(":")
    if kind == "env":
        if rest not in os.environ:
            raise ConfigInvalid(f"The secret {field!r} names the environment variable {rest!r}, which is not set")
        return os.environ[rest]
    if kind == "file":
        try:
            return Path(rest).expanduser().read_text(encoding="utf-8").strip()
        except OSError as error:
            raise ConfigInvalid(f"The secret {field!r} names the file {rest!r}: {error.strerror}") from error
    return text


def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_SIZE, salt=None, info=f"maquette/{purpose}".encode()).derive(master)


def _place(account: str, field: str) -> bytes:
    return f"{account}\0{field}".encode()
