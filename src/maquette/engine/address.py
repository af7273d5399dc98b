"""Which addresses this server may call: checked when a URL is taken, when a name is resolved, and on each hop.

And why one that it may call does not answer.
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from typing_extensions import override
from yarl import URL

from maquette.core.errors import UrlRefused

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address
METADATA = frozenset({"metadata.google.internal", "metadata", "instance-data", "metadata.azure.internal"})
"""Names under which clouds hand credentials to whoever asks."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_LOCAL_NAT64 = ipaddress.IPv6Network("64:ff9b:1::/48")
_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
_TROUBLES: tuple[tuple[type[BaseException], str], ...] = (
    (TimeoutError, "it took too long"),
    (aiohttp.ClientConnectorDNSError, "there is no server of this name"),
    (aiohttp.ClientSSLError, "its certificate is not trusted, or it speaks no TLS"),
    (ConnectionRefusedError, "connection refused"),
    (aiohttp.ServerDisconnectedError, "it closed the connection"),
    (ConnectionError, "it closed the connection"),
    (aiohttp.ClientConnectorError, "no connection could be made"),
    (aiohttp.WSServerHandshakeError, "it opens no WebSocket there"),
)
"""What a failed connection means, the first that fits."""


def is_public(address: str) -> bool:
    """Tell whether an IP address is one of the public internet, mapped and translated forms unwrapped."""
    try:
        ip: Ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address) and (ip.is_site_local or ip in _LOCAL_NAT64):
        return False
    ip = _unwrapped(ip)
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _unwrapped(ip: Ip) -> Ip:
    """Return the IPv4 address inside an IPv6 one that carries it, else the address itself."""
    if isinstance(ip, ipaddress.IPv6Address):
        return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None) or _nat64(ip) or ip
    return ip


def _nat64(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64 or ip in _LOCAL_NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return None


def origin(url: str) -> tuple[str, str, int]:
    """Return scheme, host and port; raises `UrlRefused` unless it is a plain http(s) address."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = URL(url).raw_host  # as the client reads it: digits and dots of other scripts are folded into ASCII
    except ValueError as error:
        raise UrlRefused(f"{url[:200]!r} is no address: {error}") from error
    if parts.scheme not in ("http", "https") or not host:
        raise UrlRefused(f"{url[:200]!r} is no http(s) address")
    if parts.username is not None or parts.password is not None:
        raise UrlRefused("An address must not carry a user name or a password")
    if any(ord(c) < 33 or ord(c) == 127 for c in url) or "\\" in url:
        raise UrlRefused("An address must not hold control characters, blanks or backslashes")
    return parts.scheme, host.lower().rstrip("."), port or _PORTS[parts.scheme]


def refuse_private(url: str) -> None:
    """Refuse a URL whose host is spelt as a private address; names are judged when they are resolved."""
    _, host, _ = origin(url)
    literal = _as_ip(host)
    if literal is not None and not is_public(str(literal)):
        raise UrlRefused(f"{host!r} is not an address of the public internet")
    if literal is None and (host == "localhost" or host.endswith((".localhost", ".local", ".internal"))):
        raise UrlRefused(f"{host!r} is a name of a private network")


def _as_ip(host: str) -> Ip | None:
    """Read every spelling that a resolver would take as an address: dotted, octal, hex, one number."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        pass
    try:
        return ipaddress.IPv4Address(socket.inet_aton(host)) if host[:1].isdigit() else None
    except OSError:
        return None


def check_base_url(url: str, *, private: bool) -> None:
    """Check the base URL of an account; private ones only where the configuration allows them."""
    _, host, _ = origin(url)
    found = _as_ip(host)
    literal = _unwrapped(found) if found is not None else None
    if host in METADATA or host.endswith(".metadata.google.internal"):
        raise UrlRefused(f"{host!r} serves a cloud's credentials and cannot be the server of an account")
    if literal is not None and (literal.is_link_local or literal.is_unspecified or literal.is_multicast):
        raise UrlRefused(f"{host!r} cannot be the server of an account")
    if not private:
        refuse_private(url)


class PrivateAddress(OSError):
    """A name leads only to addresses that are not public."""


class PublicResolver(AbstractResolver):
    """Resolves names and drops every address that is not public, at the moment of connecting: nothing to rebind."""

    def __init__(self) -> None:
        self._inner = ThreadedResolver()

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        allowed = [entry for entry in found if is_public(entry["host"])]
        if not allowed:
            raise PrivateAddress(None, f"{host!r} does not lead to the public internet")
        return allowed

    @override
    async def close(self) -> None:
        await self._inner.close()


def trouble(error: BaseException) -> str:
    """Say in plain words why a connection failed, whatever the library calls it."""
    causes = (error, getattr(error, "os_error", None), error.__cause__)
    return next((plain for kind, plain in _TROUBLES for each in causes if isinstance(each, kind)), "the line went dead")
