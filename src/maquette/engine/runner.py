"""The queue, on DBOS: it distributes job ids to processes and nothing else; the ledger holds the truth.

A job that must run again (woken, taken over) is queued under a new workflow id, `{job}:{epoch}`. So nothing depends on
how DBOS recovers, and its own recovery of a dead process's workflows is never needed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence, Set
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, DBOSPortableJSONSerializer

from maquette.core.config import Config

log = logging.getLogger("maquette.runner")

QUEUE = "maquette-jobs"
WORKFLOW = "maquette.run"
PROTOCOL = "maquette-1"
"""Changes only if what is queued changes its meaning; a process runs only jobs of its own protocol."""

_POLL_S = 0.2
_POLL_ALONE_S = 1.0
"""On SQLite a process begins at once what it queues, so a look at the queue finds only what was left there."""
_NOTICE_S = 0.2
"""How often DBOS looks for messages between workflows. There are none here, so nothing is asked of the database; but on
SQLite the end of a process waits for that thread, which by default sleeps for a second."""
_KEPT = timedelta(hours=1)
_PIECE = 500
Work = Callable[[str], Awaitable[None]]


class DbosRunner:
    """`core.ports.Runner` on DBOS, in the database of the store."""

    def __init__(self, config: Config, executor: str) -> None:
        self._config = config
        self._executor = executor
        self._url = _url(config.database)
        self._client: DBOSClient | None = None
        self._launched = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._running: set[asyncio.Future[None]] = set()

    async def prepare(self) -> None:
        """Make the queue's tables, so that jobs can be queued."""
        await asyncio.to_thread(self._prepare)

    def _prepare(self) -> None:
        DBOS.migrate(self._url)
        self._client = DBOSClient(
            system_database_url=self._url,
            serializer=DBOSPortableJSONSerializer(),
            lazy=True,
            application_name="maquette",
        )

    def enqueue(self, connection: sa.Connection, job: str, epoch: int, priority: int) -> None:
        """Queue a job within the caller's transaction; the same job and epoch queue once."""
        assert self._client is not None, "prepare() comes first"  # noqa: S101
        self._client.enqueue_in_transaction(
            connection,
            {
                "workflow_name": WORKFLOW,
                "queue_name": QUEUE,
                "workflow_id": f"{job}:{epoch}",
                "app_version": PROTOCOL,
                "priority": max(1, 1000 - priority),
            },
            job,
        )

    async def start(self, work: Work) -> None:
        """Begin to take jobs from the queue and hand their ids to `work`, on the caller's loop."""
        self._loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._launch, work)
        self._launched = True

    def _launch(self, work: Work) -> None:
        settings: DBOSConfig = {
            "name": "maquette",
            "system_database_url": self._url,
            "application_version": PROTOCOL,
            "executor_id": self._executor,
            "serializer": DBOSPortableJSONSerializer(),
            "run_migrations": False,
            "log_level": "WARNING",
            "max_executor_threads": 8,
            "notification_listener_polling_interval_sec": _NOTICE_S,
            "sys_db_idle_transaction_timeout_sec": self._config.lease_s,
        }
        DBOS(config=settings)

        @DBOS.workflow(name=WORKFLOW)
        async def run(job: str) -> None:
            await self._bridge(work, job)

        DBOS.launch()
        limit = self._config.worker_concurrency
        gap = _POLL_ALONE_S if self._config.is_sqlite else _POLL_S
        DBOS.register_queue(QUEUE, worker_concurrency=limit, polling_interval_sec=gap, on_conflict="always_update")

    async def _bridge(self, work: Work, job: str) -> None:
        """Run the job on the server's loop; DBOS only waits for it on its own."""
        assert self._loop is not None  # noqa: S101
        future = asyncio.run_coroutine_threadsafe(_held(work, job), self._loop)
        await asyncio.wrap_future(future)

    async def stop(self) -> None:
        """Take no more jobs."""
        if self._launched:
            self._launched = False
            await asyncio.to_thread(DBOS.destroy, workflow_completion_timeout_sec=0, destroy_registry=True)
        if self._client is not None:
            await asyncio.to_thread(self._client.destroy)

    async def holders(self, queued: Sequence[tuple[str, int]]) -> dict[str, str | None]:
        """Tell who holds each queued (job, epoch): "" while it is in the queue, an executor, or None if nobody does."""
        return await asyncio.to_thread(self._holders, queued)

    def _holders(self, queued: Sequence[tuple[str, int]]) -> dict[str, str | None]:
        client = self._client
        if client is None or not queued:
            return {}
        names = [f"{job}:{epoch}" for job, epoch in queued]
        found = client.list_workflows(workflow_ids=names, load_input=False, load_output=False)
        holding = {entry.workflow_id: entry for entry in found}
        made: dict[str, str | None] = {}
        for (job, _), name in zip(queued, names, strict=True):
            status = holding[name].status if name in holding else ""
            made[job] = {"ENQUEUED": "", "PENDING": holding[name].executor_id if name in holding else None}.get(status)
        return made

    async def tidy(self, live: Set[str]) -> int:
        """Forget workflows that ended an hour ago, and those that executors other than `live` held; return how many."""
        return await asyncio.to_thread(self._tidy, live)

    def _tidy(self, live: Set[str]) -> int:
        client = self._client
        if client is None:
            return 0
        before = (datetime.now(UTC) - _KEPT).isoformat()
        light: dict[str, Any] = {"queue_name": QUEUE, "load_input": False, "load_output": False, "limit": _PIECE}
        old = client.list_workflows(status=["SUCCESS", "ERROR", "CANCELLED"], completed_before=before, **light)
        held = client.list_workflows(status="PENDING", **light)
        names = [entry.workflow_id for entry in (*old, *(e for e in held if e.executor_id not in live))]
        if names:
            client.delete_workflows(names)
        return len(names)


async def _held(work: Work, job: str) -> None:
    try:
        await work(job)
    except asyncio.CancelledError:
        log.info("job.stopped with its process", extra={"job": job})


def _url(database: str) -> str:
    address: Any = sa.make_url(database)
    if address.drivername in {"postgres", "postgresql"}:
        address = address.set(drivername="postgresql+psycopg")
    return str(address.render_as_string(hide_password=False))
