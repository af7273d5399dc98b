"""The one fetcher: each hop is checked, credentials stay at home, sizes are bounded, passing faults pass."""

from __future__ import annotations

import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from pydantic import SecretStr
from typing_extensions import override

from maquette.core.errors import BodyTooLarge, OutputRejected, UrlRefused
from maquette.engine.fetch import HOPS, Fetcher, Home
from maquette.engine.studio import Studio
from maquette.providers.replicate import Account
from tests.engine.studio import account, ledger, reached, submit, texts_of, until
from tests.engine.upstream import Upstream, plain, reset, serving, status, truncated
from tests.twins.certificate import self_signed

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


class Everywhere(AbstractResolver):
    """Lead every name of the internet to this machine."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0)]

    @override
    async def close(self) -> None:
        """Keep nothing."""


@pytest.fixture
async def internet(tmp_path: Path) -> AsyncIterator[tuple[Fetcher, Upstream, Upstream]]:
    """A fetcher on an internet whose every name leads to one server, over TLS or without."""
    chain = self_signed(tmp_path, "replicate.delivery", "*.replicate.delivery", "*.example.org", "*.replicate.com")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(chain)
    trusting = ssl.create_default_context(cafile=str(chain))
    made = Fetcher(aiohttp.TCPConnector(resolver=Everywhere(), ssl=trusting))
    async with serving(tls) as sealed, serving() as open_:
        yield made, sealed, open_
    await made.close()


def at(upstream: Upstream, host: str) -> str:
    """Return where a server is under a name of the internet."""
    return upstream.url.replace("127.0.0.1", host) + "/files/a"


def keyed(upstream: Upstream) -> list[bool]:
    return ["Authorization" in seen.headers for seen in upstream.seen]


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


REPLICATE = Home.of(Account(api_key=SecretStr("key-for-tests")))


@pytest.mark.accepts("S2")
@pytest.mark.parametrize("host", ["replicate.delivery", "pbxt.replicate.delivery"])
async def test_a_store_of_the_same_vendor_gets_the_credentials_over_tls(
    internet: tuple[Fetcher, Upstream, Upstream], tmp_path: Path, host: str
) -> None:
    fetcher, sealed, _ = internet
    found = await fetcher.download(at(sealed, host), tmp_path / "a", limit=1000, home=REPLICATE)
    assert found.path.read_text() == "the file a"
    assert sealed.seen[0].headers["Authorization"] == "Bearer key-for-tests"


@pytest.mark.accepts("S2")
@pytest.mark.parametrize("host", ["files.example.org", "www.replicate.com"])
async def test_no_other_host_gets_the_credentials(
    internet: tuple[Fetcher, Upstream, Upstream], tmp_path: Path, host: str
) -> None:
    fetcher, sealed, _ = internet
    await fetcher.download(at(sealed, host), tmp_path / "a", limit=1000, home=REPLICATE)
    assert keyed(sealed) == [False]


@pytest.mark.accepts("S2")
async def test_a_store_without_tls_gets_no_credentials(
    internet: tuple[Fetcher, Upstream, Upstream], tmp_path: Path
) -> None:
    fetcher, _, open_ = internet
    await fetcher.download(at(open_, "pbxt.replicate.delivery"), tmp_path / "a", limit=1000, home=REPLICATE)
    too_trusting = Home("https://api.example.org", SECRET, lambda _url: True)
    await fetcher.download(at(open_, "pbxt.replicate.delivery"), tmp_path / "a", limit=1000, home=too_trusting)
    assert keyed(open_) == [False, False]


@pytest.mark.accepts("S2")
async def test_a_redirect_takes_the_credentials_only_where_they_may_go(
    internet: tuple[Fetcher, Upstream, Upstream], tmp_path: Path
) -> None:
    fetcher, sealed, open_ = internet
    away = status(302, location=at(sealed, "files.example.org"))
    onward = status(302, location=at(sealed, "b.replicate.delivery"))
    down = status(302, location=at(open_, "b.replicate.delivery"))
    sealed.fail("GET /files", away, onward, down)
    await fetcher.download(at(sealed, "a.replicate.delivery"), tmp_path / "a", limit=1000, home=REPLICATE)
    assert [seen.headers["Host"].partition(":")[0] for seen in sealed.seen] == [
        "a.replicate.delivery",
        "files.example.org",
        "b.replicate.delivery",
    ]
    assert keyed(sealed) == [True, False, True]
    assert keyed(open_) == [False]


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
