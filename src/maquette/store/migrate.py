"""Lay out a new database, or bring the schema of an older one up to date by Alembic."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import sqlalchemy as sa

from maquette.core.errors import SchemaMismatch
from maquette.store import table_content, table_conversation, table_housekeeping, table_money
from maquette.store.table import metadata
from maquette.store.view import views

HEAD = "0016"
"""The newest revision that this version knows."""
REVISIONS: tuple[str, ...] = (
    "0001", "0002", "0003", "0004", "0005", "0006", "0007", "0010", "0011", "0012", "0013", "0014", "0015", "0016",
)  # fmt: skip

_TABLES = (table_content, table_conversation, table_housekeeping, table_money)
"""What adds its tables to `metadata`, so that none is missing whoever asks first."""


def current(engine: sa.Engine) -> str | None:
    """Return the revision of a database, None if it is empty."""
    if not sa.inspect(engine).has_table("alembic_version"):
        return None
    with engine.connect() as connection:
        found: str | None = connection.execute(sa.text("select version_num from alembic_version")).scalar()
    return found


def migrate(engine: sa.Engine) -> None:
    """Bring a database to `HEAD`: an empty one is laid out at once, an older one upgraded; its file is copied first.

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
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("select pg_advisory_xact_lock(7101)"))  # one process migrates, the others wait
        made = views(engine.dialect.name)
        for name in made:
            connection.execute(sa.text(f"drop view if exists {name}"))
        if sa.inspect(connection).has_table("alembic_version"):
            upgrade(connection)
        else:
            _lay_out(connection)
        # Views have no revisions of their own: they are made anew over whatever the newest tables are.
        for name, body in made.items():
            connection.execute(sa.text(f"create view {name} as {body}"))


def _back_up(path: Path, revision: str) -> None:
    target = path.with_name(f"{path.name}.{revision}.{int(time.time())}.backup")
    source, copy = sqlite3.connect(path), sqlite3.connect(target)
    with copy:
        source.backup(copy)
    source.close()
    copy.close()


def _lay_out(connection: sa.Connection) -> None:
    """Make the tables as they stand: a new database need not live through every revision there ever was."""
    metadata.create_all(connection, checkfirst=False)
    key = "constraint alembic_version_pkc primary key"
    connection.execute(sa.text(f"create table alembic_version (version_num varchar(32) not null {key})"))
    connection.execute(sa.text("insert into alembic_version (version_num) values (:head)"), {"head": HEAD})


def upgrade(connection: sa.Connection) -> None:
    """Run the revisions that a database lacks, all of them on an empty one."""
    from alembic import command  # noqa: PLC0415 - costs 0.2 s and 20 MB that most starts need not pay
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", "maquette:store/migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, HEAD)
