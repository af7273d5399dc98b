"""The real clock."""

from __future__ import annotations

import asyncio
import time


class SystemClock:
    """Time as the machine keeps it."""

    def now(self) -> int:
        """Return the wall time in ms since 1970, UTC."""
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        """Return seconds that never go backwards."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Let others run for so long."""
        await asyncio.sleep(seconds)
