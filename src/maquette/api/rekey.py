"""`python -m maquette.api.rekey`: seal all secrets anew under a fresh master key, while nothing else runs."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

from maquette.api.__main__ import configured, report
from maquette.api.home import held
from maquette.core.clock import SystemClock
from maquette.core.config import Config
from maquette.core.errors import Conflict, MaquetteError
from maquette.store import process as processes
from maquette.store.database import Store
from maquette.store.master import place_of
from maquette.store.migrate import migrate
from maquette.store.vault import open_vault, renew


def main(arguments: Sequence[str] | None = None) -> int:
    """Replace the master key; returns the exit code: 2 where it could not be done, and then nothing has changed."""
    parser = argparse.ArgumentParser(prog="maquette accounts rekey", description="Replace the master key.")
    parser.add_argument("--home", help="folder of everything that is kept on this machine (default: ~/.maquette)")
    given = parser.parse_args(arguments)
    rest = {"config": None, "host": None, "port": None, "database_url": None, "auth": None}
    try:
        config = configured(argparse.Namespace(home=given.home, **rest))
        with held(config):
            count = asyncio.run(_replaced(config))
    except MaquetteError as error:
        report(error)
        return 2
    sys.stdout.write(
        f"The secrets of {count} accounts are sealed anew; the key is at {place_of(config).name}.\n"
        "Copy it to every other machine of this installation, and into the backup of the home folder.\n"
    )
    return 0


async def _replaced(config: Config) -> int:
    store = await asyncio.to_thread(Store, config.database, SystemClock(), idle_s=config.lease_s)
    try:
        await asyncio.to_thread(migrate, store.engine)
        if not config.is_sqlite:
            await _refuse_company(store)
        return await renew(place_of(config), store, await open_vault(config, store))
    finally:
        await asyncio.to_thread(store.close)


async def _refuse_company(store: Store) -> None:
    """On SQLite the home's lock keeps others out; on Postgres they are known by their leases."""
    alive = [each for each in await store.read("default", processes.listed) if each.fenced_at is None]
    if alive:
        where = ", ".join(sorted({f"process {each.pid} on {each.host}" for each in alive}))
        raise Conflict(
            f"Others use this database: {where}",
            hint="Stop every server and worker first; one that was killed is forgotten when another has started once.",
        )


if __name__ == "__main__":
    sys.exit(main())
