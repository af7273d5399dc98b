"""Bring the schema up to date. Alembic is imported only when there is something to do."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa

from maquette.core.errors import SchemaMismatch
from maquette.store.view import views

HEAD = "0016"
"""The newest revision that this version knows."""
REVISIONS: tuple[str, ...] = (
    "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0010", "0011", "0012", "0013", "0014", "0015", "0016",
)  # fmt: skip


def current(engine: sa.Engine) -> str | None:
    """Return the revision of a database, None if it is empty."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.execute(sa.text("select version_num from alembic_version")).scalar()
    return found


def migrate(engine: sa.Engine) -> None:
    """Upgrade the schema to `HEAD`; a SQLite file is copied first.

    Raises:
        SchemaMismatch: The database was written by a newer version.
    """
    found = current(engine)
    if found == HEAD:
        return
    if found is not None and found not in REVISIONS:
        raise SchemaMismatch(
            f"The database has schema {found!r}; this version knows {HEAD!r} at most",
            hint="Start the newer version that wrote it, or restore the backup that it made beside the database.",
        )
    if found is not None and engine.dialect.name == "sqlite":
        _back_up(Path(str(engine.url.database)), found)
    _upgrade(engine)


def _back_up(path: Path, revision: str) -> None:
    target = path.with_name(f"{path.name}.{revision}.{int(time.time())}.backup")
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    with copy:
        source.backup(copy)
    source.close()
    copy.close()


def _upgrade(engine: sa.Engine) -> None:
    from alembic import command  # noqa: PLC0415 - costs 0.2 s that a start without migrations need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "maquette:store/migrations")
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(7101)"))  # one process migrates, the others wait
        made = views(engine.dialect.name)
        for name in made:
            connection.execute(sa.text(f"drop view if exists {name}"))
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        # Views have no revisions of their own: they are made anew over whatever the newest tables are.
        for name, body in made.items():
            connection.execute(sa.text(f"create view {name} as {body}"))
