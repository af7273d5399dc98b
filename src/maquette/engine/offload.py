"""Warm, limited child processes: for decoders, for libraries that may crash, and for code under the GPL.

A call names a function, never carries one: nothing is pickled. A child that crashes, overruns its limits or is no
longer waited for is killed with all that it started, and the next call gets a fresh one.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import struct
import sys
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from maquette.core.errors import OffloadFailed

RESERVED = "maquette.engine.media.examine"
"""One child serves only the functions of this package, so that a check never waits behind a long render."""
_MAIN = Path(__file__).with_name("child.py")
_FUNCTION = re.compile(r"(?P<module>[a-z_]\w*(\.[a-z_]\w*)*):[a-z]\w*", re.IGNORECASE)
_LAST_LINES = 20
_ANSWER_MOST = 64 * 2**20


@dataclass(frozen=True, slots=True)
class _Bounds:
    memory: int
    file: int
    uses: int


class _Child:
    """One running child process."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._errors: deque[str] = deque(maxlen=_LAST_LINES)
        self._listener = asyncio.create_task(self._listen())
        self.uses = 0

    @classmethod
    async def start(cls, bounds: _Bounds) -> _Child:
        settings = {
            "parent": os.getpid(),
            "memory": bounds.memory,
            "file": bounds.file,
            "path": [place for place in sys.path if place and Path(place).is_absolute()],
        }
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(_MAIN),
                json.dumps(settings),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
                env={"PATH": os.defpath, "LANG": "C.UTF-8", "PYTHONUTF8": "1"},
            )
        except OSError as error:
            raise OffloadFailed(f"No child process could be started: {error}", cause="start") from error
        return cls(process)

    @property
    def gone(self) -> bool:
        """Whether the child has ended by itself since it was last asked."""
        pipe = self._process.stdout
        return self._process.returncode is not None or (pipe is not None and pipe.at_eof())

    async def ask(self, request: bytes) -> dict[str, Any]:
        """Send a request and return the answer; raises `EOFError` if the child ends instead."""
        self.uses += 1
        assert self._process.stdin is not None and self._process.stdout is not None  # noqa: S101, PT018 - piped above
        try:
            self._process.stdin.write(struct.pack(">I", len(request)) + request)
            await self._process.stdin.drain()
            (size,) = struct.unpack(">I", await self._process.stdout.readexactly(4))
            if size > _ANSWER_MOST:
                raise EOFError("the answer is too long")
            answer: dict[str, Any] = msgspec.json.decode(await self._process.stdout.readexactly(size))
        except (OSError, asyncio.IncompleteReadError) as error:
            raise EOFError("the child ended") from error
        return answer

    async def end(self) -> str:
        """Kill the child and all that it started; return how it ended and its last words."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()
        await self._listener
        return "\n".join(self._errors)

    async def fate(self) -> str:
        """Return in words how a child that closed its pipe ended."""
        with suppress(TimeoutError):
            async with asyncio.timeout(2):
                await self._process.wait()
        code = self._process.returncode
        if code is None:
            return "closed its pipe"
        if code == -signal.SIGXCPU:
            return "used more processor time than it is allowed"
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended itself with status {code}"

    async def _listen(self) -> None:
        assert self._process.stderr is not None  # noqa: S101 - piped above
        while piece := await self._process.stderr.read(65536):
            self._errors.extend(line[:500] for line in piece.decode(errors="replace").splitlines())


@dataclass(slots=True, eq=False)
class _Slot:
    """A place for one child."""

    reserved: bool
    child: _Child | None = None


class Offload:
    """A pool of child processes that run named functions within limits."""

    def __init__(
        self,
        *,
        processes: int,
        bytes_limit: int,
        allowed: Sequence[str],
        file_limit: int = 4 * 2**30,
        uses: int = 200,
    ) -> None:
        """Describe the pool; children start with the first calls, or with `warm`.

        Args:
            processes: Children at once; one of them, or one more if this is 1, is kept for `RESERVED`.
            bytes_limit: Address space of one child.
            allowed: Packages whose functions may be called.
            file_limit: Largest file that a child may write.
            uses: Calls after which a child is replaced, so that leaks of native libraries stay small.
        """
        self._allowed = tuple(allowed)
        self._bounds = _Bounds(bytes_limit, file_limit, uses)
        self._slots = [_Slot(reserved=True), *(_Slot(reserved=False) for _ in range(max(1, processes - 1)))]
        self._idle = list(self._slots)
        self._waiting: deque[tuple[asyncio.Future[_Slot], bool]] = deque()
        self._endings: set[asyncio.Task[str]] = set()
        self._closed = False

    async def warm(self) -> None:
        """Start every child that does not run yet."""
        for slot in self._idle:
            if slot.child is None:
                slot.child = await _Child.start(self._bounds)

    async def run(
        self, function: str, arguments: Mapping[str, Any], *, folder: Path, timeout_s: float = 300
    ) -> dict[str, Any]:
        """Call `package.module:name` in a child whose working folder is `folder`, and return its answer.

        Raises:
            OffloadFailed: The function is not allowed or failed, the child ended, or the time ran out;
                `details["cause"]` is `refused`, `start`, `raised`, `ended` or `time`, and the child's last words are
                a note of the error. Cancelling the caller kills the child.
        """
        module = self._module_of(function)
        request = {
            "function": function,
            "arguments": dict(arguments),
            "folder": str(folder),
            "seconds": timeout_s,
        }
        slot = await self._take(media=_within(module, RESERVED))
        try:
            answer = await self._ask(slot, msgspec.json.encode(request), function, timeout_s)
        finally:
            self._give_back(slot)
        if "result" not in answer:
            message = f"{function!r} failed: {answer['error']}: {answer['message']}"
            raise _failed(message, answer["trace"], cause="raised", error=answer["error"])
        result: dict[str, Any] = answer["result"]
        return result

    async def close(self) -> None:
        """End every child; calls under way fail, and later ones are refused."""
        self._closed = True
        for slot in self._slots:
            self._drop(slot)
        await asyncio.gather(*self._endings)

    def _module_of(self, function: str) -> str:
        match = _FUNCTION.fullmatch(function)
        if match is None or not any(_within(match["module"], package) for package in self._allowed):
            raise OffloadFailed(f"{function!r} may not be called in a child process", cause="refused")
        return match["module"]

    async def _ask(self, slot: _Slot, request: bytes, function: str, timeout_s: float) -> dict[str, Any]:
        child = await self._ready(slot)
        kept = False
        try:
            async with asyncio.timeout(timeout_s):
                answer = await child.ask(request)
            kept = child.uses < self._bounds.uses
        except TimeoutError:
            raise _failed(f"{function!r} took longer than {timeout_s:g} s", await child.end(), cause="time") from None
        except EOFError:
            fate = await child.fate()
            raise _failed(f"The child process of {function!r} {fate}", await child.end(), cause="ended") from None
        finally:
            if not kept:
                self._drop(slot)
        return answer

    async def _ready(self, slot: _Slot) -> _Child:
        if self._closed:
            raise OffloadFailed("The child processes are being closed", cause="start")
        if slot.child is not None and slot.child.gone:
            self._drop(slot)
        if slot.child is None:
            slot.child = await _Child.start(self._bounds)
        return slot.child

    def _drop(self, slot: _Slot) -> None:
        """Empty a slot at once; the child is killed and waited for behind it."""
        if slot.child is not None:
            ending = asyncio.get_running_loop().create_task(slot.child.end())
            self._endings.add(ending)
            ending.add_done_callback(self._endings.discard)
            slot.child = None

    async def _take(self, *, media: bool) -> _Slot:
        slot = next((slot for slot in self._idle if media or not slot.reserved), None)
        if slot is not None:
            self._idle.remove(slot)
            return slot
        turn: asyncio.Future[_Slot] = asyncio.get_running_loop().create_future()
        self._waiting.append((turn, media))
        try:
            return await turn
        except asyncio.CancelledError:
            # The slot may have been handed over in the very moment of the cancel.
            if turn.done() and not turn.cancelled():
                self._give_back(turn.result())
            raise

    def _give_back(self, slot: _Slot) -> None:
        for entry in self._waiting:
            turn, media = entry
            if not turn.done() and (media or not slot.reserved):
                self._waiting.remove(entry)
                turn.set_result(slot)
                return
        # The reserved slot stays in front, so that checks take it before they take a renderer's.
        self._idle.insert(0 if slot.reserved else len(self._idle), slot)


def _failed(message: str, words: str, **details: str) -> OffloadFailed:
    error = OffloadFailed(message, **details)
    if words:
        error.add_note(words)
    return error


def _within(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
