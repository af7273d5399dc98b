"""A clock that a test sets by hand."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from typing_extensions import override

from maquette.core.ports import Clock


@dataclass
class SetClock(Clock):
    """Wall time as the test says it is."""

    at: int = 1_800_000_000_000

    @override
    def now(self) -> int:
        return self.at

    @override
    def monotonic(self) -> float:
        return self.at / 1000

    @override
    async def sleep(self, seconds: float) -> None:
        self.at += round(seconds * 1000)
        await asyncio.sleep(0)
