"""The one place that speaks HTTP: addresses, authentication, and answers turned into values or errors."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from maquette.client.place import Place
from maquette.client.problem import ServerUnreachable, error_of
from maquette.core.errors import MaquetteError, RequestInTransit

if TYPE_CHECKING:
    import httpx2

T = TypeVar("T")
API = "/api/v1"
PAUSES_S = (0.25, 0.5, 1.0)


class Transport:
    """A connection to one server, opened on first use; one found by its home folder is looked up again when lost."""

    def __init__(self, locate: Callable[[], Place], *, timeout: float) -> None:
        self._locate = locate
        self._timeout = timeout
        self._place: Place | None = None
        self._http: httpx2.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connections."""
        http, self._http = self._http, None
        if http is not None:
            await http.aclose()

    async def place(self) -> Place:
        """Return where the server is."""
        if self._place is None:
            self._place = await asyncio.to_thread(self._locate)
        return self._place

    async def json(self, method: str, path: str, **words: Any) -> Any:
        """Send a request and return the JSON of its answer, or None if it has no body."""
        async with self.answer(method, path, **words) as response:
            body = await response.aread()
            return json.loads(body) if body else None

    async def once(self, method: str, path: str, *, key: str, **words: Any) -> Any:
        """Send a request that its Idempotency-Key makes safe to repeat, and repeat it while the answer is lost."""
        headers = {"Idempotency-Key": key, **words.pop("headers", {})}
        return await repeat(lambda: self.json(method, path, headers=headers, **words))

    async def pages(self, path: str, limit: int | None, filters: Mapping[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Yield the rows of a list, page by page, at most `limit`."""
        query = {name: value for name, value in filters.items() if value is not None}
        left = limit
        while True:
            page = await self.json("GET", path, params=query)
            rows = page if isinstance(page, list) else page.get("items", [])
            for row in rows[:left]:
                yield row
            left = None if left is None else left - len(rows)
            following = None if isinstance(page, list) else page.get("next")
            if not following or (left is not None and left <= 0):
                return
            query["before"] = following

    @asynccontextmanager
    async def answer(self, method: str, path: str, **words: Any) -> AsyncIterator[httpx2.Response]:
        """Open an answer to be read; statuses of 400 and above raise the error that their body names."""
        import httpx2  # noqa: PLC0415 - loads on first use, so that importing the package stays cheap

        http = await self._connection()
        try:
            async with http.stream(method, path, **words) as response:
                if response.status_code >= 400:
                    raise await _refusal(response)
                yield response
        except (httpx2.TransportError, httpx2.StreamError, httpx2.InvalidURL) as error:
            where = self._place.url if self._place else ""
            if isinstance(error, httpx2.ConnectError):
                await self._lose()
            reason = str(error) or type(error).__name__
            raise ServerUnreachable(f"The server at {where!r} does not answer: {reason}") from error

    async def _connection(self) -> httpx2.AsyncClient:
        place = await self.place()
        if self._http is None:
            self._http = connection(place.url, place.key, timeout=self._timeout)
        return self._http

    async def _lose(self) -> None:
        if self._place is not None and self._place.pid is not None:
            self._place = None
            await self.close()


def connection(url: str, key: str | None, *, timeout: float) -> httpx2.AsyncClient:
    """Return an HTTP client of a server, which shows the key with every request."""
    import ssl  # noqa: PLC0415 - loads on first use, so that importing the package stays cheap

    import httpx2  # noqa: PLC0415 - as above

    # A proxy of the environment is for other machines, never for this one.
    local = urlsplit(url).hostname in {"127.0.0.1", "::1", "localhost"}
    return httpx2.AsyncClient(
        base_url=url,
        headers={"Authorization": f"Bearer {key}"} if key else {},
        timeout=httpx2.Timeout(timeout, connect=5.0),
        trust_env=not local,
        # Loading the certificates takes longer than most requests, and only an encrypted connection needs them.
        verify=url.startswith("https:") or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
    )


async def repeat(work: Callable[[], Awaitable[T]]) -> T:
    """Run repeatable work until it gets an answer, at most four times with doubling pauses."""
    for pause in PAUSES_S:
        try:
            return await work()
        except (ServerUnreachable, RequestInTransit):
            await asyncio.sleep(pause)
    return await work()


async def _refusal(response: httpx2.Response) -> MaquetteError:
    try:
        body: Any = json.loads(await response.aread())
    except ValueError:
        body = None
    known: Mapping[str, Any] = body if isinstance(body, dict) else {}
    error = error_of(known, response.status_code)
    after = response.headers.get("retry-after", "")
    if after.isdigit():
        error.details.setdefault("retry_after", float(after))
    return error
