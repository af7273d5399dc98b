"""Identifiers: a prefix that is only a label, and a version 7 UUID (RFC 9562) that sorts by time."""

from __future__ import annotations

import secrets
import threading
import time
import uuid

_COUNTER_BITS = 74
_lock = threading.Lock()
_last = 0


def uuid7() -> uuid.UUID:
    """Return a version 7 UUID, greater than every one that this process returned before."""
    global _last  # noqa: PLW0603 - one monotonic sequence a process is the point
    with _lock:
        fresh = (time.time_ns() // 1_000_000) << _COUNTER_BITS | secrets.randbits(_COUNTER_BITS)
        _last = max(fresh, _last + 1)
        value = _last
    millis, tail = value >> _COUNTER_BITS, value & ((1 << _COUNTER_BITS) - 1)
    return uuid.UUID(int=(millis << 80) | (7 << 76) | ((tail >> 62) << 64) | (2 << 62) | (tail & ((1 << 62) - 1)))


def new_id(prefix: str) -> str:
    """Return `prefix_` and 32 hex digits."""
    return f"{prefix}_{uuid7().hex}"


def earliest(prefix: str, at: int) -> str:
    """Return what sorts before every id that is made at a time, in ms since 1970, or later."""
    return f"{prefix}_{max(at, 0):012x}"


def as_uuid(identifier: str) -> str:
    """Return the canonical lower-case UUID inside an id, for providers that take one of ours."""
    return str(uuid.UUID(hex=identifier.rpartition("_")[2]))
