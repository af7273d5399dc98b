"""The client of one account: auth, timeouts, status to error, and the rules of a paid call.

Inside `once` a request is paid: it is refused its first byte when this process's lease is stale, never rides an idle
connection, is never retried or redirected, and its answer is spooled before anybody reads it.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin

import aiohttp
import msgspec
from yarl import URL

from maquette.core.action import Answer, Provider, ServerEvent, Settings, Upload
from maquette.core.errors import GenerationFailed, OutcomeUnknown, ProviderError, ProviderUnavailable, UrlRefused
from maquette.engine import address
from maquette.engine.lines import Lines
from maquette.engine.spool import Entry, Spool
from maquette.engine.verdict import judge, redact

TRIES = 4
"""How often a free request is tried on passing faults."""
_IDLE_S = 2.0
_CONNECT_S = 10.0
_CHUNK = 256 * 1024
_FREE_BYTES = 512 * 2**20


@dataclass(slots=True)
class Paid:
    """The one paid call of an attempt while it runs."""

    attempt: str
    spool: Spool
    may_send: Callable[[], None]
    replay: bool = False
    asked: bool = False
    sent: bool = False
    answered: bool = False
    refused: bool = False
    answer: Answer | None = None
    """The whole answer, once it is in the spool."""
    digest: str = ""
    """The sha256 of what was spooled; empty on a replay."""


PAID: ContextVar[Paid | None] = ContextVar("PAID", default=None)
"""Set while `once` runs its work; tasks that were started before do not see it."""


class Wires:
    """The connections of this process to providers' servers."""

    def __init__(self, *, answer_timeout_s: float, output_bytes: int, private: bool = True) -> None:
        self.answer_timeout_s = answer_timeout_s
        self.output_bytes = output_bytes
        self.private = private
        trace = aiohttp.TraceConfig(trace_config_ctx_factory=_Sending)
        trace.on_request_headers_sent.append(_before_first_byte)
        # Where private networks are barred, a public name must not lead there either.
        resolver = None if private else address.PublicResolver()
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_IDLE_S, ttl_dns_cache=30, resolver=resolver)
        options: dict[str, Any] = {"trace_configs": [trace], "cookie_jar": aiohttp.DummyCookieJar()}
        self.session = aiohttp.ClientSession(connector=connector, **options)
        outside = aiohttp.TCPConnector(keepalive_timeout=_IDLE_S, resolver=address.PublicResolver())
        self.outside = aiohttp.ClientSession(connector=outside, **options)
        """For addresses that no account names."""

    async def close(self) -> None:
        """Close every connection."""
        await self.session.close()
        await self.outside.close()


class _Sending(SimpleNamespace):
    """What a traced request knows of the attempt that it pays for."""

    def __init__(self, trace_request_ctx: Paid | None = None) -> None:
        super().__init__(paid=trace_request_ctx)


