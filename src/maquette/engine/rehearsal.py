"""Latency and faults on demand: a provider as its own test double. Only the `testing` section switches it on."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

from maquette.core.action import Result
from maquette.core.config import Fault
from maquette.core.errors import OffloadFailed, ProviderUnavailable


async def before(faults: Mapping[str, Fault] | None, provider: str) -> None:
    """Wait, or fail before anything is sent, as the section of the provider asks.

    Raises `ProviderUnavailable` for `refuse` and `OffloadFailed` for `crash`.
    """
    fault = (faults or {}).get(provider)
    if fault is None:
        return
    await asyncio.sleep(fault.latency_s)
    if fault.fail == "refuse":
        raise ProviderUnavailable(f"{provider!r} refuses, as the testing section asks")
    if fault.fail == "crash":
        raise OffloadFailed(f"The work of {provider!r} ends, as the testing section asks")


def after(faults: Mapping[str, Fault] | None, provider: str, result: Result) -> Result:
    """Return the result, its bytes spoilt for `corrupt`."""
    fault = (faults or {}).get(provider)
    if fault is None or fault.fail != "corrupt":
        return result
    return replace(result, outputs=[replace(o, content=b"\0corrupt", path=None, url=None) for o in result.outputs])
