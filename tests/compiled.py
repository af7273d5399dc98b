"""Compile each statement once for all databases of a process of tests, as a server does for its one database.

SQLAlchemy keeps what it compiled by dialect and engine, and tests open some fifteen hundred engines: a quarter of what
they took was to compile the same statements again.
"""

from __future__ import annotations

import sqlalchemy as sa

from maquette.store import database

_open = database._engine
_first: dict[str, sa.Engine] = {}


def _alike(url: str, pool: int, idle_s: float) -> sa.Engine:
    """Open an engine with the dialect and the compiled statements of the first one of its kind."""
    made = _open(url, pool, idle_s)
    first = _first.setdefault(made.dialect.name, made)
    made.dialect, made._compiled_cache = first.dialect, first._compiled_cache
    return made


def share() -> None:
    """Have every store of this process do so from now on."""
    database._engine = _alike
