"""A twin of the vendor, and an account on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from maquette.providers.leonardo import PROVIDER
from tests.providers.hosted import Service, no_faults
from tests.providers.lent import LentCall
from tests.twins.running import Twin, running

__all__ = ["no_faults"]


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("leonardo", tmp_path_factory.mktemp("leonardo")) as found:
        yield found


@pytest.fixture
def service(twin: Twin) -> Service:
    return Service(PROVIDER, twin, "/api/rest")


@pytest.fixture
async def call(service: Service, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with service.lent(tmp_path) as made:
        yield made
