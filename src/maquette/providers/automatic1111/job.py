"""Wait for a blocking answer, tell how far the server is, and stop our own work alone.

The server makes one picture after another for whoever asks, and has one `interrupt` for all. It is sent only while the
server says that our task is the one that runs, or where the account says that nobody else uses the server.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pybase64

from maquette.core.action import Answer, Call
from maquette.core.answer import parsed
from maquette.core.errors import DeadlinePassed, JobCancelled, ProviderError, RequestRejected

from . import wire

_LOG = logging.getLogger(__name__)
_EVERY_S = 1.0
_LARGEST_PREVIEW = 4 * 2**20
State = Literal["running", "queued", "elsewhere", "unknown"]


@dataclass(frozen=True, slots=True)
class Glance:
    """What the server tells of a task."""

    state: State
    fraction: float | None = None
    preview: bytes = b""


async def answered(path: str, body: Mapping[str, Any], call: Call) -> Answer:
    """Send the one paid request and return its answer; to be called inside `once`."""
    return await call.http.send("POST", path, body=body)


class Watch:
    """Look on while the server works on our task, and stop it when the job is cancelled."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self._reached = 0.0
        self.stopped = False
        """Whether the server was told to stop our task, so that what it answers is not what was asked for."""

    async def during(self, work: Callable[[], Awaitable[Any]]) -> Any:
        """Return what `work` returns, and watch meanwhile."""
        task = asyncio.create_task(self._watch())
        try:
            return await work()
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def admit(self) -> None:
        """Refuse an answer that came because the task was stopped: it is a picture half made."""
        if self.stopped:
            raise JobCancelled("The job was cancelled, and the server stopped", hint="What was done is not kept.")

    async def _watch(self) -> None:
        try:
            await self._call.poll(self._look, every=_EVERY_S)
        except JobCancelled:
            await self._stop()
        except (DeadlinePassed, ProviderError) as error:
            _LOG.info("automatic1111.progress.failed", extra={"reason": str(error)[:500]})

    async def _look(self) -> None:
        seen = await glance(self._call)
        if seen.fraction is not None and seen.fraction > self._reached:
            self._reached = seen.fraction
            await self._call.progress(seen.fraction, "generating")
        elif not self._reached:
            waits = seen.state in ("queued", "elsewhere")
            await self._call.progress(None, "waiting for the server" if waits else "generating")
        if seen.preview:
            await self._call.preview(seen.preview)

    async def _stop(self) -> None:
        """Wait until our task is the one that runs, and interrupt it; a queued one cannot be taken back."""
        while not self.stopped:
            try:
                state = (await glance(self._call)).state
                if state == "running" or (state == "unknown" and self._call.settings.exclusive):
                    # Noted before it is sent: what is answered meanwhile may be half made.
                    self.stopped = True
                    await self._call.http.send("POST", "/sdapi/v1/interrupt", body={})
                elif state == "unknown":
                    return
            except ProviderError as error:
                self.stopped = False
                _LOG.info("automatic1111.interrupt.failed", extra={"reason": str(error)[:500]})
                if isinstance(error, RequestRejected):
                    return
            await asyncio.sleep(_EVERY_S / 4)


async def glance(call: Call) -> Glance:
    """Ask how far our task is, by its name where the server knows names, and else how far whatever runs is."""
    named = await _of_task(call)
    if named is not None:
        return named
    told = await wire.asked("/sdapi/v1/progress", call)
    if not isinstance(told, dict):
        return Glance("unknown")
    state = told.get("state")
    busy = isinstance(state, dict) and bool(state.get("job_count") or state.get("job"))
    # The figure is of whoever runs: true of us only where nobody else uses the server.
    if not call.settings.exclusive:
        return Glance("unknown")
    return Glance("running" if busy else "queued", _fraction(told), _picture(told.get("current_image")))


async def _of_task(call: Call) -> Glance | None:
    """Ask the route that the server's own page asks; None where the server has none or keeps it for its page."""
    body = {"id_task": call.token, "id_live_preview": -1, "live_preview": True}
    try:
        told = parsed(await call.http.send("POST", "/internal/progress", body=body))
    except RequestRejected as error:
        if error.details.get("upstream_status") in (404, 405, 422):
            return None
        raise
    if not isinstance(told, dict) or "active" not in told:
        return None
    if told.get("active"):
        return Glance("running", _fraction(told), _picture(told.get("live_preview")))
    return Glance("queued" if told.get("queued") else "elsewhere")


def _fraction(told: Mapping[str, Any]) -> float | None:
    value = told.get("progress")
    return min(max(float(value), 0.0), 1.0) if isinstance(value, int | float) else None


def _picture(text: object) -> bytes:
    if not isinstance(text, str) or len(text) > _LARGEST_PREVIEW:
        return b""
    try:
        return pybase64.b64decode(text.partition(",")[2] if text.startswith("data:") else text, validate=True)
    except ValueError:
        return b""
