"""The fixtures that every other test leans on do what they say."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import obstore
import psycopg
import pytest
from obstore.store import from_url


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 443), ("169.254.169.254", 80)])
def test_no_test_can_connect_beyond_this_machine(address: tuple[str, int]) -> None:
    with socket.socket() as probe, pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        probe.connect(address)


def test_no_test_can_send_a_datagram_beyond_this_machine() -> None:
    with (
        socket.socket(type=socket.SOCK_DGRAM) as probe,
        pytest.raises(ConnectionRefusedError, match="stay on this machine"),
    ):
        probe.sendto(b"hello", ("192.0.2.1", 53))


def test_no_test_can_ask_a_name_server() -> None:
    with pytest.raises(ConnectionRefusedError, match="no name server"):
        socket.getaddrinfo("example.com", 80)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_a_test_may_connect_to_this_machine(host: str) -> None:
    with socket.create_server((host, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port), timeout=5) as client:
            assert client.getpeername()[1] == port


async def test_async_tests_run_on_the_plain_event_loop() -> None:
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio.")


async def test_an_async_connection_beyond_this_machine_is_refused() -> None:
    with pytest.raises(ConnectionRefusedError, match="stay on this machine"):
        await asyncio.open_connection("192.0.2.1", 80)


def test_a_home_is_empty_and_private(home: Path) -> None:
    assert list(home.iterdir()) == []
    assert home.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_a_fresh_postgres_database(postgres_database: str, round_: int) -> None:
    url = postgres_database.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(url, autocommit=True) as connection:
        assert connection.info.server_version >= 180_000
        connection.execute("CREATE TABLE mark (round int)")
        connection.execute("INSERT INTO mark VALUES (%s)", (round_,))
        assert connection.execute("SELECT round FROM mark").fetchall() == [(round_,)]


def test_sqlalchemy_opens_the_postgres_database(postgres_database: str) -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(postgres_database)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_database()")).scalar_one().startswith("test_")
    engine.dispose()


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_a_fresh_bucket(s3_url: str, s3_options: dict[str, str], round_: int) -> None:
    client = {"allow_http": s3_options["allow_http"]}
    rest = {name: value for name, value in s3_options.items() if name != "allow_http"}
    store = from_url(s3_url, config=rest, client_options=client)
    assert obstore.list(store).collect() == []
    obstore.put(store, "one", str(round_).encode())
    assert bytes(obstore.get(store, "one").bytes()) == str(round_).encode()
