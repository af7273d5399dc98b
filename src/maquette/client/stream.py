"""Server-sent events, as the WHATWG HTML standard (section 9.2) frames them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from maquette.client.model import Event


async def read_events(lines: AsyncIterator[str], *, job: str | None = None) -> AsyncIterator[Event]:
    """Yield the events of a stream of lines; comments are pings and are skipped, an unfinished block is dropped."""
    block: dict[str, str] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "data" and "data" in block:
                value = f"{block['data']}\n{value}"
            if name:
                block[name] = value
        else:
            if "data" in block:
                yield event_of(block, job)
            block = {}


def event_of(block: Mapping[str, str], job: str | None) -> Event:
    """Build an event from the fields of one block; the data is the row itself or its `data` alone."""
    body = json.loads(block["data"])
    row: Mapping[str, Any] = body if isinstance(body, dict) else {"value": body}
    inner = row.get("data")
    seq = block.get("id", "") or str(row.get("seq") or "")
    return Event(
        seq=int(seq) if seq.isdigit() else None,
        type=block.get("event") or str(row.get("type") or "message"),
        job=row.get("job") or row.get("job_id") or job,
        data=inner if isinstance(inner, dict) else row,
        at=int(row.get("at") or 0),
        raw=row,
    )
