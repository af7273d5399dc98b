"""Read JSON as what it is declared to be, in whatever threads.

msgspec 0.22 completes the description of a struct when it is first read, and a second thread that meets it half made
ends the process with a segmentation fault. So every description is completed under one lock before it is used.
"""

from __future__ import annotations

from threading import Lock
from typing import Any, TypeVar

import msgspec

__all__ = ["convert", "decode"]

T = TypeVar("T")

_complete = set[Any]()
_completing = Lock()


def decode(body: bytes | str, kind: type[T]) -> T:
    """Read JSON as `kind`; raises `msgspec.DecodeError` or `UnicodeDecodeError`."""
    _known(kind)
    return msgspec.json.decode(body, type=kind)


def convert(value: Any, kind: type[T]) -> T:
    """Read what was JSON as `kind`; raises `msgspec.ValidationError`."""
    _known(kind)
    return msgspec.convert(value, kind)


def _known(kind: Any) -> None:
    if kind not in _complete:
        with _completing:
            msgspec.json.Decoder(kind)
            _complete.add(kind)
