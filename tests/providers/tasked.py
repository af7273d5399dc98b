"""What the tests of every hosted service need: its twin, an account on it, and a call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.core.action import Provider
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    MaquetteError,
    OutcomeUnknown,
    QuotaExhausted,
    RateLimited,
)
from tests.providers.lent import LentCall, lent
from tests.twins.running import Name, Twin, running

FAULTS: list[tuple[str, type[MaquetteError]]] = [
    ("status_401", AccountRejected),
    ("payment_402", QuotaExhausted),
    ("rate_seconds", RateLimited),
    ("moderation", ContentRejected),
    ("error_unbilled", OutcomeUnknown),
    ("error_billed", OutcomeUnknown),
    ("reset_billed", OutcomeUnknown),
]
"""What a submit can meet, and the error that it is."""


class Service:
    """One provider, with its twin and the path of its base URL."""

    def __init__(self, provider: Provider, twin: Twin, root: str = "") -> None:
        self.provider = provider
        self.twin = twin
        self.root = root

    def account(self, url: str = "", **settings: Any) -> Any:
        """Return settings on the twin, or on another server."""
        given = {"api_key": SecretStr("sk-twin"), "base_url": HttpUrl((url or self.twin.url) + self.root)}
        return self.provider.settings(**{**given, **settings})

    @asynccontextmanager
    async def lent(self, folder: Path, **settings: Any) -> AsyncIterator[LentCall]:
        """Lend a call on an account of the twin."""
        async with lent(self.provider, self.account(**settings), folder) as call:
            yield call

    def bills(self, marker: str) -> int:
        """Return how often the twin took money for a marker."""
        return [line["marker"] for line in self.twin.bill()].count(marker)


@pytest.fixture
def no_faults(twin: Twin) -> Iterator[Twin]:
    """The twin, whose conditions are put back after the test."""
    before = twin.state()["faults"]
    yield twin
    twin.set_faults(**before)


def twin_of(name: Name, folder: Path) -> Iterator[Twin]:
    """Run the twin of a service while the fixture lives."""
    with running(name, folder) as found:
        yield found
