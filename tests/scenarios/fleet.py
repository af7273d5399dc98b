"""Real processes of the product: start them, kill them, freeze them, and speak to the server over HTTP."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.scenarios.nursery import Child

ROOT = Path(__file__).parents[2]
Json = dict[str, Any]
Started = subprocess.Popen[bytes] | Child


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Fleet:
    """One installation: a server, and workers on Postgres.

    Attributes:
        home: Its home folder, with `maquette.toml` in it.
        settings: Further environment of every process.
        command: What is run as the server; a mutant stands in for it in tests of the test.
        worker_command: The same for a worker.
        forked: Whether its processes are forked with their modules loaded, which is quicker. What measures a start or
            the memory of one starts it anew, and so is one that is given another `PYTHONPATH`.
    """

    home: Path
    settings: dict[str, str] = field(default_factory=dict)
    command: tuple[str, ...] = ("maquette.api",)
    worker_command: tuple[str, ...] = ("maquette.engine.worker",)
    port: int = field(default_factory=free_port)
    server: Started | None = None
    workers: list[Started] = field(default_factory=list)
    kills: list[float] = field(default_factory=list)
    hired: int = 0
    forked: bool = True

    def environment(self) -> dict[str, str]:
        """Return the environment of a process."""
        base = {k: v for k, v in os.environ.items() if not k.startswith("MAQUETTE_")}
        return {
            **base,
            "MAQUETTE_HOME": str(self.home),
            "MAQUETTE_PORT": str(self.port),
            "PYTHONPATH": str(ROOT),
            **self.settings,
        }

    def start(self, patience: float = 60) -> None:
        """Start the server and wait until it answers."""
        self.server = self._spawn(self.command, "server")
        self.wait_ready(patience)

    def wait_ready(self, patience: float = 60) -> None:
        """Wait until the server answers; raises `RuntimeError` with its last words if it ends first."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if self.server is None or self.server.poll() is not None:
                raise RuntimeError(f"the server ended: {self.words('server')}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except OSError:
                time.sleep(0.02)
        raise TimeoutError(f"no answer on port {self.port}: {self.words('server')}")

    def hire(self, patience: float = 0) -> Started:
        """Start one more worker, and wait so long until it takes jobs."""
        self.hired += 1
        name = f"worker-{self.hired}"
        worker = self._spawn(self.worker_command, name)
        self.workers.append(worker)
        end = time.monotonic() + patience
        while time.monotonic() < end and "takes jobs" not in self.words(name):
            time.sleep(0.05)
        return worker

    def _spawn(self, command: tuple[str, ...], name: str) -> Started:
        path = self.home / f"{name}.log"
        if self.forked and "PYTHONPATH" not in self.settings:
            return Child(command, self.environment(), path, ROOT)
        with path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", *command],
                cwd=ROOT,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def words(self, name: str) -> str:
        """Return the end of a process's log."""
        path = self.home / f"{name}.log"
        return path.read_text(errors="replace")[-3000:] if path.exists() else ""

    def kill(self, process: Started | None) -> None:
        """kill -9, and note when."""
        if process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
            self.kills.append(time.time())

    def close(self) -> None:
        """End every process of this fleet."""
        for process in [*self.workers, self.server]:
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in [*self.workers, self.server]:
            if process is None:
                continue
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    # -- over HTTP --------------------------------------------------------------------------------------------------

    def ask(self, method: str, path: str, body: Json | None = None, **headers: str) -> tuple[int, Json]:
        """Send a request with the admin key and return status and JSON."""
        key = (self.home / "admin.key").read_text().strip()
        sent = {"authorization": f"Bearer {key}", "content-type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read() or b"{}")

    def fetch(self, path: str) -> bytes:
        """Return the bytes at a path."""
        key = (self.home / "admin.key").read_text().strip()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", headers={"authorization": f"Bearer {key}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())

    def jobs(self) -> list[Json]:
        """Return every job."""
        found: list[Json] = []
        before = ""
        while True:
            status, page = self.ask("GET", f"/api/v1/jobs?limit=200{before}")
            if status != 200:
                raise RuntimeError(f"GET /api/v1/jobs answered {status}: {page}")
            found += page["items"]
            if not page.get("next"):
                return found
            before = f"&before={page['next']}"
