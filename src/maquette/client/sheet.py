"""The calls of lists, and the archive of what a job made."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from maquette.client.model import Job
from maquette.client.transport import API, Transport

ACTION = "list.run"
"""The action that runs a list."""


class Lists:
    """One action for each row of a list."""

    _transport: Transport

    async def preview_list(self, action: str, **words: Any) -> Mapping[str, Any]:
        """Tell what a list would do, without running it; the words: `file` or `rows`, and `params`."""
        body = {"action": action, **words}
        found: Mapping[str, Any] = await self._transport.json("POST", f"{API}/lists/preview", json=body)
        return found

    async def list_rows(self, job: str | Job) -> Sequence[Mapping[str, Any]]:
        """Return how each row of a list goes: its state, files, cost and cause."""
        body = await self._transport.json("GET", f"{API}/lists/{_id(job)}")
        rows: Sequence[Mapping[str, Any]] = body["rows"]
        return rows

    async def archive(self, job: str | Job, path: Path | str) -> Path:
        """Write all files of a job, and of those below it, to one zip; it appears when it is whole."""
        target = Path(path)
        part = target.with_name(f".{target.name}.part")
        async with self._transport.answer("GET", f"{API}/jobs/{_id(job)}/archive") as response:
            with await asyncio.to_thread(part.open, "wb") as file:
                async for piece in response.aiter_bytes():
                    await asyncio.to_thread(file.write, piece)
        await asyncio.to_thread(part.replace, target)
        return target


def _id(job: str | Job) -> str:
    return job if isinstance(job, str) else job.id
