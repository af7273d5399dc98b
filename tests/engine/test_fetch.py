"""The one fetcher: each hop is checked, credentials stay at home, sizes are bounded, passing faults pass."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from maquette.core.errors import BodyTooLarge, OutputRejected, UrlRefused
from maquette.engine.fetch import HOPS, Fetcher, Home
from maquette.engine.studio import Studio
from tests.engine.studio import account, ledger, reached, submit, texts_of, until
from tests.engine.upstream import Upstream, plain, reset, serving, status, truncated

SECRET = {"authorization": "Bearer key-for-tests"}


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    made = Fetcher()
    yield made
    await made.close()


@pytest.fixture
async def trap() -> AsyncIterator[Upstream]:
    """A second server of this machine, which nobody may be led to."""
    async with serving() as made:
        yield made


def home_of(upstream: Upstream) -> Home:
    return Home(upstream.url, SECRET)


@pytest.mark.accepts("S2", "S2.28")
async def test_the_account_s_own_server_may_be_private_and_gets_its_credentials(
    fetcher: Fetcher, upstream: Upstream, tmp_path: Path
) -> None:
    found = await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=1000, home=home_of(upstream))
    assert (found.path.read_text(), found.size, found.mime) == ("the file a", 10, "text/plain")
    assert upstream.seen[0].headers["Authorization"] == "Bearer key-for-tests"


@pytest.mark.accepts("S2", "S2.28")
async def test_another_port_of_the_same_host_is_refused(
    fetcher: Fetcher, upstream: Upstream, trap: Upstream, tmp_path: Path
) -> None:
    with pytest.raises(UrlRefused):
        await fetcher.download(f"{trap.url}/files/a", tmp_path / "a", limit=1000, home=home_of(upstream))
    with pytest.raises(UrlRefused):
        await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=1000)
    assert (trap.seen, upstream.seen) == ([], [])


@pytest.mark.accepts("S2", "S2.28")
@pytest.mark.parametrize(
    "target",
    [
        "{trap}/files/a",
        "//{trap_host}/files/a",
        "http://localhost:{trap_port}/files/a",
        "http://2130706433:{trap_port}/files/a",
        "http://[::ffff:127.0.0.1]:{trap_port}/files/a",
        "http://169.254.169.254/latest/meta-data/",
        "http://metadata.google.internal/computeMetadata/v1/",
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://user:pass@127.0.0.1:{trap_port}/files/a",
    ],
)
@pytest.mark.parametrize("hops", [0, 1, 2])
async def test_a_redirect_to_a_private_address_is_refused_on_every_hop(
    fetcher: Fetcher, upstream: Upstream, trap: Upstream, tmp_path: Path, target: str, hops: int
) -> None:
    trap_host = trap.url.removeprefix("http://")
    url = target.format(trap=trap.url, trap_host=trap_host, trap_port=trap_host.rpartition(":")[2])
    upstream.fail("GET /files", *[status(302, location="/files/next")] * hops, status(302, location=url))
    with pytest.raises(UrlRefused):
        await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=1000, home=home_of(upstream))
    assert (trap.seen, len(upstream.seen)) == ([], hops + 1)


@pytest.mark.accepts("S2")
async def test_a_name_that_leads_to_this_machine_is_refused_when_it_is_resolved(
    fetcher: Fetcher, trap: Upstream, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look_up(_host: str, port: int, *_more: Any, **_named: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    port = trap.url.rpartition(":")[2]
    with pytest.raises(UrlRefused):
        await fetcher.download(f"http://rebind.example:{port}/files/a", tmp_path / "a", limit=1000)
    assert trap.seen == []


async def test_redirects_within_the_server_are_followed_a_few_times_only(
    fetcher: Fetcher, upstream: Upstream, tmp_path: Path
) -> None:
    here = home_of(upstream)
    upstream.fail("GET /files", *[status(307, location="/files/next")] * HOPS)
    found = await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=1000, home=here)
    assert found.url == f"{upstream.url}/files/next"
    upstream.fail("GET /files", *[status(307, location="/files/next")] * (HOPS + 1))
    with pytest.raises(UrlRefused):
        await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=1000, home=here)


async def test_more_bytes_than_are_allowed_are_refused_claimed_or_not(
    fetcher: Fetcher, upstream: Upstream, tmp_path: Path
) -> None:
    async def endless(_upstream: Upstream, request: Any) -> Any:
        from aiohttp import web

        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 1000)
        return response

    for fault in (plain(b"x" * 2001), endless):
        upstream.fail("GET /files", fault)
        with pytest.raises(BodyTooLarge):
            await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=2000, home=home_of(upstream))


async def test_passing_faults_of_a_file_server_pass(fetcher: Fetcher, upstream: Upstream, tmp_path: Path) -> None:
    upstream.fail("GET /files", reset, truncated, status(503))
    found = await fetcher.download(f"{upstream.url}/files/a", tmp_path / "a", limit=2000, home=home_of(upstream))
    assert found.path.read_text() == "the file a"


@pytest.mark.parametrize("code", [403, 404, 410])
async def test_a_file_that_is_gone_is_not_asked_for_again(
    fetcher: Fetcher, upstream: Upstream, tmp_path: Path, code: int
) -> None:
    upstream.fail("GET /files", status(code))
    with pytest.raises(OutputRejected):
        await fetcher.download(f"{upstream.url}/files/a?sig=s3cret", tmp_path / "a", limit=2000, home=home_of(upstream))
    assert len(upstream.seen) == 1


@pytest.mark.accepts("S2")
async def test_an_output_address_at_another_server_fails_its_output_and_keeps_the_others(
    studio: Studio, upstream: Upstream, trap: Upstream
) -> None:
    await account(studio, "courier", upstream.url)
    upstream.held = True
    job = await submit(studio, "media.courier.txt2txt")
    await until(lambda: bool(upstream.tasks))
    upstream.tasks["task-1"].urls = [f"{upstream.url}/files/mine", f"{trap.url}/files/a"]
    upstream.finish()
    ended = await reached(studio, job)
    assert trap.seen == []
    assert ended.state == "succeeded", "what was paid for and is good stays"
    assert await texts_of(studio, job) == ["a fox 0", "the file mine"]
    assert (await ledger(studio, job))[0].state == "succeeded"
