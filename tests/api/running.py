"""A real server on loopback, as its own process, and callers of it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.scenarios.nursery import Child

Started = subprocess.Popen[bytes] | Child
ACTION = "media.painter.txt2img"
SMALL = {"prompt": "a red disc on a white ground", "width": 64, "height": 64, "seed": 7}
START_S = 40
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Without any certificate: to load them takes longer than most requests, and none of ours is encrypted."""


@dataclass
class Running:
    """A server and the ways to call it."""

    home: Path
    url: str
    admin_key: str
    keys: dict[str, str] = field(default_factory=dict)

    def caller(self, role: str | None = "admin", **headers: str) -> httpx2.Client:
        given = {"Authorization": f"Bearer {self.key(role)}"} if role else {}
        return httpx2.Client(base_url=self.url, headers={**given, **headers}, timeout=30, verify=PLAIN)

    def key(self, role: str) -> str:
        if role not in self.keys:
            with self.caller(None, **{"x-api-key": self.admin_key}) as client:
                made = client.post("/api/v1/keys", json={"name": f"test {role}", "role": role})
            assert made.status_code == 201, made.text
            self.keys[role] = made.json()["token"]
        return self.keys[role]

    def standing(self) -> dict[str, Any]:
        """What decides over the requests of others: accounts, presets, defaults, budgets and filters."""
        with self.caller() as client:
            return {
                place: client.get(f"/api/v1/{place}").json() for place in ("configuration", "budgets", "housekeeping")
            }


def left_as_found(server: Running, expected: Iterable[str] = ()) -> Iterator[None]:
    """Run a test between two looks at a server that others share; accounts of the named providers may come and go."""

    def seen() -> dict[str, Any]:
        found = server.standing()
        whole = found.pop("configuration")
        accounts = [each for each in whole.pop("accounts") if each["provider"] not in expected]
        # Nobody meets a workflow by chance: it is asked for by name.
        serving = [each for each in whole.pop("definitions") if each["kind"] != "workflow"]
        return {**found, **whole, "accounts": accounts, "definitions": serving}

    before = seen()
    yield
    assert seen() == before, "this test changed what other tests on this server rely on; let it put that back"


def command(home: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "maquette.api", "--home", str(home), *arguments]


def environ(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("MAQUETTE_")} | dict(extra or {})


@contextmanager
def serving(home: Path, config: str = "", extra: Mapping[str, str] | None = None) -> Iterator[Running]:
    home.mkdir(mode=0o700, exist_ok=True)
    (home / "maquette.toml").write_text(config)
    process = started(home, environ(extra))
    try:
        yield answering(home, process)
    finally:
        process.terminate()
        assert process.wait(20) == 0


def started(home: Path, surroundings: Mapping[str, str]) -> Started:
    """Start a server: forked with its modules loaded, but where it is to find other modules."""
    log = home / "server.log"
    if surroundings.get("PYTHONPATH") == os.environ.get("PYTHONPATH"):
        return Child(command(home, "--port", "0")[2:], surroundings, log, Path.cwd())
    with log.open("wb") as target:
        return subprocess.Popen(command(home, "--port", "0"), stdout=target, stderr=target, env=surroundings)


def answering(home: Path, process: Started) -> Running:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline and process.poll() is None:
        if (note := read(home / "server.json")) and note["pid"] == process.pid:
            return Running(home, note["url"], (home / "admin.key").read_text().strip())
        time.sleep(0.02)
    raise AssertionError((home / "server.log").read_text()[-3000:])


def read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError:
        return None
    return found


def events(lines: Iterator[str]) -> Iterator[tuple[str | None, str, Any]]:
    """Yield (id, event, data) of a stream."""
    block: dict[str, str] = {}
    for line in lines:
        if not line and "data" in block:
            yield block.get("id"), block["event"], json.loads(block["data"])
        if not line:
            block = {}
            continue
        name, _, value = line.partition(": ")
        block[name] = value


def made(client: httpx2.Client, **params: Any) -> dict[str, Any]:
    """Run one small job to its end."""
    answer = client.post(
        "/api/v1/jobs", json={"action": ACTION, "params": SMALL | params}, headers={"Prefer": "wait=30"}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def newest(client: httpx2.Client) -> str | None:
    """Return the id of the job that was made last; those of other tests may still be under way."""
    return next((job["id"] for job in client.get("/api/v1/jobs", params={"limit": 1}).json()["items"]), None)


def png(width: int = 8, height: int = 8, color: tuple[int, int, int] = (200, 10, 10)) -> bytes:
    from io import BytesIO

    from PIL import Image

    target = BytesIO()
    Image.new("RGB", (width, height), color).save(target, "PNG")
    return target.getvalue()
