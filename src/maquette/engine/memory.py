"""How a process that serves keeps its memory: the collector of reference cycles, and the heaps of the C library."""

from __future__ import annotations

import ctypes
import gc
import sys

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50
"""Objects, and collections of each younger generation, before a generation is collected."""

_ARENA_MAX, _ARENAS = -8, 2
"""`M_ARENA_MAX` of glibc's malloc.h. By default it opens up to eight heaps per processor, and each keeps what some
thread once needed."""


def share_heaps() -> None:
    """Let all threads share two heaps; call it before the first thread starts. Other C libraries have one anyway."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(_ARENA_MAX, _ARENAS)


def rest_collector() -> None:
    """Look for no cycles until `calm_collector`: nearly all that a start makes stays, and looking is a sixth of it."""
    gc.disable()


def calm_collector() -> None:
    """Take all that the start made out of the collector's sight, and let it look through the rest more seldom.

    A full collection stops every job and answer; with 1,000 jobs under way, the default settings do that for a
    quarter of a second every few seconds.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG, _MIDDLE, _OLD)
    gc.enable()
