"""A server of our own: started as a child process, waited for, and ended by its process id."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from maquette.client import Client, Place, ServerUnreachable, find_place
from maquette.core.errors import ConfigInvalid, HomeInUse, MaquetteError

START_S = 60.0
STOP_S = 15.0
LOG = "server.log"
REFUSED_TO_START = 2
"""The server's exit code where it could not start; its last two lines are the reason and the hint."""


class Child:
    """A `maquette.api` process on a home folder, in this environment or the one given; leaving the context ends it."""

    def __init__(self, home: Path, *, port: int = 0, environ: Mapping[str, str] | None = None) -> None:
        self.home, self.port = home, port
        self._environ = environ
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid if self._process else 0

    @property
    def log(self) -> Path:
        """The file that takes what the server says."""
        return self.home / LOG

    def start(self) -> Place:
        """Start the process and return its place once it answers; keeps its port for the next start.

        Raises:
            HomeInUse: Another server runs on the home folder.
            ConfigInvalid: It refused to start; the message is its reason.
            ServerUnreachable: It ended, or did not answer in time; the message holds its last words.
        """
        self.begin()
        return self.answering()

    def begin(self) -> None:
        """Start the process and do not wait for it."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        command = [sys.executable, "-m", "maquette.api", "--port", str(self.port)]
        environ = {**(os.environ if self._environ is None else self._environ), "MAQUETTE_HOME": str(self.home)}
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "ab") as log:
            # Its own group: a Ctrl-C in the terminal is for us, and we end it when we are done.
            self._process = subprocess.Popen(
                command, env=environ, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )

    def answering(self) -> Place:
        """Return the place of the process once it answers; raises what `start` does."""
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self._process is not None and self._process.poll() is not None:
                raise self._ended(self._process.returncode)
            place = self._place()
            if place is not None and healthy(place):
                self.port = int(place.url.rpartition(":")[2])
                return place
            time.sleep(0.05)
        raise ServerUnreachable(f"The server did not answer within {START_S:g} s", hint=f"Read {str(self.log)!r}.")

    def _place(self) -> Place | None:
        try:
            place = find_place(home=self.home, environ=False)
        except ServerUnreachable:
            return None
        return place if place.pid == self.pid else None

    def _ended(self, code: int) -> MaquetteError:
        said = [line for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        if code == REFUSED_TO_START and len(said) >= 2:
            kind = HomeInUse if said[-1] == HomeInUse.hint else ConfigInvalid
            return kind(said[-2], hint=said[-1])
        words = " ".join(said[-3:])[-600:] or "it said nothing"
        return ServerUnreachable(f"The server ended with code {code}: {words}", hint=f"Read {str(self.log)!r}.")

    def kill(self) -> None:
        """End the process at once, as a power cut would."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def stop(self) -> None:
        """Ask the process to end, and end it if it does not."""
        process = self._process
        if process is None or process.poll() is not None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.kill()


def healthy(place: Place) -> bool:
    """Tell whether a server answers there."""
    with Client(place.url, timeout=2.0) as client:
        try:
            client.health()
        except (ServerUnreachable, json.JSONDecodeError):
            return False
    return True
