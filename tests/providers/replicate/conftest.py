"""A twin of the vendor for the tests of a module, and an account on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.providers.replicate import PROVIDER, Account
from tests.providers.lent import LentCall, lent
from tests.twins.running import Twin, running


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("replicate", tmp_path_factory.mktemp("replicate"), looks=2) as found:
        yield found


@pytest.fixture
def account(twin: Twin) -> Account:
    return Account(base_url=HttpUrl(f"{twin.url}/v1"), api_key=SecretStr("sk-twin"))


@pytest.fixture
async def call(account: Account, tmp_path: Path) -> AsyncIterator[LentCall]:
    async with lent(PROVIDER, account, tmp_path) as made:
        yield made
