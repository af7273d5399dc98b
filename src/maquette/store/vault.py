"""Secrets at rest: sealed under one master key, which lives beside the database and never in it."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence

import pybase64
import sqlalchemy as sa
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from maquette.core.config import Config
from maquette.core.errors import MasterKeyMissing
from maquette.core.model import Account
from maquette.store import audit
from maquette.store.account import as_account
from maquette.store.database import Store, Tx
from maquette.store.master import KEY_FILE, Place, place_of, settled
from maquette.store.reference import REFERENCES, SLOW, follow
from maquette.store.table import accounts

__all__ = ["KEY_FILE", "REFERENCES", "Vault", "any_sealed", "open_vault", "renew"]

_SIZE = 32
_NONCE = 12
_VERSION = "v1:"
_KEPT_S = 300.0
_FROM_FILE = "config"

Sealed = Sequence[tuple[str, Mapping[str, str]]]
"""Accounts by id, with what is sealed for each."""


class Vault:
    """Seals and unseals texts; each purpose has a key of its own, derived from the master key."""

    def __init__(self, master: bytes) -> None:
        self._cipher = AESGCM(_derived(master[:_SIZE], "seal"))
        self._digest_key = master[_SIZE:] or _derived(master, "digest")
        self._found: dict[str, tuple[float, str]] = {}

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

    def opens(self, sealed: Sealed) -> bool:
        """Tell whether any of these secrets opens, so that one that was damaged does not speak for all."""
        for account, fields in sealed:
            for field, text in fields.items():
                try:
                    self.unseal(account, field, text)
                except MasterKeyMissing:
                    continue
                return True
        return False

    def reveal(self, account: Account) -> dict[str, str]:
        """Return the secrets of an account; references are followed for accounts of this machine's files only."""
        opened = {field: self.unseal(account.id, field, sealed) for field, sealed in account.sealed.items()}
        if account.origin != _FROM_FILE:
            return opened
        return {field: self._followed(field, text) for field, text in opened.items()}

    async def warm(self, account: Account) -> Account:
        """Follow the slow references of an account in a thread, so that `reveal` finds their answers; return it."""
        if account.origin != _FROM_FILE or not account.sealed:
            return account
        opened = {field: self.unseal(account.id, field, sealed) for field, sealed in account.sealed.items()}
        cold = {field: text for field, text in opened.items() if text.startswith(SLOW) and self._fresh(text) is None}
        if cold:
            await asyncio.to_thread(lambda: [self._followed(field, text) for field, text in cold.items()])
        return account

    def forget(self) -> None:
        """Follow every reference anew from now on."""
        self._found.clear()

    def _followed(self, field: str, text: str) -> str:
        if not text.startswith(SLOW):
            return follow(field, text)
        if (found := self._fresh(text)) is None:
            found = follow(field, text)
            self._found[text] = (time.monotonic(), found)
        return found

    def _fresh(self, text: str) -> str | None:
        since, found = self._found.get(text, (0.0, None))
        return found if found is not None and time.monotonic() - since < _KEPT_S else None

    def digest(self, token: str) -> str:
        """Return the keyed hash by which a token is kept and found."""
        return hmac.new(self._digest_key, token.encode(), hashlib.sha256).hexdigest()

    def successor(self) -> bytes:
        """Return a fresh master key under which tokens keep their digests."""
        return secrets.token_bytes(_SIZE) + self._digest_key


async def open_vault(config: Config, store: Store) -> Vault:
    """Open the vault of an installation, making its master key on the first start.

    Raises:
        MasterKeyMissing: There are sealed secrets, and the key that opens them is gone or another one.
    """
    held = await store.read("default", all_sealed)
    place = place_of(config)

    def opens(key: bytes) -> bool:
        return Vault(key).opens(held)

    return Vault(await asyncio.to_thread(settled, place, opens, holds_secrets=bool(held)))


async def renew(place: Place, store: Store, vault: Vault) -> int:
    """Seal every secret of every workspace anew under a fresh master key; return how many accounts that were.

    A process that ends anywhere in between leaves an installation that starts: the fresh key lies beside the old one
    before the one commit, and which of the two opens the database decides at the next start.
    """
    key = vault.successor()
    fresh = Vault(key)
    await asyncio.to_thread(place.write_upcoming, key)

    def unit(tx: Tx) -> int:
        count = _reseal(tx, vault, fresh)
        audit.note(tx, None, "master_key.replaced", "master_key", after={"accounts": count})
        return count

    count = await store.write("default", unit)
    await asyncio.to_thread(place.promote)
    return count


def _reseal(tx: Tx, old: Vault, new: Vault) -> int:
    count = 0
    for row in tx.run(sa.select(accounts).with_for_update()).all():
        account = as_account(row)
        if account.sealed:
            opened = {field: old.unseal(account.id, field, text) for field, text in account.sealed.items()}
            sealed = {field: new.seal(account.id, field, text) for field, text in opened.items()}
            tx.run(sa.update(accounts).where(accounts.c.id == account.id).values(sealed=sealed))
            count += 1
    return count


def all_sealed(tx: Tx) -> Sealed:
    """Return what is sealed for the accounts of every workspace."""
    rows = tx.run(sa.select(accounts.c.id, accounts.c.sealed))
    return [(row.id, row.sealed) for row in rows if row.sealed]


def any_sealed(tx: Tx) -> bool:
    """Tell whether any account of any workspace holds a sealed secret."""
    return bool(all_sealed(tx))


def _derived(master: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=_SIZE, salt=None, info=f"maquette/{purpose}".encode()).derive(master)


def _place(account: str, field: str) -> bytes:
    return f"{account}\0{field}".encode()
