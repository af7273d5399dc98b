"""The log: what its entries carry, and following it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
from collections import Counter, deque
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

import psycopg
from typing_extensions import override

from maquette.core.interaction import Interaction
from maquette.core.model import Asset, Attempt, Event, Job
from maquette.core.params import Media
from maquette.core.remark import remarks
from maquette.store import event as events
from maquette.store.database import CANCELS, CATALOG, CHANNEL, Store, Tx

log = logging.getLogger("maquette.events")

_KEPT = 4000
_SAFETY_S = 2.0
PING_S = 10.0
"""Seconds of silence after which a follower is told that the stream still lives."""


def job_event(job: Job) -> dict[str, Any]:
    """Return what every event of a job's state carries: all that a list shows."""
    names = (
        "action",
        "produces",
        "state",
        "subject",
        "interaction",
        "parent",
        "waiting_for",
        "wake_at",
        "error",
        "cost",
    )
    made = {name: getattr(job, name) for name in names}
    return {k: v for k, v in made.items() if v is not None}


def outcome(made: Sequence[Media]) -> str:
    """Say in words what was made: `3 images generated successfully`."""
    counts = Counter(made)
    parts = [f"{count} {NOUNS[media][count > 1]}" for media, count in counts.items()]
    return f"{' and '.join(parts)} generated successfully" if parts else ""


NOUNS: Mapping[Media, tuple[str, str]] = {
    "image": ("image", "images"),
    "video": ("video", "videos"),
    "audio": ("sound", "sounds"),
    "text": ("text", "texts"),
    "document": ("document", "documents"),
}
"""What each medium is called, one of it and several."""


def attempt_event(attempt: Attempt) -> dict[str, Any]:
    """Return what every event of an attempt carries."""
    names = ("id", "number", "action", "account", "provider", "model", "state", "error", "cost", "cost_source", "late")
    made = {name: getattr(attempt, name) for name in names}
    return {k: v for k, v in made.items() if v is not None}


def asset_event(asset: Asset) -> dict[str, Any]:
    """Return what the events of an asset carry: enough to lay it out before its bytes arrive."""
    names = (
        "id", "media", "mime", "size", "name", "width", "height", "duration_ms", "pages", "thumbhash", "seed", "source",
        "attempt", "index", "notes",
    )  # fmt: skip
    made = {name: getattr(asset, name) for name in names}
    made["remarks"] = remarks(asset.notes) or None
    return {k: v for k, v in made.items() if v is not None} | {"small": "320" in asset.thumbs}


def interaction_event(interaction: Interaction, action: str) -> dict[str, Any]:
    """Return what every event of an interaction carries: all that a list of open questions shows."""
    names = ("id", "title", "state", "job", "run", "deadline_at")
    return {name: getattr(interaction, name) for name in names} | {"action": action}


