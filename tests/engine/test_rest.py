"""How long an account rests whose provider turns calls away and names no time."""

from __future__ import annotations

from maquette.core.model import Job
from maquette.engine import settle
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from tests.engine.studio import Stage, account, ledger, reached, submit, until
from tests.engine.upstream import Upstream, status
from tests.store.row import an_attempt

PRINTER = "media.printer.txt2txt"


async def rest_after(studio: Studio, job: Job, mine: str, times: int) -> int:
    """Wait until a job was turned away so many times; returns for how many seconds its account rests then."""

    async def refused() -> bool:
        return [each.state for each in await ledger(studio, job)].count("refused") == times

    await until(refused)
    at = await studio.store.read("default", lambda tx: accounts.get(tx, mine).cooldown_until)
    ended = (await ledger(studio, job))[-1].ended_at
    return round(((at or 0) - (ended or 0)) / 1000)


async def test_a_rest_doubles_while_a_job_is_turned_away(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open()
    mine = (await account(studio, "printer", upstream.url)).id
    upstream.fail("POST /print", *[status(429)] * 3)
    job = await submit(studio, PRINTER)
    for times, expected in enumerate((5, 10, 20), start=1):
        assert await rest_after(studio, job, mine, times) == expected
        stage.ahead(expected + 2)
    assert (await reached(studio, job)).state == "succeeded"


async def test_a_rest_grows_from_job_to_job_while_the_account_takes_nothing(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open()
    mine = (await account(studio, "printer", upstream.url)).id
    for expected in (5, 10):
        upstream.fail("POST /print", status(429))
        job = await submit(studio, PRINTER)
        assert await rest_after(studio, job, mine, 1) == expected
        await studio.engine.cancel("default", job.id)
        await reached(studio, job)
        stage.ahead(expected + 2)


async def test_a_rest_does_not_grow_where_others_were_served_in_between(stage: Stage, upstream: Upstream) -> None:
    studio = await stage.open()
    mine = (await account(studio, "printer", upstream.url)).id
    upstream.fail("POST /print", status(429), status(429))
    job = await submit(studio, PRINTER)
    assert await rest_after(studio, job, mine, 1) == 5
    now = studio.engine.tools.now()
    served = an_attempt("job_other", account=mine, state="succeeded", created_at=now, ended_at=now)
    await studio.store.write("default", lambda tx: attempts.insert(tx, served))
    stage.ahead(7)
    assert await rest_after(studio, job, mine, 2) == 5


def test_calls_side_by_side_that_are_turned_away_together_count_once() -> None:
    assert settle._rest_s([9_003, 9_002, 9_001]) == 5
    assert settle._rest_s([30_000, 29_990, 20_000, 10_000]) == 20
    assert settle._rest_s([at * 60_000 for at in range(40, 0, -1)]) == 900
