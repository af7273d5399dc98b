"""Start a twin for a test and end it by its process id."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.scenarios.nursery import Child
from tests.twins.ledger import BILL, LOG, lines
from tests.twins.wire import Json

ROOT = Path(__file__).parents[2]
PATIENCE = 10.0
Name = Literal[
    "anthropic",
    "automatic1111",
    "bfl",
    "cohere",
    "comfyui",
    "elevenlabs",
    "fal",
    "google",
    "google_speech",
    "leonardo",
    "midjourney",
    "openai",
    "replicate",
    "runware",
    "runway",
    "stability",
    "swarmui",
]


@dataclass(frozen=True)
class Twin:
    """Reach a running twin.

    Attributes:
        url: Where the vendor's wire begins, without a path.
        control: Where the control routes are; the product is never told.
        pid: The twin's process.
        folder: Where the bill and the log are.
    """

    url: str
    control: str
    pid: int
    folder: Path

    def bill(self) -> list[Json]:
        """Return one line for each time the provider took money."""
        return lines(self.folder / BILL)

    def bills(self, marker: str | None) -> int:
        """Return how often the provider took money for a prompt."""
        return sum(line["marker"] == marker for line in self.bill())

    def log(self, phase: str | None = None) -> list[Json]:
        """Return one line for each request that has ended, of one phase or of all."""
        return [line for line in lines(self.folder / LOG) if phase in (None, line["phase"])]

    def state(self) -> Json:
        """Return what the twin remembers."""
        return self._ask("state")

    def set_faults(self, **changes: Any) -> Json:
        """Change the conditions (`rate`, `kinds`, `latency` …) and return them.

        Raises:
            ValueError: A name is unknown.
        """
        return self._ask("faults", changes)

    def restart(self) -> None:
        """Let the twin forget what a restarted server forgets."""
        self._ask("restart", {})

    def settle(self, patience: float = PATIENCE) -> None:
        """Wait until no request is in flight, so that the log is complete.

        Raises:
            TimeoutError: Some request took longer.
        """
        end = time.monotonic() + patience
        while self.state()["in_flight"]:
            if time.monotonic() > end:
                raise TimeoutError("the twin is still answering")
            time.sleep(0.01)

    def _ask(self, route: str, body: Json | None = None) -> Json:
        data = None if body is None else json.dumps(body, default=sorted).encode()
        try:
            with urllib.request.urlopen(f"{self.control}/__twin__/{route}", data, PATIENCE) as answer:
                found: Json = json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                raise ValueError(error.read().decode()) from error
        return found


class AsyncTwin:
    """Reach a running twin from an event loop."""

    def __init__(self, twin: Twin) -> None:
        self._twin = twin
        self.url = twin.url
        self.pid = twin.pid
        self.bill = twin.bill
        self.log = twin.log

    async def state(self) -> Json:
        """Return what the twin remembers."""
        return await asyncio.to_thread(self._twin.state)

    async def set_faults(self, **changes: Any) -> Json:
        """Change the conditions and return them."""
        return await asyncio.to_thread(lambda: self._twin.set_faults(**changes))

    async def restart(self) -> None:
        """Let the twin forget what a restarted server forgets."""
        await asyncio.to_thread(self._twin.restart)

    async def settle(self, patience: float = PATIENCE) -> None:
        """Wait until no request is in flight, so that the log is complete."""
        await asyncio.to_thread(self._twin.settle, patience)


@contextmanager
def running(name: Name, folder: Path, *, seed: int = 0, faults: float = 0.0, **options: Any) -> Iterator[Twin]:
    """Run a twin while the block lasts.

    Args:
        name: Which vendor.
        folder: Where it keeps its bill and log.
        seed: Of the storm.
        faults: The share of submits that meet a fault.
        options: Further flags by name, such as `latency=0.2`, `kinds=("hang",)`, `workers=2` or `port=8188`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    said = folder / "said"
    said.unlink(missing_ok=True)
    process = Child(_command(name, folder, {"seed": seed, "faults": faults, **options}), os.environ, said, ROOT)
    try:
        yield _ready(process, said)
    finally:
        _end(process)


@asynccontextmanager
async def running_twin(
    name: Name, folder: Path, *, seed: int = 0, faults: float = 0.0, **options: Any
) -> AsyncIterator[AsyncTwin]:
    """Run a twin while the block lasts, as `running` does, without blocking the loop."""
    block = running(name, folder, seed=seed, faults=faults, **options)
    twin = await asyncio.to_thread(block.__enter__)
    try:
        yield AsyncTwin(twin)
    finally:
        await asyncio.to_thread(block.__exit__, None, None, None)


def _command(name: Name, folder: Path, options: Json) -> list[str]:
    command = [f"tests.twins.{name}", "--folder", str(folder)]
    for key, value in options.items():
        shown = ",".join(value) if isinstance(value, list | tuple | set | frozenset) else str(value)
        command += [f"--{key.replace('_', '-')}", shown]
    return command


def _ready(process: Child, said: Path) -> Twin:
    end = time.monotonic() + PATIENCE * 3
    while time.monotonic() < end and process.poll() is None:
        first, told, _ = said.read_text().partition("\n") if said.exists() else ("", "", "")
        if told and first.startswith("{"):
            found = json.loads(first)
            at = "http://127.0.0.1"
            return Twin(f"{at}:{found['port']}", f"{at}:{found['control']}", found["pid"], said.parent)
        time.sleep(0.01)  # a forked process has a file to speak to, and no pipe
    raise RuntimeError(f"the twin ended with {process.poll()} before it was ready: {said.read_text()[-2000:]}")


def _end(process: Child) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