class Hub:
    """Follows the log of each workspace once for all who listen in this process."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tails: dict[str, _Tail] = {}
        self._wake = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._listener: _Listener | None = None
        self.stopped = False
        self.cancelled: dict[str, asyncio.Event] = {}
        """Jobs that run here, with what tells them to stop."""
        self._leaving: dict[str, asyncio.Event] = {}
        self._followers = 0
        self.catalog = asyncio.Event()
        """Set when another process may have changed the catalog."""

    async def start(self) -> None:
        """Begin to follow."""
        self._loop = asyncio.get_running_loop()
        self._store.on_commit(self._committed)
        self._tasks.append(asyncio.create_task(self._pump()))
        if not self._store.sqlite:
            url = self._store.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
            self._listener = _Listener(url, self._committed, self._catalog_changed)
            self._listener.start()

    async def stop(self) -> None:
        """End every stream."""
        self.stopped = True
        if self._listener is not None:
            await asyncio.to_thread(self._listener.stop)
        for task in self._tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for tail in self._tails.values():
            tail.ring()
        for leaving in self._leaving.values():
            leaving.set()

    def _committed(self, cancels: list[str]) -> None:
        """Hear of a commit, in whatever thread."""
        if not cancels and not self._followers:
            return  # to wake the loop costs more than most commits, and nobody listens
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop may close between the check and the call
                self._loop.call_soon_threadsafe(self._hear, cancels)

    def _catalog_changed(self) -> None:
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # as above
                self._loop.call_soon_threadsafe(self.catalog.set)

    def _hear(self, cancels: list[str]) -> None:
        for job in cancels:
            if job in self.cancelled:
                self.cancelled[job].set()
        self._wake.set()

    async def _pump(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_SAFETY_S):
                    await self._wake.wait()
            self._wake.clear()
            for workspace, tail in list(self._tails.items()):
                await self._advance(workspace, tail)

    async def _advance(self, workspace: str, tail: _Tail) -> None:
        try:
            while fresh := await self._store.read(workspace, lambda tx: events.after(tx, tail.last)):
                tail.add(fresh)
                if len(fresh) < 500:
                    break
        except Exception:
            log.exception("events.read_failed")

    async def _tail(self, workspace: str) -> _Tail:
        if workspace not in self._tails:
            last = await self._store.read(workspace, events.last)
            self._tails.setdefault(workspace, _Tail(last))
        return self._tails[workspace]

    async def follow(self, workspace: str, *, after: int, job: str | None = None) -> AsyncIterator[Event | None]:
        """Yield events with a higher sequence number, first from the log, then as they come; None after silence."""
        self._followers += 1  # before the first look at the log: of what comes after that look, the pump is told
        try:
            async for entry in self._followed(workspace, after, job):
                yield entry
        finally:
            self._followers -= 1

    async def _followed(self, workspace: str, after: int, job: str | None) -> AsyncIterator[Event | None]:
        tail = await self._tail(workspace)
        tail.listeners += 1
        try:
            seen = after
            while not self.stopped:
                fresh = tail.since(seen)
                if fresh is None:
                    fresh = await self._replay(workspace, seen)
                for entry in fresh:
                    seen = entry.seq
                    if job is None or entry.job == job:
                        yield entry
                if not fresh and not await tail.wait(seen, PING_S):
                    yield None
        finally:
            tail.listeners -= 1
            if not tail.listeners:  # from now on it is told of nothing, so the next one must not begin with it
                self._tails.pop(workspace, None)

    async def _replay(self, workspace: str, seen: int) -> list[Event]:
        return await self._store.read(workspace, lambda tx: events.after(tx, seen))

    def watch(self, job: str) -> asyncio.Event:
        """Return what is set when somebody asks to cancel a job that runs here."""
        return self.cancelled.setdefault(job, asyncio.Event())

    def unwatch(self, job: str) -> None:
        """Forget a job that no longer runs here."""
        self.cancelled.pop(job, None)
        if (leaving := self._leaving.pop(job, None)) is not None:
            leaving.set()

    async def left(self, job: str) -> None:
        """Wait until this process has let go of a job; return at once where it does not run it."""
        if job in self.cancelled and not self.stopped:
            await self._leaving.setdefault(job, asyncio.Event()).wait()


class _Tail:
    """The newest events of one workspace, shared by all its followers."""

    def __init__(self, last: int) -> None:
        self.first = self.last = last
        self.listeners = 0
        self._kept: deque[Event] = deque()
        self._bell = asyncio.Event()

    def add(self, fresh: list[Event]) -> None:
        self._kept.extend(fresh)
        self.last = fresh[-1].seq
        while len(self._kept) > _KEPT:
            self.first = self._kept.popleft().seq
        self.ring()

    def ring(self) -> None:
        self._bell.set()
        self._bell = asyncio.Event()

    def since(self, seq: int) -> list[Event] | None:
        """Return what came after `seq`, or None where that reaches further back than is kept here."""
        if seq < self.first:
            return None
        if seq >= self.last:
            return []
        fresh = list[Event]()
        for entry in reversed(self._kept):
            if entry.seq <= seq:
                break
            fresh.append(entry)
        fresh.reverse()
        return fresh

    async def wait(self, seq: int, seconds: float) -> bool:
        """Wait for something after `seq`; False after so many seconds of silence."""
        bell = self._bell
        if self.last > seq:
            return True
        try:
            async with asyncio.timeout(seconds):
                await bell.wait()
        except TimeoutError:
            return False
        return True


class _Listener(threading.Thread):
    """Holds the one LISTEN connection of this process; reconnects by itself, and the pump's safety poll fills gaps."""

    def __init__(self, url: str, heard: Callable[[list[str]], None], changed: Callable[[], None]) -> None:
        super().__init__(name="events-listen", daemon=True)
        self._url, self._heard, self._changed = url, heard, changed
        self._ended = threading.Event()

    @override
    def run(self) -> None:
        """Listen until stopped."""
        while not self._ended.is_set():
            try:
                self._listen()
            except psycopg.Error:
                log.warning("events.listen_lost", exc_info=True)
                self._ended.wait(1)

    def _listen(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute(f"LISTEN {CHANNEL}")
            connection.execute(f"LISTEN {CANCELS}")
            connection.execute(f"LISTEN {CATALOG}")
            self._changed()  # nobody told of what changed before this connection stood
            while not self._ended.is_set():
                for notice in connection.notifies(timeout=0.5):
                    if notice.channel == CATALOG:
                        self._changed()
                    else:
                        self._heard([notice.payload] if notice.channel == CANCELS else [])

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        self.join(timeout=5)


def attention(tx: Tx, job: Job, attempt: Attempt, reason: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the event that asks for a person carries: what is known, and the money at stake."""
    return job_event(job) | {
        "attempt": attempt.id,
        "reason": dict(reason),
        "provider": attempt.provider,
        "account": attempt.account,
        "money_at_stake": attempt.estimate,
        "since": attempt.sent_at or tx.now,
    }
