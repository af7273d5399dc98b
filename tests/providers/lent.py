"""Lend a provider what the engine lends it: a `Call` in memory over the real transport and a real spool."""

from __future__ import annotations

import asyncio
import hashlib
import io
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from PIL import Image
from typing_extensions import override

from maquette.core.action import Call, Material, Provider, Settings
from maquette.core.errors import JobCancelled, ProviderUnavailable, RateLimited
from maquette.engine.spool import Spool
from maquette.engine.transport import PAID, AccountHttp, Paid, Wires

T = TypeVar("T")
PACE = 0.005


@dataclass
class Memory:
    """What of an attempt survives a crash."""

    attempt: str = field(default_factory=lambda: f"attempt_{uuid.uuid4().hex}")
    token: str = field(default_factory=lambda: str(uuid.uuid4()))
    handle: Any = None
    memo: dict[str, Any] = field(default_factory=dict)


class LentCall(Call):
    """One attempt; a second one with the same memory and spool is the same attempt after a crash."""

    def __init__(self, http: AccountHttp, settings: Settings, spool: Spool, memory: Memory) -> None:
        self._http = http
        self._settings = settings
        self._spool = spool
        self.memory = memory
        self.told: list[tuple[float | None, str]] = []
        self.previews: list[bytes] = []
        self.assets: dict[str, Material] = {}
        self.polls = 0
        self.pauses: list[float] = []
        self.cancelled = asyncio.Event()

    @property
    @override
    def settings(self) -> Any:
        return self._settings

    @property
    @override
    def http(self) -> AccountHttp:
        return self._http

    @property
    @override
    def token(self) -> str:
        return self.memory.token

    @override
    async def once(self, work: Callable[[], Awaitable[T]]) -> T:
        if self.memory.handle is not None:
            kept: T = self.memory.handle
            return kept
        replay = self._spool.has(self.memory.attempt)
        mark = PAID.set(Paid(self.memory.attempt, self._spool, lambda: None, replay))
        try:
            value = await work()
        finally:
            PAID.reset(mark)
        if isinstance(value, dict):
            self.memory.handle = value
        return value

    @override
    async def memo(self, key: str, work: Callable[[], Awaitable[T]]) -> T:
        if key not in self.memory.memo:
            self.memory.memo[key] = await work()
        kept: T = self.memory.memo[key]
        return kept

    @override
    async def poll(self, check: Callable[[], Awaitable[T | None]], *, every: float | Callable[[], float] = 2.0) -> T:
        while True:
            self.polls += 1
            if self.cancelled.is_set():
                raise JobCancelled("The job was cancelled")
            try:
                if (value := await check()) is not None:
                    return value
            except (ProviderUnavailable, RateLimited):
                pass  # a passing fault, as in the engine
            self.pauses.append(every() if callable(every) else every)
            await asyncio.sleep(min(self.pauses[-1], PACE))

    @override
    async def progress(self, fraction: float | None, message: str = "") -> None:
        self.told.append((fraction, message))

    @override
    async def preview(self, content: bytes) -> None:
        self.previews.append(content)

    @override
    async def material(self, asset_id: str) -> Material:
        return self.assets[asset_id]

    @override
    async def link(self, asset_id: str) -> str:
        return f"https://files.example/{asset_id}"

    @override
    async def child(self, key: str, action: str, params: Mapping[str, Any]) -> Sequence[str]:
        raise NotImplementedError

    @override
    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        raise NotImplementedError

    @override
    def file(self, name: str, content: bytes) -> str:
        raise NotImplementedError

    def again(self) -> None:
        """Begin another attempt of the same job, which remembers its free work."""
        self.memory = Memory(memo=self.memory.memo)

    def lend(
        self,
        content: bytes,
        *,
        mime: str = "image/png",
        provider: str | None = None,
        notes: Mapping[str, Any] | None = None,
    ) -> str:
        """Put an asset where the action finds it, and return its id."""
        digest = hashlib.sha256(content).hexdigest()
        name = f"asset_{digest[:32]}"
        size: tuple[int, int] | tuple[None, None] = (None, None)
        if mime.startswith("image/"):
            with Image.open(io.BytesIO(content)) as found:
                size = found.size
        shown = (digest, content, provider, notes or {})
        self.assets[name] = Material(name, "image", mime, "source.png", *shown, *size)
        return name


@asynccontextmanager
async def lent(
    provider: Provider, settings: Settings, folder: Path, memory: Memory | None = None
) -> AsyncIterator[LentCall]:
    """Lend a call on one account while the block lasts."""
    wires = Wires(answer_timeout_s=10, output_bytes=2**26)
    try:
        http = AccountHttp(wires, settings, provider)
        yield LentCall(http, settings, Spool(folder / "spool"), memory or Memory())
    finally:
        await wires.close()
