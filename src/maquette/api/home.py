"""The home folder of a running server: one server at a time on SQLite, and a note of where it listens."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid, HomeInUse
from maquette.services.key import write_private

NOTE = "server.json"
"""File with the address and the process id of the running server."""
_LOCK = "server.lock"
_PATIENCE_S = 2.0
"""How long the lock is waited for: a child that a killed server was starting has it until it runs its own program."""


@contextmanager
def held(config: Config) -> Iterator[None]:
    """Hold the home folder; raises `HomeInUse` where another server on its SQLite file does."""
    try:
        config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(config.home / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigInvalid(
            f"The home folder {str(config.home)!r} cannot be written: {error.strerror}",
            hint="Choose another with --home or MAQUETTE_HOME.",
        ) from error
    with os.fdopen(handle, "r+") as lock:
        # The kernel gives the lock back however the process ends, so a crash leaves nothing to clean up.
        if config.is_sqlite:
            _lock(lock.fileno(), config.home)
        yield


def _lock(lock: int, home: Path) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if time.monotonic() >= end:
                raise HomeInUse(f"Another server runs on {str(home)!r}") from error
        time.sleep(0.05)


def announce(home: Path, url: str) -> None:
    """Note where this server listens, for the command line."""
    write_private(home / NOTE, json.dumps({"url": url, "pid": os.getpid(), "started": time.time_ns() // 1_000_000}))


def withdraw(home: Path) -> None:
    """Take the note away, unless another server has written its own."""
    try:
        if json.loads((home / NOTE).read_text(encoding="utf-8"))["pid"] == os.getpid():
            (home / NOTE).unlink()
    except (OSError, ValueError, KeyError):
        return
