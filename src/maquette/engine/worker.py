"""`python -m maquette.engine.worker`: a process that runs jobs and serves nobody. Needs Postgres."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path

from maquette.core.config import Config, read
from maquette.core.errors import ConfigInvalid, MaquetteError
from maquette.engine import log
from maquette.engine.memory import calm_collector, rest_collector, share_heaps


def configured(home: Path) -> Config:
    """Return the configuration of this process, from the file in its home and the environment."""
    path = Path(os.environ.get("MAQUETTE_CONFIG", home / "maquette.toml"))
    return read(path.read_text() if path.exists() else "", os.environ, {}, home=home)


async def serve(config: Config) -> None:
    """Run jobs until a signal ends the process."""
    # Most of the start, while the collector rests.
    from maquette.engine.patience import insist  # noqa: PLC0415
    from maquette.engine.studio import build  # noqa: PLC0415

    if config.is_sqlite:
        raise ConfigInvalid(
            "A worker needs Postgres: on SQLite the server itself runs the jobs",
            hint="Set `database_url` to a Postgres address, for the server and the workers alike.",
        )
    studio = await build(config, kind="worker")
    await insist(studio.engine.definitions.load)
    await studio.engine.start()
    calm_collector()
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, done.set)
    sys.stdout.write(f"worker {studio.engine.process} takes jobs\n")
    sys.stdout.flush()
    await done.wait()
    await studio.close()


def main() -> int:
    """Run a worker; returns the exit code."""
    share_heaps()
    rest_collector()
    home = Path(os.environ.get("MAQUETTE_HOME", Path.home() / ".maquette"))
    try:
        config = configured(home)
        log.start(config)
        asyncio.run(serve(config))
    except MaquetteError as error:
        sys.stderr.write(f"{error.message}\n{error.advice}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
