"""What the tests of hosted providers share."""

from __future__ import annotations

from tests.providers.lent import LentCall, Memory
from tests.twins.running import Twin


def billed(twin: Twin, marker: str) -> int:
    """Return how often the provider took money for a prompt."""
    return [line["marker"] for line in twin.bill()].count(marker)


def after_crash(call: LentCall, memory: Memory) -> LentCall:
    """Return the call of the same attempt in another process."""
    made = LentCall(call.http, call.settings, call._spool, memory)
    made.assets = call.assets
    return made
