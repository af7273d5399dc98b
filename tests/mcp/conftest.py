"""One server, and the official client of the protocol in front of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.running import Running, serving

CONFIG = """
[testing.narrator]
latency_s = 30
"""


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with serving(tmp_path_factory.mktemp("mcp") / "home", CONFIG) as running:
        yield running
