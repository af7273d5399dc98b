"""Who is alive: each process beats by the database's clock, in its own thread, and sends nothing when it cannot."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
import time
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from maquette.core.errors import ServerFault
from maquette.core.ids import new_id
from maquette.store import process as processes
from maquette.store.database import Store
from maquette.store.process import Process

log = logging.getLogger("maquette.lease")


def born(pid: int) -> str:
    """Return what tells this run of a pid from another: its start time and the machine's boot, "" where unknown."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return ""
    return "" if fields[0] in "ZX" else f"{boot}:{fields[19]}"


_LAST_BEAT_S = 5.0
"""Most seconds for which a stop waits for a beat that is under way."""


class Lease:
    """The lease of this process."""

    def __init__(self, store: Store, *, kind: str, ttl_s: float, executor: str | None = None) -> None:
        self.process = new_id("proc")
        self.executor = executor or self.process
        self.ttl_s = ttl_s
        self.lost = threading.Event()
        self._store = store
        self._kind = kind
        self._renewed = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)

    async def start(self) -> None:
        """Register this process and begin to beat."""
        pid = os.getpid()
        me = Process(self.process, socket.gethostname(), pid, born(pid), self._kind, self.executor, 0)
        asked = time.monotonic()
        await self._store.write("", lambda tx: processes.register(tx, me))
        self._renewed = asked
        self._thread.start()

    def fresh(self) -> bool:
        """Tell whether this process may begin a paid call: its lease is younger than half its life."""
        return not self.lost.is_set() and time.monotonic() - self._renewed < self.ttl_s / 2

    def _beat(self) -> None:
        while not self._ended.wait(self.ttl_s / 5):
            asked = time.monotonic()
            try:
                alive = self._store.write_here(lambda tx: processes.beat(tx, self.process))
            except (ServerFault, SQLAlchemyError):
                # A full disk among them: the trouble may pass, and a thread that ended would never beat again.
                log.warning("lease.not_renewed", exc_info=True)
                continue
            if not alive:
                log.error("lease.lost: another process took over while this one was silent")
                self.lost.set()
                return
            self._renewed = asked

    async def stop(self) -> None:
        """Beat no more, and say that this process will neither send nor write again."""
        self._ended.set()
        self.lost.set()
        if self._thread.is_alive():
            # A beat under way holds a connection, which must be given back before the store closes.
            await asyncio.to_thread(self._thread.join, _LAST_BEAT_S)
        await self._store.write("", lambda tx: processes.end(tx, self.process))


async def cannot_send(store: Store, process: str | None) -> bool:
    """Tell whether a process is known to be unable to send anything any more: it ended, or its pid is gone."""
    found = await store.read("", lambda tx: processes.get(tx, process or ""))
    return found is None or found.ended_at is not None or is_dead(found)


def is_dead(process: Process) -> bool:
    """Tell whether the process is known to be dead: on this machine, its pid is gone or is another program's."""
    if process.host != socket.gethostname():
        return False
    return bool(process.born) and born(process.pid) != process.born
