"""Run one graph on a server: submit it once under an id of ours, follow it, and fetch what it made."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from maquette.core.action import Call, Result
from maquette.core.answer import parsed
from maquette.core.errors import GenerationFailed, OutcomeUnknown, ProviderUnavailable, RequestRejected

from .node import Graph
from .output import collected
from .watch import Telling, watched
from .wire import Ended, asked, ended_history, ended_job, has_cancel, has_jobs, node_faults, version

_EVERY_S = 1.0
# A server's queue is in its memory: who is not known for two minutes went with a restart.
_MOST_MISSES = 120
_QUEUED, _RUNNING = "waiting in the server's queue", "running"
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


async def drive(graph: Graph, call: Call, seed: int | None) -> Result:
    """Run `graph` to its end and return what it made."""
    number = await call.memo("version", lambda: version(call))
    accepted = await call.once(lambda: _submitted(graph, call))
    name = accepted["prompt_id"]
    if accepted["faults"]:
        # The server runs the good part of a graph; half a result is none.
        await stop(name, call)
        raise RequestRejected(f"The server took only a part of the graph: {'; '.join(accepted['faults'])}")
    telling = Telling(graph, name, call)
    looking = _Looking(telling, call, jobs=has_jobs(number))
    async with watched(telling, call):
        ended = await call.poll(looking.look, every=_EVERY_S)
    if ended.how != "completed":
        said = (
            "Somebody stopped the job on the server"
            if ended.how == "cancelled"
            else f"The graph failed: {ended.reason}"
        )
        raise GenerationFailed(said)
    told = {"prompt_id": name, "version": number, "outputs": ended.outputs}
    return Result(await collected(ended.outputs, call, seed), response=told)


async def _submitted(graph: Graph, call: Call) -> dict[str, Any]:
    body = {"prompt": graph, "prompt_id": call.token, "client_id": call.token}
    answer = await call.http.post("/api/prompt", body)
    if not isinstance(answer, dict):
        raise OutcomeUnknown("The server's answer to the submit is not what ComfyUI sends")
    given = answer.get("prompt_id")
    name = given if isinstance(given, str) and _ID.fullmatch(given) else call.token
    return {"prompt_id": name, "faults": node_faults(answer.get("node_errors"))}


class _Looking:
    """Ask what became of a job, and count how often in a row the server does not know it."""

    def __init__(self, telling: Telling, call: Call, *, jobs: bool) -> None:
        self._telling = telling
        self._call = call
        self._jobs = jobs
        self._misses = 0

    async def look(self) -> Ended | None:
        """Return the end of the job, None while there is none; raises `GenerationFailed` if the job is lost."""
        found = await _found(self._telling.name, self._call, jobs=self._jobs)
        if found is None:
            self._misses += 1
            if self._misses >= _MOST_MISSES:
                raise GenerationFailed("The job is lost: the server was restarted, or its queue was cleared")
            return None
        self._misses = 0
        if isinstance(found, str):
            await self._telling.status(found)
            return None
        return found


async def _found(name: str, call: Call, *, jobs: bool) -> Ended | str | None:
    """Return the end of a job, words for where it is, or None where the server does not know it."""
    if not jobs:
        return await _in_history(name, call) or await _in_queue(name, call)
    job = await asked(f"/api/jobs/{name}", call)
    if job is None:
        return None
    if not isinstance(job, Mapping) or not isinstance(job.get("status"), str):
        raise ProviderUnavailable("The server's answer names no status of the job")
    return ended_job(job) or (_QUEUED if job["status"] == "pending" else _RUNNING)


async def _in_history(name: str, call: Call) -> Ended | None:
    history = await asked(f"/api/history/{name}", call)
    if not isinstance(history, Mapping):
        raise ProviderUnavailable("The server shows no history")
    entry = history.get(name)
    return ended_history(entry) if isinstance(entry, Mapping) else None


async def _in_queue(name: str, call: Call) -> str | None:
    queue = await asked("/api/queue", call)
    if not isinstance(queue, Mapping):
        raise ProviderUnavailable("The server shows no queue")
    if _listed(queue.get("queue_running"), name):
        return _RUNNING
    return _QUEUED if _listed(queue.get("queue_pending"), name) else None


def _listed(rows: Any, name: str) -> bool:
    return any(isinstance(row, list) and len(row) > 1 and row[1] == name for row in rows or ())


async def known(name: str, call: Call) -> bool:
    """Tell whether the server has the job, waiting, running or at its end.

    A no lets the job be sent again, so that it needs three witnesses: the history is asked once more after the queue,
    since a job may pass from one to the other between the questions.
    """
    jobs = has_jobs(await version(call))
    if jobs and await _found(name, call, jobs=True) is not None:
        return True
    return bool(await _in_history(name, call) or await _in_queue(name, call) or await _in_history(name, call))


async def stop(name: str, call: Call) -> bool:
    """Stop this very job and no other; return whether there was something to stop."""
    if has_cancel(await version(call)):
        answer = parsed(await call.http.send("POST", f"/api/jobs/{name}/cancel", body={}))
        return isinstance(answer, Mapping) and answer.get("cancelled") is True
    where = await _in_queue(name, call)
    if where is None:
        return False
    await call.http.send("POST", "/api/queue", body={"delete": [name]})
    if where == _RUNNING:
        # The oldest servers ignore the id and stop whoever runs: that is our job, as was seen a moment ago.
        await call.http.send("POST", "/api/interrupt", body={"prompt_id": name})
    return True
