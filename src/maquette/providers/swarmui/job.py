"""Run one generation in a session of its own: submit it once, follow it, find it again, and fetch what it made."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, TypeVar
from urllib.parse import quote

import pybase64

from maquette.core.action import Call, Output, Result, Socket
from maquette.core.answer import plain
from maquette.core.errors import (
    AccountRejected,
    DeadlinePassed,
    GenerationFailed,
    JobCancelled,
    OutcomeUnknown,
    ProviderError,
    ProviderUnavailable,
    RequestRejected,
)

from . import wire
from .follow import Following
from .wire import Sessions

T = TypeVar("T")

_LOG = logging.getLogger(__name__)
_ROUTE = "/API/GenerateText2Image"
_FOLDER = "maquette"
_GLANCE_S, _LOOK_S, _FIRST_WORD_S = 0.25, 1.0, 60.0
_ASK_EVERY = 4
# A server that does nothing for the session and has saved nothing for so many looks has lost the work.
_MOST_MISSES = 5


async def drive(body: Mapping[str, Any], sessions: Sessions, call: Call) -> Result:
    """Generate what `body` asks for and return it."""
    place = await call.memo("session", lambda: wire.opened(call))
    # The server saves each picture under its number in a folder of this attempt: so it is found after any crash.
    name = {"session_id": place["session"], "overrideoutpathformat": f"{_FOLDER}/{call.token}/[batch_id]"}
    following = Following(count=body["images"], call=call)
    async with AsyncExitStack() as stack:
        socket = await _socket(stack, call)
        if socket is None:
            await _answered({**body, **name}, following, place, call)
        else:
            await call.once(lambda: _sent(socket, {**body, **name}, following))
            stack.enter_context(following.heard(socket))
        made = await call.poll(_Looking(following, place, sessions, call).look, every=_GLANCE_S)
    outputs = [await _output(path, index, body, following, call) for index, path in sorted(made.items())]
    return Result(outputs, response={"version": place["version"], "images": list(made.values())})


async def _socket(stack: AsyncExitStack, call: Call) -> Socket | None:
    """Open the socket where the account wants one and the way to the server lets one through."""
    if not call.settings.enable_websocket:
        return None
    try:
        return await stack.enter_async_context(call.http.socket(f"{_ROUTE}WS"))
    except ProviderUnavailable as error:
        _LOG.info("swarmui.socket.refused", extra={"reason": str(error)[:500]})
        return None


async def _sent(socket: Socket, body: Mapping[str, Any], following: Following) -> dict[str, Any]:
    """Submit over the socket, and wait for the first word of the server: it has the work."""
    await socket.send(json.dumps(body))
    following.submitted = True
    try:
        async with asyncio.timeout(_FIRST_WORD_S):
            async for text in socket:
                first = wire.frame(text)
                if (fault := wire.refusal(first)) is not None:
                    raise fault
                if first:
                    await following.hear(first)
                    return {"session": body["session_id"]}
                break
    except TimeoutError:
        pass
    raise OutcomeUnknown("The server was sent the work and did not say that it has it")


async def _answered(body: Mapping[str, Any], following: Following, place: Mapping[str, str], call: Call) -> None:
    """Submit without a socket: the answer comes when all is made, so that a cancel goes beside it."""
    stopping = _Stopping(place["session"], call)

    async def work() -> dict[str, Any]:
        answer = await call.http.post(_ROUTE, body)
        if not isinstance(answer, dict):
            raise OutcomeUnknown("The server's answer is not what SwarmUI sends")
        stopping.admit()
        if (fault := wire.refusal(answer)) is not None:
            raise fault
        found = answer.get("images")
        return {"session": place["session"], "images": list(map(str, found)) if isinstance(found, list) else []}

    async with _beside(lambda: _told(place, call), stopping.stop, call):
        taken = await _renewing(lambda: call.once(work))
    # Behind several pictures the server puts a grid of them all.
    following.finish(dict(enumerate((taken.get("images") or ())[: following.count])))


async def _renewing(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work; where the server forgot the session between two requests, the next attempt opens another one."""
    try:
        return await work()
    except RequestRejected as error:
        if not wire.is_expired(error):
            raise
        raise ProviderUnavailable(error.message) from error


class _Stopping:
    """Stop a session, and remember that it was: what is answered then is not what was asked for."""

    def __init__(self, session: str, call: Call) -> None:
        self._session = session
        self._call = call
        self._stopped = False

    async def stop(self) -> None:
        """Stop what runs in the session."""
        self._stopped = await interrupted(self._session, self._call)

    def admit(self) -> None:
        """Refuse an answer that came because the session was stopped."""
        if self._stopped:
            raise JobCancelled("The job was cancelled, and the server stopped")


async def _told(place: Mapping[str, str], call: Call) -> None:
    live, _ = await _busy(place["session"], call)
    await call.progress(None, "generating" if live else "waiting for the server")


