"""A server that commands share: the first one starts it, the next ones use it, the last one to leave ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from maquette.cli.child import START_S, STOP_S, Child, healthy
from maquette.client import ServerUnreachable, alive, find_place
from maquette.core.errors import HomeInUse

_NOTE = "command.pid"
_DOOR = "command.lock"
_USERS = "command.users"
_TURN_S = 0.05
_AGAIN_S = 0.5


class Share:
    """This command's part in a shared server of one home folder.

    The kernel gives the locks back however a command ends; a server whose last user was killed is used and ended by
    the next command.
    """

    def __init__(self, home: Path) -> None:
        self._home = home
        self._using: int | None = None

    @property
    def joined(self) -> bool:
        """Whether this command uses a shared server."""
        return self._using is not None

    def join(self) -> None:
        """Use the shared server if there is one: it then stays until this command leaves."""
        if not self.joined and self._server() is not None:
            with self._door():
                self._enter()

    def start(self) -> None:
        """Start a shared server unless there is one by now; raises what `Child.start` does.

        A server of somebody else that is just starting is waited for and used; one that is just ending is waited for
        and replaced.
        """
        self._home.mkdir(mode=0o700, parents=True, exist_ok=True)
        deadline = time.monotonic() + START_S
        with self._door():
            self._enter()
            while not self.joined and not self._another():
                try:
                    self._begin()
                except HomeInUse:
                    if time.monotonic() > deadline:
                        raise
                    self._wait()

    def _begin(self) -> None:
        child = Child(self._home)
        try:
            child.begin()
            (self._home / _NOTE).write_text(str(child.pid), encoding="utf-8")
            child.answering()
        except BaseException:
            child.stop()
            raise
        self._enter()

    def leave(self) -> None:
        """Stop using the shared server, and end it if nobody else does."""
        if self._using is None:
            return
        with self._door():
            os.close(self._using)
            self._using = None
            users = os.open(self._home / _USERS, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return  # somebody else still uses it
            finally:
                os.close(users)
            self._end()

    @contextmanager
    def _door(self) -> Iterator[None]:
        """Let one command at a time look, start, enter and leave."""
        door = os.open(self._home / _DOOR, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(door, fcntl.LOCK_EX)
            yield
        finally:
            os.close(door)

    def _enter(self) -> None:
        if self._server() is None:
            return
        self._using = os.open(self._home / _USERS, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._using, fcntl.LOCK_SH)

    def _server(self) -> int | None:
        """Return the process of the shared server, if the server that runs here is one."""
        try:
            noted = int((self._home / _NOTE).read_text(encoding="utf-8"))
            place = find_place(home=self._home, environ=False)
        except (OSError, ValueError, ServerUnreachable):
            return None
        return noted if place.pid == noted else None

    def _another(self) -> bool:
        """Tell whether a server of somebody else answers here."""
        try:
            return healthy(find_place(home=self._home, environ=False))
        except ServerUnreachable:
            return False

    def _wait(self) -> None:
        """Wait until a server of somebody else answers, or until it is worth trying to start one again."""
        again = time.monotonic() + _AGAIN_S
        while time.monotonic() < again and not self._another():
            time.sleep(_TURN_S)

    def _end(self) -> None:
        pid = self._server()
        if pid is None:
            return
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + STOP_S
        while _runs(pid) and time.monotonic() < deadline:
            time.sleep(_TURN_S)
        if _runs(pid):
            os.kill(pid, signal.SIGKILL)
        (self._home / _NOTE).unlink(missing_ok=True)


def _runs(pid: int) -> bool:
    """Tell whether a process runs; one of our own is also taken out of the table once it has ended."""
    try:
        if os.waitpid(pid, os.WNOHANG)[0] == pid:
            return False
    except ChildProcessError:
        pass  # another command started it
    return alive(pid)
