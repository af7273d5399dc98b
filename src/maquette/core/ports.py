"""The ports: what the engine needs of the world, so that tests can lend it another one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Protocol


class Clock(Protocol):
    """Time."""

    def now(self) -> int:
        """Return the wall time in ms since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        ...


class Blobs(Protocol):
    """Bytes by key."""

    async def put(self, key: str, source: Path | bytes, *, move: bool = False) -> None:
        """Store bytes or a file under `key`, whole or not at all; with `move` the file may be gone then.

        Raises `StorageFull`.
        """
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` up to but not including `end`; raises `NotFound`."""
        ...

    async def link(self, key: str) -> str | None:
        """Return an address where anybody can read `key` for a day; None where the store has none to lend."""
        ...

    def local(self, key: str) -> Path | None:
        """Return the file that holds `key`, to be read only; None where the bytes are not on this machine's disk."""
        ...

    async def delete(self, key: str) -> None:
        """Forget `key`; nothing happens if it is not there."""
        ...

    async def expire(self, key: str, before: int) -> bool:
        """Forget `key` if it was last stored before that time, in ms since 1970; tell whether it is gone."""
        ...


class Runner(Protocol):
    """What hands jobs to processes."""

    def enqueue(self, connection: Any, job: str, epoch: int, priority: int) -> None:
        """Queue a job within the caller's transaction; the same job and epoch queue once."""
        ...

    async def start(self, work: Callable[[str], Awaitable[None]]) -> None:
        """Begin to take jobs from the queue and hand their ids to `work`, on the caller's loop."""
        ...

    async def stop(self) -> None:
        """Take no more jobs."""
        ...
