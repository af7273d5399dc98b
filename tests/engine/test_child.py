"""Parents and children: a parent parks, goes on where it was, and falls with its child."""

from __future__ import annotations

import pytest

from maquette.engine.studio import Studio
from maquette.store import job as jobs
from tests.engine.studio import Stage, account, ledger, reached, submit, texts_of, until
from tests.engine.upstream import Upstream, status


async def test_a_parent_waits_for_each_child_and_goes_on_with_its_assets(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await submit(studio, "media.parlour.family", params={"prompts": ["one", "two", "three"]})
    assert (await reached(studio, job)).state == "succeeded"
    assert await texts_of(studio, job) == ["3 assets of children"]
    children = await studio.store.read("default", lambda tx: jobs.children(tx, job.id))
    assert [child.params["prompt"] for child in children] == ["one", "two", "three"]
    assert len(await ledger(studio, job)) == 1


@pytest.mark.accepts("R4")
async def test_a_parent_falls_with_its_child_and_names_it(studio: Studio, upstream: Upstream) -> None:
    await account(studio, "parlour")
    await account(studio, "printer", upstream.url)
    upstream.fail("POST /print", status(400))
    params = {"prompts": ["one", "two"], "action": "media.printer.txt2txt"}
    ended = await reached(studio, await submit(studio, "media.parlour.family", params=params))
    (child,) = await studio.store.read("default", lambda tx: jobs.children(tx, ended.id))
    assert ended.error is not None
    assert (ended.state, ended.error["code"], ended.error["child"]) == ("failed", "generation_failed", child.id)


@pytest.mark.accepts("R1", "R4")
async def test_a_parent_that_loses_its_process_makes_no_child_twice(stage: Stage, upstream: Upstream) -> None:
    first = await stage.open()
    await account(first, "parlour")
    await account(first, "courier", upstream.url)
    upstream.held = True
    params = {"prompts": ["one"], "action": "media.courier.txt2txt"}
    job = await submit(first, "media.parlour.family", params=params)
    await reached(first, job, "children")
    await until(lambda: bool(upstream.calls("GET /tasks/")))
    await stage.kill(first)
    upstream.finish()
    second = await stage.open()
    assert (await reached(second, job)).state == "succeeded"
    assert upstream.bill == ["one"]


async def test_a_child_takes_over_the_priority_of_its_parent(studio: Studio) -> None:
    await account(studio, "parlour")
    job = await submit(studio, "media.parlour.family", params={"prompts": ["one"]}, priority=7)
    await reached(studio, job)
    (child,) = await studio.store.read("default", lambda tx: jobs.children(tx, job.id))
    assert (child.priority, child.parent) == (7, job.id)
