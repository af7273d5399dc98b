"""What the tests of hosted providers share: an account on a twin, its bill, and the faults that all vendors have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import HttpUrl, SecretStr

from maquette.core.action import Provider, Result, Settings
from maquette.core.errors import (
    AccountRejected,
    ContentRejected,
    MaquetteError,
    OutcomeUnknown,
    ProviderUnavailable,
    QuotaExhausted,
    RateLimited,
    RequestRejected,
)
from tests.providers.lent import LentCall, Memory, lent
from tests.twins.running import Twin

FAULTS: dict[str, type[MaquetteError]] = {
    "status_401": AccountRejected,
    "payment_402": QuotaExhausted,
    "rate_seconds": RateLimited,
    "rate_bare": RateLimited,
    "moderation": ContentRejected,
    "error_unbilled": OutcomeUnknown,
    "error_billed": OutcomeUnknown,
    "reset_billed": OutcomeUnknown,
    "reset_midway": OutcomeUnknown,
}
"""What a submit that meets a fault ends with, at every vendor."""
Run = Callable[[LentCall], Awaitable[Result]]


def after_crash(call: LentCall, memory: Memory) -> LentCall:
    """Return the call of the same attempt in another process."""
    made = LentCall(call.http, call.settings, call._spool, memory)
    made.assets = call.assets
    return made


async def fault(
    twin: Twin,
    provider: Provider,
    account: Settings,
    folder: Path,
    name: str,
    run: Run,
) -> MaquetteError:
    """Let a submit meet a fault and return the error, which must be the one of all vendors."""
    kind = FAULTS[name]
    before = twin.state()["faults"]
    twin.set_faults(rate=1.0, elsewhere=0.0, kinds=[name], retry_after=2)
    try:
        async with lent(provider, account, folder) as call:
            with pytest.raises(kind) as caught:
                await run(call)
    finally:
        twin.set_faults(rate=0.0, kinds=before["kinds"])
    assert type(caught.value) is kind
    if name == "rate_seconds":
        assert caught.value.retry_after == pytest.approx(2, abs=1)
    return caught.value


async def refused_checks(provider: Provider, account: Settings, folder: Path, path: str, vendor: str) -> None:
    """Prove that the check names cause and cure for a wrong key, a path too many, a stranger and nobody."""
    url = str(account.base()).removesuffix(path)

    async def failing(kind: type[MaquetteError], **changes: Any) -> MaquetteError:
        settings = type(account).model_validate(account.model_dump() | changes)
        async with lent(provider, settings, folder) as call:
            with pytest.raises(kind) as caught:
                await provider.check(call)
        return caught.value

    wrong = await failing(AccountRejected, api_key="sk-somebody-else")
    assert f"Enter what {vendor} gave out for" in wrong.advice
    assert "sk-somebody-else" not in str(wrong.problem())
    surplus = await failing(RequestRejected, base_url=f"{url}/api{path}")
    # Where the vendor's own base URL has a path, ours may be wrong in more ways than one, and the right one is named.
    cure = "Set the account's base URL to that of" if path else "Take the path '/api' off the account's base URL."
    assert surplus.advice.startswith(cure)
    stranger = await failing(RequestRejected, base_url=f"{url}/files/nothing")
    assert f"does not answer as {vendor} does" in stranger.message
    await failing(ProviderUnavailable, base_url=f"http://127.0.0.1:9{path}")


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

    async def fault(self, folder: Path, name: str, run: Run) -> MaquetteError:
        """Let a submit meet a fault and return the error, which must be the one of all vendors."""
        return await fault(self.twin, self.provider, self.account(), folder, name, run)


@pytest.fixture
def no_faults(twin: Twin) -> Iterator[Twin]:
    """The twin, whose conditions are put back after the test."""
    before = twin.state()["faults"]
    yield twin
    twin.set_faults(**before)
