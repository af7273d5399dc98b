"""The schema: what the migrations make is what the tables say, and nothing is migrated without a way back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.util import CommandError
from sqlalchemy.exc import DBAPIError

from maquette.core.errors import SchemaMismatch
from maquette.store import migrate as migration
from maquette.store.database import Store
from maquette.store.migrate import HEAD, REVISIONS, current, migrate, upgrade
from maquette.store.table_content import contents
from maquette.store.table_housekeeping import metadata
from tests.store.clock import SetClock
from tests.store.row import MINE


def set_revision(engine: sa.Engine, revision: str) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("update alembic_version set version_num = :r"), {"r": revision})


@pytest.fixture
def empty(request: pytest.FixtureRequest, store: Store) -> Iterator[sa.Engine]:
    """The engine of a store on an empty database of the same kind."""
    if store.sqlite:
        url = f"sqlite:///{request.getfixturevalue('tmp_path') / 'empty.db'}"
    else:
        url = request.getfixturevalue("new_database")()
    other = Store(url, SetClock())
    yield other.engine
    other.close()


@pytest.fixture
def upgraded(empty: sa.Engine) -> sa.Engine:
    """A database of the same kind that lived through every revision."""
    with empty.begin() as connection:
        upgrade(connection)
    return empty


def laid_out(engine: sa.Engine) -> dict[str, Any]:
    """Return every column, key and index of a database, and the conditions of the partial ones."""
    asked = sa.inspect(engine)
    found: dict[str, Any] = {}
    for table in asked.get_table_names():
        columns = {
            each["name"]: (str(each["type"]), each["nullable"], each["default"]) for each in asked.get_columns(table)
        }
        unique = sorted((each["column_names"] for each in asked.get_unique_constraints(table)), key=str)
        found[table] = (columns, asked.get_pk_constraint(table)["constrained_columns"], unique)
    written = {
        "sqlite": "select name, sql from sqlite_master where type = 'index' and sql is not null",
        "postgresql": "select indexname, indexdef from pg_indexes where schemaname = 'public'",
    }
    with engine.connect() as connection:
        for name, definition in connection.execute(sa.text(written[engine.dialect.name])):
            found[f"index {name}"] = "".join(definition.lower().replace('"', "").split())
        if engine.dialect.name == "sqlite":
            tables = connection.execute(sa.text("select name, sql from sqlite_master where type = 'table'"))
            found["autoincrement"] = sorted(name for name, sql in tables if "AUTOINCREMENT" in sql)
    return found


def test_the_migrations_make_what_the_tables_say(upgraded: sa.Engine) -> None:
    with upgraded.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert contents.metadata is metadata  # the tables of articles stand in a file of their own
        assert compare_metadata(context, metadata) == []


def test_a_new_database_is_laid_out_as_one_that_lived_through_every_revision(store: Store, upgraded: sa.Engine) -> None:
    assert current(store.engine) == current(upgraded) == HEAD
    new, lived = laid_out(store.engine), laid_out(upgraded)
    assert new.keys() == lived.keys()
    assert {name: (new[name], lived[name]) for name in new if new[name] != lived[name]} == {}


def test_a_start_that_ends_while_tables_are_laid_out_leaves_nothing(
    empty: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(migration, "views", lambda _: {"last": "nonsense"})  # all tables are there by then
        with pytest.raises(DBAPIError):
            migrate(empty)
    assert sa.inspect(empty).get_table_names() == []
    migrate(empty)
    assert current(empty) == HEAD


def test_the_comparison_sees_a_difference(store: Store) -> None:
    with store.engine.connect() as connection:
        connection.execute(sa.text("drop index jobs_state"))
        connection.execute(sa.text("alter table jobs drop column reserved"))
        context = MigrationContext.configure(connection)
        changes = [change[0] for change in compare_metadata(context, metadata)]
        connection.rollback()
    assert sorted(changes) == ["add_column", "add_index"]


def test_the_newest_known_revision_is_the_one_in_force(store: Store) -> None:
    assert REVISIONS[-1] == HEAD
    assert current(store.engine) == HEAD


def test_migrating_again_changes_nothing(sqlite: Store, tmp_path: Path) -> None:
    migrate(sqlite.engine)
    assert current(sqlite.engine) == HEAD
    assert list(tmp_path.glob("*.backup")) == []


def test_an_empty_database_has_no_revision_and_gets_the_newest(tmp_path: Path) -> None:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'fresh.db'}")
    assert current(engine) is None
    migrate(engine)
    assert current(engine) == HEAD
    assert list(tmp_path.glob("*.backup")) == [], "there was nothing to lose"
    engine.dispose()


def test_a_schema_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    set_revision(store.engine, "9999")
    with pytest.raises(SchemaMismatch, match="'9999'") as caught:
        migrate(store.engine)
    assert repr(HEAD) in caught.value.message
    assert "newer version" in caught.value.advice
    assert current(store.engine) == "9999"


async def test_an_older_file_is_copied_before_it_is_migrated(
    sqlite: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await sqlite.write(MINE, lambda tx: tx.emit("job.queued", "job_1", {}))
    set_revision(sqlite.engine, "0000")
    monkeypatch.setattr(migration, "REVISIONS", ("0000", *REVISIONS))
    with pytest.raises(CommandError):  # there are no steps from a revision that never was: the migration fails …
        migrate(sqlite.engine)
    [backup] = tmp_path.glob("maquette.db.0000.*.backup")  # … and what was there before lies beside it
    copy = sqlite3.connect(backup)
    assert copy.execute("select version_num from alembic_version").fetchall() == [("0000",)]
    assert copy.execute("select job from events").fetchall() == [("job_1",)]
    copy.close()
    assert current(sqlite.engine) == "0000"
