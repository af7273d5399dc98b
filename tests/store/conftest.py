"""One suite over both databases: a migrated SQLite file and a migrated Postgres, fresh for each test."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from maquette.store.database import Store
from maquette.store.migrate import migrate
from tests import compiled
from tests.conftest import with_database
from tests.store.clock import SetClock

compiled.share()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a migrated database that Postgres copies."""
    name = f"template_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    engine = sa.create_engine(with_database(postgres_url, name))
    migrate(engine)
    engine.dispose()
    return name


@pytest.fixture
def migrated_postgres(postgres_url: str, postgres_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated Postgres database."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}"')
    yield with_database(postgres_url, name)
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def migrated_sqlite(tmp_path: Path, sqlite_template: Path) -> str:
    """The URL of a fresh, migrated SQLite file."""
    path = tmp_path / "maquette.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


Opener = Callable[..., Store]


@pytest.fixture
def opened(clock: SetClock) -> Iterator[Opener]:
    """Open stores that are closed after the test."""
    stores: list[Store] = []

    def open_store(url: str, pool: int = 8) -> Store:
        stores.append(Store(url, clock, pool=pool))
        return stores[-1]

    yield open_store
    for store in stores:
        store.close()


@pytest.fixture(params=["sqlite", "postgres"])
def migrated(request: pytest.FixtureRequest) -> str:
    """The URL of a fresh, migrated database of each kind."""
    url: str = request.getfixturevalue(f"migrated_{request.param}")
    return url


@pytest.fixture
def store(migrated: str, opened: Opener) -> Store:
    """A store over each kind of database."""
    return opened(migrated)


@pytest.fixture
def sqlite(migrated_sqlite: str, opened: Opener) -> Store:
    """A store over SQLite, for what only its one writer does."""
    return opened(migrated_sqlite)


@pytest.fixture
def postgres(migrated_postgres: str, opened: Opener) -> Store:
    """A store over Postgres, for what only many writers can do."""
    return opened(migrated_postgres)
