"""The built-in providers as test doubles: latency and faults, only where the testing section asks."""

from __future__ import annotations

import time

import pytest

from maquette.core.action import Output, Result
from maquette.core.config import Fault
from maquette.core.errors import OffloadFailed, ProviderUnavailable
from maquette.engine import rehearsal

MADE = Result([Output("image", path="made.png", seed=7)])


async def test_without_the_section_nothing_changes() -> None:
    await rehearsal.before(None, "painter")
    await rehearsal.before({"writer": Fault(fail="refuse")}, "painter")
    assert rehearsal.after(None, "painter", MADE) is MADE


async def test_latency_delays_the_work() -> None:
    began = time.monotonic()
    await rehearsal.before({"painter": Fault(latency_s=0.05)}, "painter")
    assert time.monotonic() - began >= 0.05


@pytest.mark.parametrize(("fail", "error"), [("refuse", ProviderUnavailable), ("crash", OffloadFailed)])
async def test_a_fault_comes_before_anything_is_made(fail: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="painter"):
        await rehearsal.before({"painter": Fault.model_validate({"fail": fail})}, "painter")


def test_a_corrupt_result_keeps_its_seed_and_loses_its_bytes() -> None:
    (spoilt,) = rehearsal.after({"painter": Fault(fail="corrupt")}, "painter", MADE).outputs
    assert (spoilt.path, spoilt.content, spoilt.seed) == (None, b"\0corrupt", 7)
