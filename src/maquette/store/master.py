"""The master key: made once, kept beside the database and never in it, replaced without a moment without one.

Its first 32 bytes seal the secrets. Tokens of API keys are kept as digests only and cannot be made again, so a key that
was replaced carries the old key's digest half behind its own: sealed texts change hands, tokens go on working.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import pybase64

from maquette.core.config import Config
from maquette.core.errors import MasterKeyMissing

KEY_FILE = "master.key"
"""File in the home folder with the key."""
NEXT = ".next"
"""What is added to the name of a key that is about to replace another."""

_SIZES = (32, 64)
_SERVICE = "maquette"


class Place(Protocol):
    """Where a master key is kept."""

    @property
    def name(self) -> str:
        """What it is called to people."""
        ...

    def read(self, *, upcoming: bool = False) -> bytes | None:
        """Return the key, or the one that is about to replace it; None if there is none."""
        ...

    def write_first(self, key: bytes) -> None:
        """Keep a key where there is none yet; where two processes start at once, the first one's is kept."""
        ...

    def write_upcoming(self, key: bytes) -> None:
        """Keep a key that is about to replace the present one."""
        ...

    def promote(self) -> None:
        """Let the upcoming key take the place of the present one."""
        ...


def place_of(config: Config) -> Place:
    """Return where the master key of an installation is kept."""
    return KeyringPlace(config.home) if config.master_key == "keyring" else FilePlace(config.home / KEY_FILE)


def settled(place: Place, opens: Callable[[bytes], bool], *, holds_secrets: bool) -> bytes:
    """Return the key in force, making the first one, and end a replacement that was cut off.

    Args:
        place: Where the key is kept.
        opens: Whether the secrets of the database open with a key.
        holds_secrets: Whether there are any.

    Raises:
        MasterKeyMissing: There are secrets, and no key that opens them.
    """
    present, upcoming = _sized(place, place.read()), place.read(upcoming=True)
    # The database decides: it was sealed anew in one commit, or not at all. A key that does not open stays where it is,
    # as a process that is just sealing with it may be about to commit.
    if upcoming is not None and holds_secrets and opens(upcoming):
        place.promote()
        return upcoming
    if present is None:
        if holds_secrets:
            raise MasterKeyMissing(f"There is no master key at {place.name!r}, but accounts are sealed with it")
        place.write_first(secrets.token_bytes(_SIZES[0]))
        present = _sized(place, place.read())
    if present is None:
        raise MasterKeyMissing(f"The master key at {place.name!r} cannot be read back")
    if holds_secrets and not opens(present):
        raise MasterKeyMissing(
            f"The master key at {place.name!r} is not the one that the secrets of this database are sealed with",
            hint="Put back the key that belongs to this database, from the backup of its home folder; "
            "or start with another database, and enter the accounts' keys again.",
        )
    return present


def _sized(place: Place, key: bytes | None) -> bytes | None:
    if key is not None and len(key) not in _SIZES:
        raise MasterKeyMissing(f"The master key at {place.name!r} has {len(key)} bytes and not {_SIZES[0]}")
    return key


@dataclass(frozen=True, slots=True)
class FilePlace:
    """A private file in the home folder."""

    path: Path

    @property
    def name(self) -> str:
        """The file's path."""
        return str(self.path)

    @property
    def _upcoming(self) -> Path:
        return self.path.with_name(self.path.name + NEXT)

    def read(self, *, upcoming: bool = False) -> bytes | None:
        """Return what the file holds."""
        try:
            return (self._upcoming if upcoming else self.path).read_bytes()
        except FileNotFoundError:
            return None

    def write_first(self, key: bytes) -> None:
        """Write the file whole or not at all, and never over another."""
        draft = self._draft(key)
        try:
            os.link(draft, self.path)
        except FileExistsError:
            return
        finally:
            draft.unlink()

    def write_upcoming(self, key: bytes) -> None:
        """Write the file beside, and see it on the disk."""
        self._draft(key).replace(self._upcoming)
        self._sync()

    def promote(self) -> None:
        """Rename the file beside over the present one."""
        self._upcoming.replace(self.path)
        self._sync()

    def _draft(self, key: bytes) -> Path:
        draft = self.path.with_name(f"{self.path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key)
            file.flush()
            os.fsync(file.fileno())
        return draft

    def _sync(self) -> None:
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class KeyringPlace:
    """The keyring of the user's session."""

    home: Path

    @property
    def name(self) -> str:
        """The service and the name under which it is kept there."""
        return f"keyring:{_SERVICE}/{self.home}"

    def read(self, *, upcoming: bool = False) -> bytes | None:
        """Return what the keyring holds."""
        found = _asked(lambda ring: ring.get_password(_SERVICE, self._entry(upcoming)))
        return pybase64.b64decode(found) if found else None

    def write_first(self, key: bytes) -> None:
        """Keep the key."""
        self._write(key, upcoming=False)

    def write_upcoming(self, key: bytes) -> None:
        """Keep the key beside."""
        self._write(key, upcoming=True)

    def promote(self) -> None:
        """Write the upcoming key over the present one, and only then forget it there."""
        if (key := self.read(upcoming=True)) is not None:
            self._write(key, upcoming=False)
            _asked(lambda ring: ring.delete_password(_SERVICE, self._entry(upcoming=True)))

    def _write(self, key: bytes, *, upcoming: bool) -> None:
        text = pybase64.b64encode(key).decode()
        _asked(lambda ring: ring.set_password(_SERVICE, self._entry(upcoming), text))

    def _entry(self, upcoming: bool) -> str:
        return f"{self.home}{NEXT}" if upcoming else str(self.home)


class _Ring(Protocol):
    def get_password(self, service_name: str, username: str) -> str | None: ...
    def set_password(self, service_name: str, username: str, password: str) -> None: ...
    def delete_password(self, service_name: str, username: str) -> None: ...


def _asked(question: Callable[[_Ring], str | None]) -> str | None:
    import keyring  # noqa: PLC0415 - looks for desktop services, which only this choice needs
    from keyring.errors import KeyringError  # noqa: PLC0415

    try:
        return question(keyring)
    except KeyringError as error:
        raise MasterKeyMissing(f"The keyring does not answer: {error}", hint='Set `master_key = "file"`.') from error
