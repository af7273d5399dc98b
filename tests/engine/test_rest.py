"""How long an account rests whose provider turns calls away and names no time."""

from __future__ import annotations

from maquette.core.model import Attempt, Job
from maquette.engine import settle
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from tests.engine.studio import Stage, account, ledger, reached, submit, until
from tests.engine.upstream import Upstream, status

PRINTER = "media.printer.txt2txt"


async def turned_away(stage: Stage, studio: Studio, job: Job, mine: str, times: int) -> list[int]:
    """Wait until a job was turned away so many times, ahead of each rest; returns the rests in seconds."""
    rests = list[int]()
    while len(rests) < times:

        async def refused() -> list[Attempt] | None:
            found = [each for each in await ledger(studio, job) if each.state == "refused"]
            return found if len(found) == len(rests) + 1 else None

        await until(refused)
        at = await studio.store.read("default", lambda tx: accounts.get(tx, mine).cooldown_until)
        ended = (await ledger(studio, job))[-1].ended_at
        rests.append(round(((at or 0) - (ended or 0)) / 1000))
        stage.ahead(rests[-1] + 2)
    return rests


async def test_a_rest_doubles_until_the_account_takes_something(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open()
    mine = (await account(studio, "printer", upstream.url)).id
    for times, expected in ((3, [5, 10, 20]), (1, [5])):
        upstream.fail("POST /print", *[status(429)] * times)
        job = await submit(studio, PRINTER)
        assert await turned_away(stage, studio, job, mine, times) == expected
        assert (await reached(studio, job)).state == "succeeded"


def test_calls_side_by_side_that_are_turned_away_together_count_once() -> None:
    assert settle._rest_s([9_003, 9_002, 9_001]) == 5
    assert settle._rest_s([30_000, 29_990, 20_000, 10_000]) == 20
    assert settle._rest_s([at * 60_000 for at in range(40, 0, -1)]) == 900
