"""A fingerprint of a picture that changes little when the picture does; runs in the child process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .poster import poster

_SIDE = 8


def fingerprint(source: str, extension: str) -> dict[str, Any]:
    """Return the difference hash of a picture: whether each of 64 places is darker than the one to its right."""
    small = poster(Path(source), extension).convert("L").resize((_SIDE + 1, _SIDE))
    raw = small.tobytes()
    bits = 0
    for row in range(_SIDE):
        for column in range(_SIDE):
            at = row * (_SIDE + 1) + column
            bits = bits << 1 | (raw[at] < raw[at + 1])
    return {"fingerprint": f"{bits:016x}"}
