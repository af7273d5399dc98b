"""How the collector of reference cycles behaves in a process that serves."""

from __future__ import annotations

import gc

_YOUNG, _MIDDLE, _OLD = 20_000, 20, 50
"""Objects, and collections of each younger generation, before a generation is collected."""


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