async def _before_first_byte(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    paid: Paid | None = context.paid
    if paid is not None:
        paid.may_send()
        paid.sent = True


class AccountHttp:
    """`core.action.Http` on one account."""

    def __init__(
        self, wires: Wires, settings: Settings, provider: Provider | None, secrets: Sequence[str] = ()
    ) -> None:
        self._wires = wires
        self._settings = settings
        self._provider = provider
        self._secrets = secrets
        self._base = settings.base() or ""

    async def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at `path`."""
        return await self._json("GET", path, query=query)

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send JSON, return JSON."""
        return await self._json("POST", path, body=body)

    async def _json(self, method: str, path: str, **sent: Any) -> Any:
        """Return the JSON of an answer; to a free request, one that is none is a passing fault of the server."""
        answer = await self.send(method, path, **sent)
        try:
            return answer.json()
        except ValueError as error:
            if PAID.get() is not None:
                raise  # whoever pays knows what an answer means that cannot be read
            host = URL(path).host or URL(self._base).host
            raise ProviderUnavailable(f"{host} answered with what is no JSON") from error

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        parts: Sequence[Upload] = (),
        query: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send JSON or multipart parts and return the whole answer; statuses of 400 and above raise."""
        outside = self._is_outside(path)
        url, own = (path, {}) if outside else (self._url(path), self._settings.headers())
        request = _Request(method, url, {**(headers or {}), **own}, body, parts, query or {}, outside)
        paid = PAID.get()
        return await self._ask(request) if paid is None else await self._pay(request, paid)

    async def stream(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, parts: Sequence[Upload] = ()
    ) -> AsyncIterator[ServerEvent]:
        """Send JSON or parts and yield server-sent events as they arrive; a replay yields the same ones again."""
        headers = {**self._settings.headers(), "accept": "text/event-stream"}
        request = _Request(method, self._url(path), headers, body, parts, {})
        lines = Lines()
        async for chunk in self._chunks(request, PAID.get()):
            for found in lines.feed(chunk):
                yield found

    @asynccontextmanager
    async def socket(self, path: str, **query: Any) -> AsyncIterator[_Frames]:
        """Open a WebSocket on the account's server; raises `ProviderUnavailable`."""
        url = URL(self._url(path)).update_query(query)
        url = url.with_scheme("wss" if url.scheme == "https" else "ws")
        timeout = aiohttp.ClientWSTimeout(ws_close=2.0)
        try:
            opened = await self._wires.session.ws_connect(
                url, headers=self._settings.headers(), heartbeat=20, timeout=timeout, max_msg_size=16 * 2**20
            )
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise self._unreached(str(url), error) from error
        try:
            yield _Frames(opened)
        finally:
            await opened.close()

    def _is_outside(self, path: str) -> bool:
        """Tell whether a request leaves for an address that no account names; raises `UrlRefused` for a private one."""
        if self._provider is None or not self._provider.outward or path.startswith("/"):
            return False
        if self._base and address.origin(path) == address.origin(self._base):
            return False
        address.refuse_private(path)
        return True

    def _session(self, request: _Request) -> aiohttp.ClientSession:
        return self._wires.outside if request.outside else self._wires.session

    def _url(self, path: str) -> str:
        if not self._base:
            raise UrlRefused("This account has no base URL")
        url = self._base + path if path.startswith("/") else urljoin(self._base + "/", path)
        if address.origin(url) != address.origin(self._base):
            if not self._settings.trusts(url):
                raise UrlRefused(f"{url[:200]!r} is not on the account's server")
            address.check_base_url(url, private=self._wires.private)
        return url

    def _unreached(self, url: str, error: BaseException) -> ProviderUnavailable:
        """Return who does not answer and why, in plain words; what the library said stands in the details."""
        place = URL(url)
        where = f"{place.host}:{place.explicit_port}" if place.explicit_port else place.host
        return ProviderUnavailable(
            f"{where} does not answer: {address.trouble(error)}", provider_error=self._clean(error)
        )

    def _clean(self, error: BaseException) -> str:
        return redact(f"{type(error).__name__}: {error}"[:500], self._secrets)

    # -- free requests ----------------------------------------------------------------------------------------------

    async def _ask(self, request: _Request) -> Answer:
        """Send a free request, again on passing faults."""
        for tried in range(1, TRIES + 1):
            outcome = await self._tried(request)
            if isinstance(outcome, Answer):
                return outcome
            if not isinstance(outcome, ProviderUnavailable) or tried == TRIES:
                raise outcome
            await asyncio.sleep(min(outcome.retry_after or 0, 5) or random.uniform(0.5, 1) * 0.2 * 2**tried)  # noqa: S311
        raise AssertionError  # the loop returns or raises

    async def _tried(self, request: _Request) -> Answer | ProviderError:
        try:
            answer = await self._exchange(request)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            return self._unreached(request.url, error)
        return judge(answer, self._provider, paid=False, secrets=self._secrets) or answer

    async def _exchange(self, request: _Request) -> Answer:
        timeout = aiohttp.ClientTimeout(total=60, connect=_CONNECT_S)
        async with self._session(request).request(
            **request.arguments(), timeout=timeout, allow_redirects=False
        ) as response:
            body = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                body += chunk
                if len(body) > _FREE_BYTES:
                    raise ProviderError(f"{request.path} answered with more than {_FREE_BYTES} bytes")
            return Answer(response.status, _headers(response), bytes(body))

    # -- the paid request -------------------------------------------------------------------------------------------

    async def _pay(self, request: _Request, paid: Paid) -> Answer:
        answer = self._kept(paid) or await self._taken(request, paid)
        self._raise_paid(answer, paid)
        return answer

    @staticmethod
    def _kept(paid: Paid) -> Answer | None:
        """Return the answer that an earlier process spooled."""
        kept = paid.spool.read(paid.attempt) if paid.replay else None
        if kept is not None:
            paid.asked = paid.sent = paid.answered = True
            paid.answer = kept
        return kept

    async def _taken(self, request: _Request, paid: Paid) -> Answer:
        made = list[Answer]()
        async with self._paying(request, paid) as (response, entry):
            async for chunk in response.content.iter_chunked(_CHUNK):
                self._spool(entry, chunk)
            made.append(await self._spooled(entry, response, paid))
        paid.answered = True
        return made[0]

    @staticmethod
    async def _spooled(entry: Entry, response: aiohttp.ClientResponse, paid: Paid) -> Answer:
        await entry.complete()
        paid.answer, paid.digest = Answer(response.status, _headers(response), entry.body), entry.digest
        return paid.answer

    async def _chunks(self, request: _Request, paid: Paid | None) -> AsyncIterator[bytes]:
        """Yield the bytes of an event stream, spooled on the way if it is paid."""
        if paid is None:
            yield (await self._ask(request)).body
            return
        if (kept := self._kept(paid)) is not None:
            self._raise_paid(kept, paid)
            yield kept.body
            return
        async with self._paying(request, paid) as (response, entry):
            good = response.status < 300
            async for chunk in response.content.iter_any():
                self._spool(entry, chunk)
                if good:
                    yield chunk
            answer = await self._spooled(entry, response, paid)
            paid.answered = True
            self._raise_paid(answer, paid)

    def _raise_paid(self, answer: Answer, paid: Paid) -> None:
        fault = judge(answer, self._provider, paid=True, secrets=self._secrets)
        if fault is not None:
            broke = isinstance(fault, GenerationFailed) and answer.status >= 500
            paid.refused = not isinstance(fault, OutcomeUnknown) and not broke
            raise fault

    def _spool(self, entry: Entry, chunk: bytes) -> None:
        entry.write(chunk)
        if entry.size > self._wires.output_bytes * 2:
            raise OutcomeUnknown("The answer is larger than any allowed output", limit=self._wires.output_bytes)

    @asynccontextmanager
    async def _paying(self, request: _Request, paid: Paid) -> AsyncIterator[tuple[aiohttp.ClientResponse, Entry]]:
        """Send the one request of an attempt; every fault becomes a verdict by what was written, not by its class."""
        if paid.asked:
            raise RuntimeError("`once` runs exactly one request")
        paid.asked = True
        timeout = aiohttp.ClientTimeout(total=self._wires.answer_timeout_s, connect=_CONNECT_S)
        entry: Entry | None = None
        try:
            async with self._session(request).request(
                **request.arguments(), timeout=timeout, allow_redirects=False, trace_request_ctx=paid
            ) as response:
                entry = paid.spool.open(paid.attempt, response.status, _headers(response))
                yield response, entry
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            if isinstance(cause := getattr(error, "os_error", None), address.PrivateAddress):
                raise UrlRefused(str(cause)) from error
            if paid.sent:
                raise OutcomeUnknown(f"A paid call was sent and its answer was lost: {self._clean(error)}") from error
            raise self._unreached(request.url, error) from error
        finally:
            if entry is not None and not entry.file.closed:
                entry.abandon()


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str]
    body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
    parts: Sequence[Upload]
    query: Mapping[str, Any]
    outside: bool = False

    @property
    def path(self) -> str:
        """The address without what may hold a secret."""
        return URL(self.url).path

    def arguments(self) -> dict[str, Any]:
        """Return what aiohttp takes; a form is made afresh for each try."""
        made: dict[str, Any] = {"method": self.method, "url": self.url, "headers": dict(self.headers)}
        made["params"] = {k: str(v) for k, v in self.query.items() if v is not None}
        if self.parts:
            made["data"] = form = aiohttp.FormData(default_to_multipart=True)
            for part in self.parts:
                content = BytesIO(part.content) if part.filename else part.content.decode()
                form.add_field(part.name, content, filename=part.filename, content_type=part.mime)
        elif self.body is not None:
            made["data"] = msgspec.json.encode(self.body)
            made["headers"]["content-type"] = "application/json"
        return made


def _headers(response: aiohttp.ClientResponse) -> dict[str, str]:
    return {name.lower(): value for name, value in response.headers.items()}


class _Frames:
    """`core.action.Socket` over aiohttp."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def send(self, message: str) -> None:
        """Send one text frame; inside `once` it is what is paid for."""
        if (paid := PAID.get()) is not None:
            paid.may_send()
            paid.sent = True
        await self._socket.send_str(message)

    async def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Yield frames until the server closes."""
        async for message in self._socket:
            if message.type in (aiohttp.WSMsgType.TEXT, aiohttp.WSMsgType.BINARY):
                yield message.data
