"""Hold the jobs of a server in memory, and show them as its routes do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.twins.wire import Json

Status = Literal["pending", "in_progress", "completed", "failed", "cancelled"]
LONGEST_PREVIEW = 1000
STATUSES: tuple[Status, ...] = ("pending", "in_progress", "completed", "failed", "cancelled")


def now() -> int:
    """Return the time in milliseconds."""
    return int(time.time() * 1000)


@dataclass(eq=False)
class Job:
    """Hold one queued graph. Two jobs may have the same id: the server does not mind.

    Attributes:
        ends: The output nodes that are to be run.
        client: Whose socket hears of it, if any.
        interrupted: Whether it is to stop at the next step.
    """

    id: str
    number: float
    graph: Json
    extra: Json
    ends: list[str]
    client: str | None
    marker: str | None
    status: Status = "pending"
    created: int = field(default_factory=now)
    started: int = 0
    ended: int = 0
    messages: list[tuple[str, Json]] = field(default_factory=list)
    outputs: Json = field(default_factory=dict)
    current: str | None = None
    interrupted: bool = False

    def queued(self) -> list[Any]:
        """Return the job as `/queue` and `/history` show what was asked."""
        return [self.number, self.id, self.graph, self.extra, self.ends]

    def kept(self) -> Json:
        """Return the job as `/history` shows it."""
        meta = {
            name: {"node_id": name, "display_node": name, "parent_node": None, "real_node_id": name}
            for name in self.outputs
        }
        return {"prompt": self.queued(), "outputs": self.outputs, "status": self.verdict(), "meta": meta}

    def verdict(self) -> Json:
        """Return how it ended."""
        done = self.status == "completed"
        return {"status_str": "success" if done else "error", "completed": done, "messages": self.messages}

    def brief(self) -> Json:
        """Return the job as the list of jobs shows it."""
        files = self._files()
        shown: Json = {"id": self.id, "status": self.status, "priority": self.number, "create_time": self.created}
        if self.ended:
            shown |= {"execution_start_time": self.started, "execution_end_time": self.ended}
        errors = [data for kind, data in self.messages if kind == "execution_error"]
        if errors:
            shown["execution_error"] = errors[0]
        shown |= {"outputs_count": len(files), "previewable_outputs_count": len(files)}
        previews = files or self._texts()
        if previews:
            shown["preview_output"] = previews[0]
        workflow = ((self.extra.get("extra_pnginfo") or {}).get("workflow") or {}).get("id")
        return {**shown, "workflow_id": workflow} if workflow else shown

    def full(self) -> Json:
        """Return the job as its own route shows it."""
        if not self.ended:
            return self.brief()
        workflow = {"prompt": self.graph, "extra_data": self.extra}
        return {**self.brief(), "outputs": self.outputs, "execution_status": self.verdict(), "workflow": workflow}

    def _files(self) -> list[Json]:
        return [
            {**file, "nodeId": node, "mediaType": kind}
            for node, output in self.outputs.items()
            for kind, files in output.items()
            for file in files
            if isinstance(file, dict)
        ]

    def _texts(self) -> list[Json]:
        return [
            {
                "content": text[:LONGEST_PREVIEW],
                "truncated": len(text) > LONGEST_PREVIEW,
                "nodeId": node,
                "mediaType": "text",
            }
            for node, output in self.outputs.items()
            for text in output.get("text", ())
        ]


class Queue:
    """Order jobs by number, and remember the finished ones until a restart."""

    def __init__(self) -> None:
        self.pending: list[Job] = []
        self.running: list[Job] = []
        self.history: dict[str, Job] = {}
        self.count = 0
        self._filled = asyncio.Condition()

    @property
    def remaining(self) -> int:
        """Return how many jobs are not finished."""
        return len(self.pending) + len(self.running)

    async def put(self, job: Job) -> None:
        """Add a job, even if its id is there already."""
        async with self._filled:
            self.pending.append(job)
            self.pending.sort(key=lambda each: each.number)
            self._filled.notify()

    async def take(self) -> Job:
        """Wait for the next job, and count it as running."""
        async with self._filled:
            await self._filled.wait_for(lambda: bool(self.pending))
            job = self.pending.pop(0)
        job.status, job.started = "in_progress", now()
        self.running.append(job)
        return job

    def finish(self, job: Job, status: Status) -> None:
        """Move a job to the history; a later one of the same id takes its place."""
        job.status, job.ended = status, now()
        self.running.remove(job)
        self.history.pop(job.id, None)
        self.history[job.id] = job

    def remove(self, name: str) -> bool:
        """Drop a pending job without a trace."""
        before = len(self.pending)
        self.pending = [job for job in self.pending if job.id != name]
        return len(self.pending) < before

    def interrupt(self, name: str | None) -> bool:
        """Ask running jobs to stop: those of one id, or all."""
        found = [job for job in self.running if name in (None, job.id)]
        for job in found:
            job.interrupted = True
        return bool(found)

    def find(self, name: str) -> Job | None:
        """Return the job of an id: running before pending before finished."""
        return next((job for job in (*self.running, *self.pending) if job.id == name), self.history.get(name))

    def every(self) -> list[Job]:
        """Return all jobs that are remembered."""
        return [*self.pending, *self.running, *self.history.values()]

    def forget(self) -> None:
        """Lose everything, as a restart does."""
        self.pending, self.running, self.history = [], [], {}
