"""Run queued graphs node by node, and tell what happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from tests.twins.comfyui.file import Files
from tests.twins.comfyui.queue import Job, Queue, Status, now
from tests.twins.comfyui.socket import Sockets
from tests.twins.comfyui.work import Made, NodeFailed, Scene, run
from tests.twins.picture import Picture, painted
from tests.twins.storm import Storm
from tests.twins.wire import Json

PREVIEW_SIZE: Final = 64


class Interrupted(Exception):
    """Stop a graph because somebody asked for it."""


@dataclass
class Progress:
    """Hold how far the nodes of a running job are."""

    job: Job
    nodes: dict[str, Json] = field(default_factory=dict)

    def mark(self, node: str, value: float, most: float, state: str) -> Json:
        """Note a node's progress, and return the event that tells all of it."""
        names = {"node_id": node, "prompt_id": self.job.id, "display_node_id": node, "parent_node_id": None}
        self.nodes[node] = {"value": value, "max": most, "state": state, **names, "real_node_id": node}
        return {"prompt_id": self.job.id, "nodes": dict(self.nodes)}


class Workers:
    """Take jobs from the queue, one at a time for each worker."""

    def __init__(self, queue: Queue, sockets: Sockets, files: Files, storm: Storm) -> None:
        self._queue = queue
        self._sockets = sockets
        self._files = files
        self._storm = storm
        self._made: dict[str, Made] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, count: int) -> None:
        """Begin to work."""
        self._tasks = [asyncio.create_task(self._work()) for _ in range(count)]
        for task in self._tasks:
            task.add_done_callback(_loud)

    async def stop(self) -> None:
        """Drop what is running, and forget what was made."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks, self._made = [], {}

    async def _work(self) -> None:
        while True:
            job = await self._queue.take()
            self._sockets.status()
            status = await self._run(job)
            self._queue.finish(job, status)
            self._sockets.status()
            job.current = None
            self._tell(job, "executing", {"node": None})

    async def _run(self, job: Job) -> Status:
        self._note(job, "execution_start", {})
        order = list(_ordered(job.graph, job.ends))
        cached = [node for node in order if _signature(job.graph, node) in self._made]
        self._note(job, "execution_cached", {"nodes": cached})
        values: dict[str, Made] = {node: self._made[_signature(job.graph, node)] for node in cached}
        for node in cached:
            self._executed(job, node, values[node])
        progress = Progress(job)
        try:
            for node in order:
                if node not in values:
                    values[node] = await self._node(progress, node, values)
        except Interrupted:
            self._note(job, "execution_interrupted", self._at(job, list(values)))
            return "cancelled"
        except NodeFailed as failure:
            about = {**self._at(job, list(values)), **_described(failure)}
            left = [node for node in order if node not in values]
            self._note(job, "execution_error", {**about, "current_inputs": {}, "current_outputs": left})
            return "failed"
        self._note(job, "execution_success", {})
        return "completed"

    async def _node(self, progress: Progress, node: str, values: dict[str, Made]) -> Made:
        job = progress.job
        job.current = node
        self._state(job, progress.mark(node, 0.0, 1.0, "running"))
        self._tell(job, "executing", {"node": node, "display_node": node})
        if job.interrupted:
            raise Interrupted
        inputs = {key: _given(value, values) for key, value in job.graph[node].get("inputs", {}).items()}
        kind = job.graph[node]["class_type"]
        if kind == "KSampler":
            await self._steps(progress, node, inputs)
        made = await asyncio.to_thread(run, kind, inputs, Scene(self._files, job.graph, job.marker))
        self._made[_signature(job.graph, node)] = made
        self._executed(job, node, made)
        most = progress.nodes[node]["max"]
        self._state(job, progress.mark(node, most, most, "finished"))
        return made

    async def _steps(self, progress: Progress, node: str, inputs: Json) -> None:
        job, steps = progress.job, int(inputs["steps"])
        small = Picture(PREVIEW_SIZE, PREVIEW_SIZE, str(inputs["positive"]))
        image = await asyncio.to_thread(painted, small, "jpeg")
        for step in range(1, steps + 1):
            await asyncio.sleep(self._storm.conditions.step_delay)
            if job.interrupted:
                raise Interrupted
            self._state(job, progress.mark(node, float(step), float(steps), "running"))
            self._sockets.preview(job, node, image)
            self._tell(job, "progress", {"value": step, "max": steps, "node": node})

    def _executed(self, job: Job, node: str, made: Made) -> None:
        if made.shown is not None:
            job.outputs[node] = made.shown
            self._tell(job, "executed", {"node": node, "display_node": node, "output": made.shown})

    def _state(self, job: Job, data: Json) -> None:
        # A job that nobody signed for is everybody's business, but only in this one kind of event.
        if job.client is None:
            self._sockets.broadcast("progress_state", data)
        else:
            self._sockets.tell(job.client, "progress_state", data)

    def _note(self, job: Job, kind: str, data: Json) -> None:
        stamped = {"prompt_id": job.id, **data, "timestamp": now()}
        job.messages.append((kind, stamped))
        self._sockets.tell(job.client, kind, stamped)

    def _tell(self, job: Job, kind: str, data: Json) -> None:
        self._sockets.tell(job.client, kind, {**data, "prompt_id": job.id})

    def _at(self, job: Job, done: list[str]) -> Json:
        node = job.current or ""
        return {"node_id": node, "node_type": job.graph[node]["class_type"], "executed": done}


def _loud(task: asyncio.Task[None]) -> None:
    # A mistake of ours must end the twin: jobs that never end would look like the product's.
    if not task.cancelled() and task.exception():
        task.get_loop().call_exception_handler({"message": "a worker broke", "exception": task.exception()})
        task.get_loop().stop()


def _ordered(graph: Json, ends: list[str]) -> Iterator[str]:
    seen: set[str] = set()

    def walk(node: str) -> Iterator[str]:
        if node in seen:
            return
        seen.add(node)
        for source in _sources(graph, node):
            yield from walk(source)
        yield node

    for end in ends:
        yield from walk(end)


def _sources(graph: Json, node: str) -> list[str]:
    given = graph[node].get("inputs", {}).values()
    return [value[0] for value in given if isinstance(value, list) and value and value[0] in graph]


def _signature(graph: Json, node: str) -> str:
    found = graph[node]
    above = [_signature(graph, source) for source in _sources(graph, node)]
    return json.dumps([found["class_type"], found.get("inputs", {}), above], sort_keys=True)


def _given(value: Any, values: dict[str, Made]) -> Any:
    if isinstance(value, list) and value and value[0] in values:
        return values[value[0]].values[value[1]]
    return value


def _described(failure: NodeFailed) -> Json:
    where = [f"  in {type(failure).__name__}\n"]
    return {"exception_message": failure.message, "exception_type": failure.kind, "traceback": where}