@asynccontextmanager
async def _beside(
    look: Callable[[], Awaitable[None]], stop: Callable[[], Awaitable[None]], call: Call
) -> AsyncIterator[None]:
    """Look on while the block waits for its answer, and stop the work when the job is cancelled."""

    async def watch() -> None:
        try:
            await call.poll(look, every=_LOOK_S)
        except JobCancelled:
            await stop()
        except (DeadlinePassed, ProviderError) as error:
            _LOG.info("swarmui.status.failed", extra={"reason": str(error)[:500]})

    task = asyncio.create_task(watch())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class _Looking:
    """Wait for the end on the socket; where that is silent or broken, ask the server what it saved."""

    def __init__(self, following: Following, place: Mapping[str, str], sessions: Sessions, call: Call) -> None:
        self._following = following
        self._place = place
        self._sessions = sessions
        self._call = call
        self._glances = self._misses = 0

    async def look(self) -> Mapping[int, str] | None:
        """Return the pictures by their numbers, None while they are being made; raises what went wrong."""
        if self._following.fault is not None:
            raise self._following.fault
        if self._following.ended and self._following.images:
            return self._following.images
        if self._following.listening:
            return None
        self._glances += 1
        if self._glances % _ASK_EVERY != 1:
            return None
        return await self._asked()

    async def _asked(self) -> Mapping[int, str] | None:
        busy = any(await _busy(self._place["session"], self._call))
        saved = await saved_files(self._call.token, self._place, self._sessions, self._call)
        if len(saved) >= self._following.count:
            return saved
        self._misses = 0 if busy else self._misses + 1
        if self._misses < _MOST_MISSES:
            await self._following.asked(busy=busy)
            return None
        if saved:
            return saved
        raise GenerationFailed("The server made nothing: somebody stopped it there, it failed, or it was restarted")


async def _busy(session: str, call: Call) -> tuple[int, int]:
    """Return how many pictures of a session are being made, and how many wait."""
    try:
        found = await wire.told("GetCurrentStatus", session, call)
    except ProviderError as error:
        if wire.is_expired(error):
            return 0, 0  # sessions, like the work in them, end with the server's process
        raise
    status = found.get("status")
    told = status if isinstance(status, dict) else {}
    return int(wire.number(told.get("live_gens"))), int(wire.number(told.get("waiting_gens")))


async def saved_files(token: str, place: Mapping[str, str], sessions: Sessions, call: Call) -> dict[int, str]:
    """Return what the server has saved for an attempt, by number; a grid or a step between has a negative one."""
    folder = f"{_FOLDER}/{token}"
    try:
        found = await sessions.asked("ListImages", call, path=folder, depth=1)
    except ProviderError as error:
        if "not found" in error.message:
            return {}
        raise
    rows = [row.get("src") for row in found.get("files") or () if isinstance(row, dict)]
    names = [str(src).rpartition("/")[2] for src in rows if isinstance(src, str)]
    numbered = {name.partition(".")[0].partition("-")[0]: name for name in names}
    return {int(at): f"{place['files']}/{folder}/{name}" for at, name in numbered.items() if at.isdecimal()}


async def known(token: str, sessions: Sessions, call: Call) -> dict[str, Any] | None:
    """Return the handle of what was submitted under `token`, None if the server neither makes it nor has it."""
    place: Mapping[str, str] | None = await call.memo("session", _nothing)
    if place is None:
        return None  # no session was opened, so that nothing was sent
    try:
        there = any(await _busy(place["session"], call)) or await saved_files(token, place, sessions, call)
    except ProviderError as error:
        if isinstance(error, AccountRejected) or error.details.get("strange"):
            # Asking again would tell no more: the user may not look, or the server has no such route.
            raise OutcomeUnknown(f"The server does not tell whether it has the work: {error.message}") from error
        raise
    return {"session": place["session"], "resumed": True} if there else None


async def _nothing() -> None:
    return None


async def interrupted(session: str, call: Call) -> bool:
    """Stop what runs and waits in a session, and nothing else; return whether the server says that it did."""
    found = await wire.told("InterruptAll", session, call, other_sessions=False)
    return found.get("success") is True


async def _output(path: str, index: int, body: Mapping[str, Any], following: Following, call: Call) -> Output:
    seed = following.seeds.get(index, body["seed"] + index)
    if path.startswith("data:"):
        return Output("image", content=pybase64.b64decode(path.partition(",")[2]), seed=seed)
    return Output("image", content=await downloaded(path, call), seed=seed)


async def downloaded(path: str, call: Call) -> bytes:
    """Return the bytes of a picture that the server saved; raises `GenerationFailed` for what is no path of one."""
    if not path.startswith(("View/", "Output/")) or ".." in path:
        raise GenerationFailed(f"The server could not save the picture; it says {plain(path)[:80]!r}")
    return (await call.http.send("GET", f"/{quote(path)}")).body
