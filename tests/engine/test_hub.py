"""Following the log: first what was, then what comes, nothing lost and nothing twice."""

from __future__ import annotations

import asyncio
import random
import time
from contextlib import aclosing

import pytest

from maquette.core.model import Event
from maquette.engine.studio import Studio
from maquette.store.database import Tx
from tests.engine.studio import Stage, account, log_of, reached, submit, until

WRITTEN = 200
RECONNECTS = 50


async def write(studio: Studio, numbers: range, workspace: str = "default") -> None:
    """Append events, one commit each."""
    for number in numbers:

        def unit(tx: Tx, number: int = number) -> None:
            tx.emit("config.changed", None, {"number": number})

        await studio.store.write(workspace, unit)


async def follow(studio: Studio, seen: list[Event], count: int, *, job: str | None = None) -> None:
    """Follow on from what was seen for so many events."""
    after = seen[-1].seq if seen else 0
    async with aclosing(studio.engine.hub.follow("default", after=after, job=job)) as stream:
        async for entry in stream:
            if entry is not None:
                seen.append(entry)
                count -= 1
            if count <= 0:
                return


@pytest.mark.accepts("S0.37", "S0.34")
async def test_nothing_is_lost_or_doubled_over_fifty_reconnects(any_stage: Stage) -> None:
    studio = await any_stage.open()
    writers = [asyncio.create_task(write(studio, range(i * 50, i * 50 + 50))) for i in range(WRITTEN // 50)]
    seen = list[Event]()
    async with asyncio.timeout(30):
        for _ in range(RECONNECTS - 1):
            await follow(studio, seen, min(random.randint(1, 4), WRITTEN - len(seen)))
        await asyncio.gather(*writers)
        if left := WRITTEN - len(seen):
            await follow(studio, seen, left)
    assert [entry.seq for entry in seen] == sorted({entry.seq for entry in seen})
    assert sorted(entry.data["number"] for entry in seen) == list(range(WRITTEN))


async def test_many_followers_see_the_same_in_the_same_order(any_stage: Stage) -> None:
    studio = await any_stage.open()
    await write(studio, range(20))
    logs: list[list[Event]] = [[] for _ in range(10)]
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        for log in logs:
            group.create_task(follow(studio, log, 60))
        group.create_task(write(studio, range(20, 60)))
    assert all(log == logs[0] for log in logs)
    assert [entry.data["number"] for entry in logs[0]] == list(range(60))


async def test_a_follower_in_another_process_sees_what_is_written_here(postgres_stage: Stage) -> None:
    writer = await postgres_stage.open()
    reader = await postgres_stage.open(alone=False)
    seen = list[Event]()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(follow(reader, seen, 50))
        group.create_task(write(writer, range(50)))
    assert [entry.data["number"] for entry in seen] == list(range(50))


async def test_events_of_two_writing_processes_come_in_the_order_of_their_commits(postgres_stage: Stage) -> None:
    first = await postgres_stage.open()
    second = await postgres_stage.open(alone=False)
    seen = list[Event]()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        group.create_task(follow(first, seen, 200))
        group.create_task(write(first, range(100)))
        group.create_task(write(second, range(100, 200)))
    assert [entry.seq for entry in seen] == sorted({entry.seq for entry in seen})
    assert sorted(entry.data["number"] for entry in seen) == list(range(200))


async def test_a_follower_of_one_job_sees_that_job_alone(studio: Studio) -> None:
    await account(studio, "parlour")
    mine = await submit(studio, "media.parlour.echo", prompt="mine")
    await reached(studio, await submit(studio, "media.parlour.echo", prompt="other"))
    await reached(studio, mine)
    seen = list[Event]()
    await follow(studio, seen, 6, job=mine.id)
    assert {entry.job for entry in seen} == {mine.id}
    assert seen == (await log_of(studio, mine))[:6]


@pytest.mark.accepts("S5")
async def test_a_follower_sees_nothing_of_another_workspace(studio: Studio) -> None:
    await write(studio, range(5), "elsewhere")
    await write(studio, range(100, 105))
    seen = list[Event]()
    await follow(studio, seen, 5)
    assert [entry.data["number"] for entry in seen] == list(range(100, 105))


async def test_a_stop_ends_every_stream(stage: Stage) -> None:
    studio = await stage.open()
    seen = list[Event]()
    follower = asyncio.create_task(follow(studio, seen, 1_000))
    await write(studio, range(3))
    await until(lambda: len(seen) == 3)
    await stage.close(studio)
    await asyncio.wait_for(follower, 5)


async def test_whoever_waits_for_a_job_here_is_told_when_it_is_let_go_and_nobody_waits_for_another(
    studio: Studio,
) -> None:
    hub = studio.engine.hub
    await hub.left("job_elsewhere")
    hub.watch("job_here")
    waiting = [asyncio.create_task(hub.left("job_here")) for _ in range(2)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in waiting)
    hub.unwatch("job_here")
    async with asyncio.timeout(5):
        await asyncio.gather(*waiting)


async def test_a_stop_lets_those_go_who_wait_for_a_job(stage: Stage) -> None:
    studio = await stage.open()
    studio.engine.hub.watch("job_here")
    waiting = asyncio.create_task(studio.engine.hub.left("job_here"))
    await asyncio.sleep(0)
    await studio.engine.hub.stop()
    async with asyncio.timeout(5):
        await waiting


async def test_a_first_follower_hears_at_once_of_what_is_written_right_after_its_first_look(studio: Studio) -> None:
    hub = studio.engine.hub
    await write(studio, range(1))
    waits = list[float]()
    for number in range(1, 12):
        async with aclosing(hub.follow("default", after=number)) as stream:
            first = asyncio.create_task(anext(aiter(stream)))
            await asyncio.sleep(0)
            begun = time.monotonic()
            await write(studio, range(number, number + 1))
            entry = await first
            waits.append(time.monotonic() - begun)
            assert entry is not None
            assert entry.data["number"] == number
    assert sorted(waits)[len(waits) // 2] < 1, "not told, but found by the look that the pump takes every two seconds"


async def test_a_follower_that_comes_back_gets_what_was_written_meanwhile_at_once(studio: Studio) -> None:
    seen = list[Event]()
    await write(studio, range(1))
    waits = list[float]()
    for number in range(1, 8):
        await follow(studio, seen, 1)
        await write(studio, range(number, number + 1))  # nobody listens
        begun = time.monotonic()
        await follow(studio, seen, 1)
        waits.append(time.monotonic() - begun)
        await write(studio, range(number + 100, number + 101))
    assert sorted(waits)[len(waits) // 2] < 1
    assert [entry.seq for entry in seen] == sorted({entry.seq for entry in seen})
