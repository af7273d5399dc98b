"""Where the answers of paid calls land first: a head line, the body, fsync, and a rename when complete.

A complete file survives every crash after it, so an answer that was paid for and received is never lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import msgspec

from maquette.core.action import Answer
from maquette.core.errors import StorageFull

_RETRY_S = 2.0
_PATIENCE = 300


@dataclass(slots=True)
class Entry:
    """An answer on its way to the disk."""

    path: Path
    file: BinaryIO
    head: bytes
    size: int = 0
    torn: bool = False
    digest: str = ""
    """The sha256 of the whole entry, once it is complete."""
    pieces: list[bytes] = field(default_factory=list[bytes])

    @property
    def body(self) -> bytes:
        """All that came, in one piece."""
        if len(self.pieces) > 1:
            self.pieces = [b"".join(self.pieces)]
        return self.pieces[0] if self.pieces else b""

    def write(self, chunk: bytes) -> None:
        """Append bytes of the body; on a full disk they stay in memory until `complete` finds room."""
        self.size += len(chunk)
        self.pieces.append(chunk)
        try:
            self.file.write(chunk)
        except OSError:
            self.torn = True

    async def complete(self) -> None:
        """Make the entry durable and give it its final name; waits for room on a full disk.

        Raises:
            StorageFull: There was no room for ten minutes.
        """
        for _ in range(_PATIENCE):
            if await asyncio.to_thread(self._complete):
                return
            await asyncio.sleep(_RETRY_S)
        raise StorageFull("The spool cannot be written, and a paid answer is held in memory only")

    def _complete(self) -> bool:
        try:
            if self.torn:
                self.file.seek(0)
                self.file.truncate()
                self.file.writelines([self.head, *self.pieces])
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError:
            self.torn = True
            return False
        found = hashlib.sha256(self.head)
        for piece in self.pieces:
            found.update(piece)
        self.digest = found.hexdigest()
        self.file.close()
        self.path.rename(self.path.with_suffix(".answer"))
        return True

    def abandon(self) -> None:
        """Leave the torn file for the record under `.torn`."""
        with contextlib.suppress(OSError):  # closing flushes, which a full disk refuses
            self.file.close()
        self.path.rename(self.path.with_suffix(".torn"))


class Spool:
    """A folder of answers on this host."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.host = self._identify()

    def _identify(self) -> str:
        """Return the id of this folder, so that a process elsewhere knows that it cannot look here."""
        marker = self.folder / "host.id"
        try:
            with marker.open("x") as file:
                file.write(uuid.uuid4().hex)
        except FileExistsError:
            pass
        return marker.read_text().strip()

    def open(self, attempt: str, status: int, headers: Mapping[str, str]) -> Entry:
        """Begin an entry."""
        path = self.folder / f"{attempt}.part"
        try:
            file = path.open("wb")
        except OSError as error:
            raise StorageFull(f"The spool cannot be written: {error.strerror}") from error
        entry = Entry(path, file, msgspec.json.encode({"status": status, "headers": dict(headers)}) + b"\n")
        try:
            file.write(entry.head)
        except OSError:
            entry.torn = True
        return entry

    def has(self, attempt: str) -> bool:
        """Tell whether a complete answer is here."""
        return (self.folder / f"{attempt}.answer").exists()

    def read(self, attempt: str) -> Answer | None:
        """Return a complete answer."""
        try:
            raw = (self.folder / f"{attempt}.answer").read_bytes()
        except FileNotFoundError:
            return None
        head, _, body = raw.partition(b"\n")
        found = msgspec.json.decode(head)
        return Answer(found["status"], found["headers"], body)

    def digest(self, attempt: str) -> str:
        """Return the sha256 of a complete answer, the handle of a call that answers with its result."""
        with (self.folder / f"{attempt}.answer").open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def forget(self, attempt: str) -> None:
        """Remove what is left of an attempt."""
        for suffix in (".answer", ".torn", ".part"):
            (self.folder / f"{attempt}{suffix}").unlink(missing_ok=True)

    def complete(self) -> list[str]:
        """Return the attempts whose answers are here."""
        return [path.stem for path in self.folder.glob("*.answer")]
