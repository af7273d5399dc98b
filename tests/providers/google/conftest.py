"""A twin of the vendor for the tests of a module, and accounts on both of its doors."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.providers.google import PROVIDER
from maquette.providers.google.settings import Account
from tests.providers.lent import LentCall, lent
from tests.twins.running import Twin, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("google", tmp_path_factory.mktemp("google"), step_delay=0.002) as found:
        yield found


@pytest.fixture
def account(twin: Twin) -> Account:
    return Account(base_url=HttpUrl(twin.url), api_key=SecretStr("sk-twin"))


@pytest.fixture
def vertex(account: Account) -> Account:
    return account.model_copy(update={"flavour": "vertex", "project": "studio-1", "location": "europe-west4"})


@pytest.fixture
async def call(account: Account, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, account, tmp_path / "gemini") as made:
        yield made


@pytest.fixture
async def cloud(vertex: Account, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, vertex, tmp_path / "vertex") as made:
        yield made
