"""Requests to other servers: recorded, sent once, and never where nobody allowed it."""

from __future__ import annotations

import pytest
from aiohttp import web

from maquette.core.errors import ParamsInvalid
from maquette.engine.studio import Studio
from tests.engine.studio import Stage, account, ledger, reached, submit
from tests.services.house import opened


class Desk:
    """A server that tells what it was asked."""

    def __init__(self) -> None:
        self.url = ""
        self.seen: list[dict[str, object]] = []

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json() if request.can_read_body else None
        self.seen.append({"method": request.method, "headers": dict(request.headers), "body": body})
        if request.path == "/plain":
            return web.Response(text="not JSON")
        return web.json_response({"echo": body})


@pytest.fixture
async def desk():
    made = Desk()
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", made.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield made
    await runner.cleanup()


async def with_account(studio: Studio, desk: Desk) -> str:
    made = await account(studio, "http", name="desk")
    from maquette.store import account as accounts

    await studio.store.write("default", lambda tx: accounts.update(tx, made.id, settings={"server": desk.url}) and None)
    return made.id


async def test_a_request_goes_to_the_server_of_its_account(stage: Stage, desk: Desk) -> None:
    studio = await opened(stage)
    mine = await with_account(studio, desk)
    params = {"url": f"{desk.url}/orders", "method": "POST", "body": {"a": 1}, "headers": {"x-kind": "test"}}
    job = await reached(studio, await submit(studio, "http.request", params={**params, "account": mine}))
    assert job.result == {"status": 200, "body": {"echo": {"a": 1}}}, job.error
    (seen,) = desk.seen
    assert (seen["method"], seen["body"]) == ("POST", {"a": 1})
    plain = await reached(
        studio, await submit(studio, "http.request", params={"url": f"{desk.url}/plain", "account": mine})
    )
    assert plain.result == {"status": 200, "body": "not JSON"}


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9/x", "http://localhost/x", "http://169.254.169.254/", "http://[::1]/"]
)
async def test_a_private_address_that_no_account_names_is_refused(stage: Stage, desk: Desk, url: str) -> None:
    studio = await opened(stage)
    await with_account(studio, desk)
    for params in ({"url": url}, {"url": url, "account": "desk"}):
        job = await reached(studio, await submit(studio, "http.request", params=params))
        assert job.error is not None
        assert (job.state, job.error["cause"]) == ("failed", "url_refused")
    assert desk.seen == []


async def test_a_request_is_an_attempt_like_any_other(stage: Stage, desk: Desk) -> None:
    studio = await opened(stage)
    mine = await with_account(studio, desk)
    job = await submit(studio, "media.http.request", params={"url": f"{desk.url}/x"}, account=mine)
    await reached(studio, job)
    (attempt,) = await ledger(studio, job)
    assert (attempt.state, attempt.provider) == ("succeeded", "http")


async def test_a_secret_in_a_header_is_refused_before_it_is_kept(stage: Stage) -> None:
    studio = await opened(stage)
    params = {"url": "https://a.example/x", "headers": {"Authorization": "Bearer abc"}}
    with pytest.raises(ParamsInvalid, match="carries a secret") as caught:
        await submit(studio, "media.http.request", params=params)
    assert "abc" not in str(caught.value.details)
