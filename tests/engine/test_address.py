"""Addresses in every spelling that a resolver, a browser or an attacker knows."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from maquette.core.errors import UrlRefused
from maquette.engine.address import PrivateAddress, PublicResolver, check_base_url, is_public, origin, refuse_private

PRIVATE_HOSTS = [
    "127.0.0.1", "127.1", "127.0.1", "127.0.0.1.", "127.255.255.254", "2130706433", "0x7f000001", "0x7f.0.0.1",
    "0x7f.1", "0177.0.0.1", "0177.1", "017700000001", "00000177.0.0.1", "0X7F.0X0.0X0.0X1", "127.0.0.0x1",
    "0", "0.0.0.0", "0x0", "00", "10.0.0.1", "10.1", "167772161", "0xa000001", "012.0.0.1", "172.16.0.1",  # noqa: S104
    "172.31.255.255", "192.168.0.1", "192.168.1", "0xc0a80001", "3232235521", "100.64.0.1", "169.254.169.254",
    "169.254.43518", "2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "198.18.0.1",
    "192.0.2.1", "203.0.113.9", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255",
    "[::]", "[::1]", "[0:0:0:0:0:0:0:1]", "[::1%25lo]", "[0000:0000::0001]", "[::127.0.0.1]", "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]", "[::ffff:a9fe:a9fe]", "[::ffff:10.0.0.1]", "[::FFFF:192.168.0.1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]", "[2002:c0a8:1::]", "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::10.0.0.1]", "[64:ff9b:1:7f00:0:100:808:808]", "[2001:0:4136:e378:8000:63bf:3fff:fdd2]", "[fe80::1]",
    "[fe80::1%25eth0]", "[fc00::1]", "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[100::1]",
    "localhost", "LOCALHOST", "localhost.", "a.localhost", "printer.local", "metadata.google.internal", "db.internal",
]  # fmt: skip
# Spelt out, because an editor shows them as the plain address that they stand for.
UNICODE_HOSTS = [
    "\uff11\uff12\uff17.\uff10.\uff10.\uff11",
    "\u2460\u2461\u2466.\u24ea.\u24ea.\u2460",
    "127\u30020\u30020\u30021",
    "127\uff0e0\uff0e0\uff0e1",
    "12\u00ad7.0.0.1",
    "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
]
NO_ADDRESSES = [
    "", "//", "/path", "example.com", "http:", "http://", "http:///path", "https://?q", "file:///etc/passwd",
    "FILE:///etc/passwd", "ftp://example.com/", "gopher://example.com/", "data:text/plain,x", "javascript:alert(1)",
    "dict://127.0.0.1:11211/", "ws://example.com/", "jar:http://example.com!/", "http://user@example.com/",
    "http://user:pass@example.com/", "http://example.com@127.0.0.1/", "http://:@example.com/", "http://[::1/",
    "http://example.com:99999/", "http://example.com:-1/", "http://example.com:port/", "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/", "http://exa\tmple.com/", "http://example.com/a b", "http://example.com/\r\nX: y",
    "http://example.com/\x00", " http://example.com/", "http://example.com/\x7f",
]  # fmt: skip


@pytest.mark.accepts("S2", "S2.28", "S1.46")
@pytest.mark.parametrize("host", PRIVATE_HOSTS + UNICODE_HOSTS)
def test_a_private_address_is_refused_however_it_is_spelt(host: str) -> None:
    with pytest.raises(UrlRefused):
        refuse_private(f"http://{host}/path")
    with pytest.raises(UrlRefused):
        refuse_private(f"https://{host}:8443/path")


@pytest.mark.accepts("S2", "S2.28")
@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(UrlRefused):
        refuse_private(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=c#d",
        "http://8.8.8.8/",
        "https://1.1.1.1:8443/x",
        "http://[2606:4700:4700::1111]/",
        "https://bücher.example/",
        "https://localhost.example.com/",
        "https://10.example.com/",
    ],
)
def test_a_public_address_passes(url: str) -> None:
    refuse_private(url)


def test_an_origin_is_scheme_host_and_port_with_the_usual_ports_filled_in() -> None:
    assert origin("HTTPS://Example.COM./x") == ("https", "example.com", 443)
    assert origin("http://example.com:80") == origin("http://example.com/y")
    assert origin("http://example.com:81") != origin("http://example.com")
    assert origin("https://example.com") != origin("http://example.com")


@pytest.mark.accepts("S2")
@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "2852039166",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "[2002:a9fe:a9fe::]",
        "0.0.0.0",  # noqa: S104 - an address to refuse
        "[::]",
        "224.0.0.1",
        "metadata.google.internal",
    ],
)
def test_no_account_may_have_a_metadata_server_or_no_server_at_all_as_its_base(host: str) -> None:
    with pytest.raises(UrlRefused):
        check_base_url(f"http://{host}/", private=True)


def test_an_account_may_be_in_the_private_network_where_the_configuration_allows_it() -> None:
    check_base_url("http://192.168.1.20:8188", private=True)
    check_base_url("http://127.0.0.1:8188", private=True)
    with pytest.raises(UrlRefused):
        check_base_url("http://192.168.1.20:8188", private=False)


def answers(monkeypatch: pytest.MonkeyPatch, *rounds: list[str]) -> None:
    """Let the name server of the machine give these answers, one round after the other."""
    left = list(rounds)

    def look_up(_host: str, port: int, *_more: Any, **_named: Any) -> list[Any]:
        found = left.pop(0)
        return [
            (socket.AF_INET6 if ":" in ip else socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, port)) for ip in found
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)


@pytest.mark.accepts("S2")
async def test_of_the_addresses_of_a_name_only_public_ones_are_called(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, ["127.0.0.1", "93.184.216.34", "169.254.169.254", "10.0.0.1"])
    resolver = PublicResolver()
    assert [entry["host"] for entry in await resolver.resolve("example.com", 80)] == ["93.184.216.34"]
    await resolver.close()


@pytest.mark.accepts("S2")
async def test_a_name_that_is_bound_anew_to_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, ["93.184.216.34"], ["127.0.0.1"], ["::1", "10.0.0.1"])
    resolver = PublicResolver()
    await resolver.resolve("rebind.example", 80)
    for _ in range(2):
        with pytest.raises(PrivateAddress):
            await resolver.resolve("rebind.example", 80)
    await resolver.close()


@pytest.mark.parametrize("text", ["", "example.com", "1.2.3", "999.1.1.1", "[::1]"])
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)
