"""The one fetcher of addresses that come from outside: resolved, checked, pinned, again on each hop, and bounded."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import aiohttp

from maquette.core.action import Settings
from maquette.core.errors import BodyTooLarge, OutputRejected, ProviderUnavailable, UrlRefused
from maquette.engine import address
from maquette.engine.address import PrivateAddress, PublicResolver

HOPS = 3
"""Most redirects that are followed."""
_TRIES = 6
_CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that was fetched."""

    path: Path
    size: int
    mime: str
    url: str
    """The address of the last hop."""


@dataclass(frozen=True, slots=True)
class Home:
    """The server of an account: its origin may be private.

    Its credentials go there, over TLS to what else the account knows for the same vendor's, and nowhere else.
    """

    base: str
    headers: Mapping[str, str]
    trusts: Callable[[str], bool] = lambda _url: False

    @classmethod
    def of(cls, settings: Settings) -> Home | None:
        """Return the server of the account with these settings; None where it has none."""
        base = settings.base()
        return cls(base, settings.headers(), settings.trusts) if base else None

    def credentials(self, url: str) -> Mapping[str, str]:
        """Return what authenticates a request for a URL: nothing at a stranger's."""
        known = self.owns(url) or (address.origin(url)[0] == "https" and self.trusts(url))
        return self.headers if known else {}

    def owns(self, url: str) -> bool:
        """Tell whether a URL is on that very origin."""
        return address.origin(url) == address.origin(self.base)


class Fetcher:
    """Downloads of one process."""

    def __init__(self, public: aiohttp.TCPConnector | None = None) -> None:
        """Open the connections of a process; `public` is a guarded way to the internet other than the usual one."""
        timeout = aiohttp.ClientTimeout(total=3600, connect=10, sock_read=60)
        jar = aiohttp.DummyCookieJar
        public = public or aiohttp.TCPConnector(limit=64, resolver=PublicResolver(), keepalive_timeout=5)
        self._public = aiohttp.ClientSession(connector=public, timeout=timeout, cookie_jar=jar())
        home = aiohttp.TCPConnector(limit=64, keepalive_timeout=5)
        self._home = aiohttp.ClientSession(connector=home, timeout=timeout, cookie_jar=jar())

    async def close(self) -> None:
        """Close every connection."""
        await self._public.close()
        await self._home.close()

    async def download(self, url: str, into: Path, *, limit: int, home: Home | None = None) -> Fetched:
        """Fetch a URL into a file, again on passing faults, at most `limit` bytes.

        Raises:
            UrlRefused: The address, or one that it redirects to, may not be called.
            BodyTooLarge: There are more bytes.
            OutputRejected: The server says that it is not there (any more).
            ProviderUnavailable: It cannot be had now.
        """
        fault: Exception | None = None
        for tried in range(_TRIES):
            if tried:
                await asyncio.sleep(random.uniform(0.5, 1) * min(0.2 * 2**tried, 5))  # noqa: S311
            try:
                return await self._once(url, into, limit, home)
            except (aiohttp.ClientError, OSError, TimeoutError, ProviderUnavailable) as error:
                if isinstance(_cause(error), PrivateAddress):
                    raise UrlRefused(str(_cause(error))) from error
                fault = error
        raise ProviderUnavailable(f"{_shown(url)} cannot be fetched: {type(fault).__name__}: {fault}")

    async def _once(self, url: str, into: Path, limit: int, home: Home | None) -> Fetched:
        for _ in range(HOPS + 1):
            ours = home is not None and home.owns(url)
            if not ours:
                address.refuse_private(url)
            session = self._home if ours else self._public
            headers = dict(home.credentials(url)) if home is not None else {}
            async with session.get(url, headers=headers, allow_redirects=False) as response:
                if response.status in (301, 302, 303, 307, 308):
                    url = urljoin(url, response.headers.get("location", ""))
                    continue
                _judge(response.status, url)
                size = await _save(response, into, limit)
                return Fetched(into, size, response.content_type, url)
        raise UrlRefused(f"{_shown(url)} redirects more than {HOPS} times")


def _cause(error: Exception) -> BaseException:
    """Return what a connector wrapped."""
    return getattr(error, "os_error", None) or error


def _judge(status: int, url: str) -> None:
    if status >= 500 or status in (408, 409, 425, 429):
        raise ProviderUnavailable(f"{_shown(url)} answered {status}")
    if status != 200:
        raise OutputRejected(f"{_shown(url)} answered {status}: the result is not there (any more)")


async def _save(response: aiohttp.ClientResponse, into: Path, limit: int) -> int:
    claimed = response.content_length
    if claimed is not None and claimed > limit:
        raise BodyTooLarge(f"{_shown(str(response.url))} claims {claimed} bytes; {limit} are allowed")
    size = 0
    with into.open("wb") as file:
        async for chunk in response.content.iter_chunked(_CHUNK):
            size += len(chunk)
            if size > limit:
                raise BodyTooLarge(f"{_shown(str(response.url))} sends more than {limit} bytes")
            file.write(chunk)
    return size


def _shown(url: str) -> str:
    """Return an address without its query, which may hold a signature."""
    return repr(url.partition("?")[0][:200])
