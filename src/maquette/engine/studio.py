"""Assemble one installation: config, store, blobs, catalog, engine. Nothing else holds globals."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from pathlib import Path

from maquette import catalog
from maquette.blobs.store import ObstoreBlobs
from maquette.core.clock import SystemClock
from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid, StoreUnavailable
from maquette.core.installed import offers
from maquette.core.ports import Blobs
from maquette.core.registry import GROUP, Registry
from maquette.engine.disposal import Disposal
from maquette.engine.engine import Engine, Tools
from maquette.engine.events import Hub
from maquette.engine.fetch import Fetcher
from maquette.engine.ingest import Ingest
from maquette.engine.lease import Lease
from maquette.engine.offload import Offload
from maquette.engine.runner import DbosRunner
from maquette.engine.screen import Screens
from maquette.engine.spool import Spool
from maquette.engine.transport import Wires
from maquette.store.database import Store
from maquette.store.migrate import migrate
from maquette.store.vault import Vault, open_vault

log = logging.getLogger("maquette.studio")


@dataclass(slots=True)
class Studio:
    """One installation, as services see it."""

    store: Store
    blobs: Blobs
    registry: Registry
    vault: Vault
    ingest: Ingest
    engine: Engine

    @property
    def config(self) -> Config:
        """The configuration in force: that of the file, with what was settled while running."""
        return self.engine.tools.config

    @config.setter
    def config(self, config: Config) -> None:
        self.engine.tools.config = config

    async def close(self) -> None:
        """Stop the engine and give everything back."""
        tools = self.engine.tools
        await self.engine.stop()
        await tools.wires.close()
        await tools.fetcher.close()
        await tools.offload.close()
        await asyncio.to_thread(self.store.close)


async def build(config: Config, *, kind: str = "server") -> Studio:
    """Open the store (migrating it), the blobs and the engine; the engine is not started yet."""
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    registry = Registry()
    await asyncio.to_thread(lay, config, registry)
    store = await asyncio.to_thread(_open, config)
    blobs = await asyncio.to_thread(ObstoreBlobs.open, config.blobs, config.blob_options)
    plugins = sorted({target.partition(":")[0].partition(".")[0] for target in offers(GROUP).values()})
    offload = Offload(
        processes=config.offload_processes,
        bytes_limit=config.offload_bytes,
        allowed=["maquette.providers", "maquette.engine.media", *plugins],
    )
    vault = await open_vault(config, store)
    lease = Lease(store, kind=kind, ttl_s=config.lease_s)
    scratch = _folder(config, f"scratch/{lease.process}")
    ingest = Ingest(blobs=blobs, offload=offload, limits=config.limits, scratch=scratch)
    tools = Tools(
        config=config,
        store=store,
        blobs=blobs,
        registry=registry,
        vault=vault,
        offload=offload,
        ingest=ingest,
        spool=Spool(config.home / "spool"),
        hub=Hub(store),
        wires=Wires(
            answer_timeout_s=config.answer_timeout_s,
            output_bytes=config.limits.output_bytes,
            private=config.private_networks,
        ),
        fetcher=Fetcher(),
        lease=lease,
        scratch=scratch,
        previews=_folder(config, "previews"),
        disposal=Disposal(store, blobs, config.home / "condemned"),
        screens=Screens(store),
    )
    engine = Engine(tools, DbosRunner(config, lease.executor), kind=kind)
    return Studio(store, blobs, tools.registry, vault, ingest, engine)


def lay(config: Config, registry: Registry) -> bool:
    """Lay the files of `catalog/` in the home folder over the catalog's own, and tell whether that changed anything.

    Raises `ConfigInvalid`, naming file and place, for a fault in them; all stays as it was then.
    """
    folder = config.home / "catalog"
    for path in folder.glob("*.json"):
        if not registry.has(path.stem):
            raise ConfigInvalid(
                f"The catalog file {str(path)!r} is of no provider that is installed",
                hint="Call it as the provider, as `maquette providers list` does.",
            )
    before = catalog.laid()
    catalog.lay(folder)
    return catalog.laid() != before


def _open(config: Config) -> Store:
    store = Store(config.database, SystemClock(), idle_s=config.lease_s)
    try:
        migrate(store.engine)
    except Exception as error:
        store.close()
        if "sqlite3" in type(error).__module__ or "sqlalchemy" in type(error).__module__:
            raise StoreUnavailable(f"The database cannot be opened: {error}") from error
        raise
    return store


def _folder(config: Config, name: str) -> Path:
    path = config.home / name
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
