"""Keep the process that holds the models: start it, ask it one thing at a time, stop what it does, and end it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from maquette.core.errors import ContentRejected, GenerationFailed, ProviderError, RequestRejected

_MODULE = "maquette.providers.diffusers.worker"
_LINE = 2**20
_STOP_S = 15.0
_LAST_LINES = 20
_HINTS = {
    "memory": "Ask for a smaller picture, or set the account's `offload` to `model`.",
    "model": "Save the model again with the library's `save_pretrained`, as safetensors.",
    "parameter": "Take the parameter away that the model does not know.",
}
_NEEDED = frozenset({"PATH", "HOME", "LANG", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH", "HTTPS_PROXY", "SSL_CERT_FILE"})
_FAMILIES = ("HF_", "CUDA_", "NVIDIA_", "ROCM_", "HIP_", "HSA_", "PYTORCH_", "XDG_", "OMP_", "MKL_")
Hear = Callable[[Mapping[str, Any]], Awaitable[None]]


class Worker:
    """A child process that does one thing at a time."""

    def __init__(self, idle_s: int, keep: int, *, downloads: bool) -> None:
        self._arguments = [str(idle_s), str(keep)]
        self._offline = not downloads
        self._process: asyncio.subprocess.Process | None = None
        self._listener: asyncio.Task[None] | None = None
        self._words: deque[str] = deque(maxlen=_LAST_LINES)
        self._turn = asyncio.Lock()

    async def ask(self, request: Mapping[str, Any], hear: Hear) -> dict[str, Any]:
        """Return the answer to a request; whoever no longer waits for it stops the work.

        Raises:
            ProviderError: What went wrong; a process that ended is started again by the next request.
        """
        async with self._turn:
            process = await self._started()
            try:
                await self._send(process, request)
                return await self._answer(process, hear)
            except ProviderError:
                raise  # the process has answered
            except BaseException:
                await self._stop(process)
                raise

    async def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        if process.stdin is not None:
            process.stdin.close()
        await process.wait()
        if self._listener is not None:
            await self._listener

    async def _started(self) -> asyncio.subprocess.Process:
        if self._process is not None and self._process.returncode is None:
            return self._process
        await self.close()
        # The hub is asked only where the account lets it: everything else is on this machine.
        offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"} if self._offline else {}
        self._process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            _MODULE,
            *self._arguments,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=_LINE,
            env={**_environment(), **offline, "HF_HUB_DISABLE_TELEMETRY": "1"},
        )
        self._listener = asyncio.create_task(self._listen(self._process))
        return self._process

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        while process.stderr is not None and (piece := await process.stderr.read(65_536)):
            self._words.extend(piece.decode(errors="replace").splitlines())

    @staticmethod
    async def _send(process: asyncio.subprocess.Process, message: Mapping[str, Any]) -> None:
        if process.stdin is not None:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            with contextlib.suppress(ConnectionError):
                await process.stdin.drain()

    async def _answer(self, process: asyncio.subprocess.Process, hear: Hear) -> dict[str, Any]:
        while True:
            line = await process.stdout.readline() if process.stdout is not None else b""
            if not line:
                await process.wait()
                last = " ".join(list(self._words)[-3:])[-500:]
                raise GenerationFailed(f"The process with the models ended: {last}", hint=_HINTS["memory"])
            told: dict[str, Any] = json.loads(line)
            if "result" in told:
                result: dict[str, Any] = told["result"]
                return result
            if "error" in told:
                raise fault(str(told["error"]), str(told.get("message", "")))
            await hear(told)

    async def _stop(self, process: asyncio.subprocess.Process) -> None:
        """Have the work end at its next step; a process that does not is ended, and its models with it."""
        await self._send(process, {"stop": True})
        try:
            async with asyncio.timeout(_STOP_S):
                await self._answer(process, _unheard)
        except ProviderError:
            pass
        except TimeoutError:
            await self.close()


def _environment() -> dict[str, str]:
    """Return what the libraries need to know of this machine: no key of ours, and no other secret."""
    return {name: value for name, value in os.environ.items() if name in _NEEDED or name.startswith(_FAMILIES)}


async def _unheard(_: Mapping[str, Any]) -> None:
    return None


def fault(kind: str, message: str) -> ProviderError:
    """Return the error for what the process could not do."""
    said = " ".join(message.split())[:500]
    if kind == "flagged":
        return ContentRejected("The model's own safety check refused every picture")
    if kind in ("model", "parameter"):
        return RequestRejected(f"The model cannot be used: {said}", hint=_HINTS[kind])
    return GenerationFailed(f"The model failed: {said}", hint=_HINTS.get(kind))
