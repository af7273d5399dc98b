"""One job from its start to its end: retries, fallbacks, outputs, and what stops it."""

from __future__ import annotations

import pytest

from maquette.engine.studio import Studio
from tests.engine.studio import account, assets_of, ledger, log_of, reached, submit, texts_of
from tests.engine.upstream import Upstream


async def test_a_job_from_the_queue_makes_its_asset_and_pays_once(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "courier", upstream.url)
    job = await submit(studio, "media.courier.txt2txt", prompt="a fox")
    ended = await reached(studio, job)
    assert (ended.state, ended.cost, upstream.bill) == ("succeeded", 200, ["a fox"])
    assert await texts_of(studio, job) == ["a fox 0"]
    told = [event.type for event in await log_of(studio, job)]
    assert [t for t in told if t not in ("attempt.progressed", "asset.ready")] == [
        "job.queued", "job.started", "attempt.started", "asset.created", "attempt.succeeded", "job.succeeded",
    ]  # fmt: skip
    (asset,) = await assets_of(studio, job)
    (attempt,) = await ledger(studio, job)
    assert (asset.attempt, asset.index, attempt.handle) == (attempt.id, 0, {"value": {"id": "task-1"}})
