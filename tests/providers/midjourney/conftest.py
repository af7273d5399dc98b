"""A twin of both gateways, and accounts on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from maquette.providers.midjourney import PROVIDER
from tests.providers.hosted import Service, no_faults
from tests.providers.lent import LentCall
from tests.twins.running import Twin, running

__all__ = ["no_faults"]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("midjourney", tmp_path_factory.mktemp("midjourney")) as found:
        yield found


@pytest.fixture
def service(twin: Twin) -> Service:
    return Service(PROVIDER, twin)


@pytest.fixture
async def call(service: Service, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with service.lent(tmp_path) as made:
        yield made


@pytest.fixture
async def proxied(service: Service, tmp_path: Path) -> AsyncIterator[LentCall]:
    """A call through the driver of midjourney-proxy."""
    async with service.lent(tmp_path, driver="mj-proxy", header="mj-api-secret") as made:
        yield made
