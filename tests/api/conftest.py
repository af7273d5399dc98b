"""One server; tests leave it as they found it but for jobs and assets."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from tests.api.running import Running, left_as_found, serving

CONFIG = """
[limits]
body_bytes = 65536
upload_bytes = 1048576

[testing.narrator]
latency_s = 2.5

[testing.typesetter]
fail = "refuse"
"""


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("api") / "home", CONFIG) as running:
        yield running


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tests come in any order: what one leaves behind fails here, and not in another."""
    if "server" in request.fixturenames:
        yield from left_as_found(request.getfixturevalue("server"))
    else:
        yield


@pytest.fixture
def admin(server: Running) -> Iterator[httpx2.Client]:
    with server.caller("admin") as client:
        yield client


@pytest.fixture
def nobody(server: Running) -> Iterator[httpx2.Client]:
    with server.caller(None) as client:
        yield client
