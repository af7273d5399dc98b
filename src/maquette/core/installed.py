"""What other installed packages offer: their entry points, read once for as long as nothing is installed or removed."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path


def offers(group: str) -> Mapping[str, str]:
    """Return `module:attribute` by name of a group of entry points; nothing is imported.

    To read them opens a file of every installed package, and it is asked for at each request that a filter looks at.
    """
    return _offers(group, tuple((place, _changed(place)) for place in sys.path))


@lru_cache(maxsize=16)
def _offers(group: str, _places: tuple[tuple[str, int], ...]) -> Mapping[str, str]:
    return {entry.name: entry.value for entry in entry_points(group=group)}


def _changed(place: str) -> int:
    """Return when something was last put into a folder or taken out of it; 0 where there is none."""
    try:
        return Path(place).stat().st_mtime_ns
    except OSError:
        return 0
