"""The paid call on the wire: sent once or not at all, on a fresh connection, and spooled before anybody reads it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from maquette.core.action import Provider
from maquette.core.errors import GenerationFailed, OutcomeUnknown, ProviderError, ProviderUnavailable, UrlRefused
from maquette.engine.spool import Spool
from maquette.engine.transport import PAID, TRIES, AccountHttp, Paid, Wires
from tests.engine.plugins._wire import ServerAccount
from tests.engine.upstream import Upstream, billed_then_reset, hang, plain, reset, status, truncated

BODY = {"prompt": "a fox"}
KEPT_ALIVE_S = 2.6
"""Longer than a connection may have been idle before a paid call."""


@pytest.fixture
async def wires() -> AsyncIterator[Wires]:
    made = Wires(answer_timeout_s=0.5, output_bytes=2**20)
    yield made
    await made.close()


@pytest.fixture
def http(wires: Wires, upstream: Upstream) -> AccountHttp:
    return AccountHttp(wires, ServerAccount(base_url=upstream.url), None)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


async def pay(http: AccountHttp, spool: Spool, may_send: Callable[[], None] = lambda: None) -> tuple[Paid, Any]:
    """Send a paid request and return what is known of it, with its answer or its error."""
    paid = Paid("att_1", spool, may_send)
    mark = PAID.set(paid)
    try:
        return paid, await http.send("POST", "/print", body=BODY)
    except ProviderError as error:
        return paid, error
    finally:
        PAID.reset(mark)


async def test_a_paid_answer_is_in_the_spool_before_it_is_read(
    http: AccountHttp, spool: Spool, upstream: Upstream
) -> None:
    paid, answer = await pay(http, spool)
    kept = spool.read("att_1")
    assert kept is not None
    assert (kept.status, kept.body) == (200, answer.body)
    assert (paid.sent, paid.answered, paid.refused) == (True, True, False)


@pytest.mark.accepts("R1", "R3")
@pytest.mark.parametrize("fault", [reset, billed_then_reset, truncated, hang, status(500), status(409), status(307)])
async def test_a_lost_or_ambiguous_answer_leaves_doubt_and_the_request_is_not_repeated(
    http: AccountHttp, spool: Spool, upstream: Upstream, fault: Any
) -> None:
    upstream.fail("POST /print", fault)
    paid, error = await pay(http, spool)
    assert isinstance(error, OutcomeUnknown)
    assert (paid.sent, len(upstream.seen)) == (True, 1)


class Speaking(Provider):
    """A provider whose server says what became of a call when it breaks."""

    title = "Speaking"

    @override
    def final(self, status: int, body: Mapping[str, Any]) -> ProviderError | None:
        kinds = {"full": ProviderUnavailable, "broke": GenerationFailed}
        return kinds[body["ended"]]("It is over")


@pytest.mark.parametrize(("ended", "refused"), [("full", True), ("broke", False)])
async def test_what_broke_in_the_providers_hands_was_taken_and_what_it_had_no_room_for_was_not(
    wires: Wires, spool: Spool, upstream: Upstream, ended: str, refused: bool
) -> None:
    http = AccountHttp(wires, ServerAccount(base_url=upstream.url), Speaking())
    upstream.fail("POST /print", status(500, {"ended": ended}))
    paid, _ = await pay(http, spool)
    assert (paid.answered, paid.refused) == (True, refused)


@pytest.mark.accepts("R1")
async def test_a_paid_call_follows_no_redirect(http: AccountHttp, spool: Spool, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(307, location=f"{upstream.url}/bytes"))
    _, error = await pay(http, spool)
    assert isinstance(error, OutcomeUnknown)
    assert [seen.path for seen in upstream.seen] == ["/print"]


async def test_a_refused_connection_proves_that_nothing_was_sent(wires: Wires, spool: Spool) -> None:
    paid, error = await pay(AccountHttp(wires, ServerAccount(base_url="http://127.0.0.1:9"), None), spool)
    assert isinstance(error, ProviderUnavailable)
    assert paid.sent is False


@pytest.mark.accepts("R5")
async def test_the_first_byte_is_held_back_where_the_call_may_not_be_sent(
    http: AccountHttp, spool: Spool, upstream: Upstream
) -> None:
    def stale() -> None:
        raise PermissionError

    paid, error = await pay(http, spool, stale)
    assert isinstance(error, ProviderUnavailable)
    assert (paid.sent, upstream.seen) == (False, [])


@pytest.mark.accepts("R1")
async def test_a_paid_call_never_rides_a_connection_that_was_idle_for_long(
    http: AccountHttp, spool: Spool, upstream: Upstream
) -> None:
    upstream.fail("GET /warm", status(200), status(200))
    await http.get("/warm")
    await http.get("/warm")
    await asyncio.sleep(KEPT_ALIVE_S)
    await pay(http, spool)
    first, second, paid = upstream.seen
    assert first.peer == second.peer, "free calls share a connection, else this test shows nothing"
    assert paid.peer != first.peer


async def test_a_free_call_is_tried_again_on_passing_faults(http: AccountHttp, upstream: Upstream) -> None:
    upstream.fail("GET /thing", reset, status(503), status(200, {"it": "came"}))
    assert await http.get("/thing") == {"it": "came"}
    assert len(upstream.seen) == 3


async def test_a_free_call_gives_up_after_some_tries(http: AccountHttp, upstream: Upstream) -> None:
    upstream.fail("GET /thing", *[status(503, retry_after="0.01")] * (TRIES + 1))
    with pytest.raises(ProviderUnavailable):
        await http.get("/thing")
    assert len(upstream.seen) == TRIES


async def test_only_one_request_can_be_paid_in_one_attempt(http: AccountHttp, spool: Spool, upstream: Upstream) -> None:
    mark = PAID.set(Paid("att_1", spool, lambda: None))
    try:
        await http.post("/print", BODY)
        with pytest.raises(RuntimeError):
            await http.post("/print", BODY)
    finally:
        PAID.reset(mark)
    assert upstream.bill == ["a fox"]


async def test_an_answer_larger_than_any_output_is_cut_off(http: AccountHttp, spool: Spool, upstream: Upstream) -> None:
    upstream.fail("POST /print", plain(b"x" * (2**21 + 1)))
    _, error = await pay(http, spool)
    assert isinstance(error, OutcomeUnknown)
    assert not spool.has("att_1")


@pytest.mark.accepts("S2", "S2.28")
@pytest.mark.parametrize(
    "path",
    [
        "http://127.0.0.1:1/print",
        "http://169.254.169.254/latest",
        "//evil.example/print",
        "https://evil.example",
        "file:///etc/passwd",
    ],
)
async def test_credentials_never_leave_the_origin_of_the_account(
    http: AccountHttp, upstream: Upstream, path: str
) -> None:
    with suppress(UrlRefused, ProviderError):
        await http.get(path)
    assert all(seen.headers["Host"] == upstream.url.removeprefix("http://") for seen in upstream.seen)


async def test_every_request_carries_the_credentials_of_its_account(http: AccountHttp, upstream: Upstream) -> None:
    upstream.fail("GET /thing", status(200))
    await http.get("/thing")
    assert upstream.seen[0].headers["Authorization"] == "Bearer key-for-tests"
