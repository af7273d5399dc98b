"""What the tests of hosted providers share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

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


def billed(twin: Twin, marker: str) -> int:
    """Return how often the provider took money for a prompt."""
    return [line["marker"] for line in twin.bill()].count(marker)


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
