"""What goes over a provider's wire: requests, answers, events and sockets, as the engine lends them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """A provider's answer: status, lower-case headers and the whole body, which on a paid call is spooled first."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """Decode the body; raises `ValueError` if it is no JSON, which the engine takes as no answer."""
        from msgspec import DecodeError, json  # noqa: PLC0415 - keeps the core importable on its own

        try:
            return json.decode(self.body)
        except DecodeError as error:
            raise ValueError(f"no JSON: {error}") from error


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One server-sent event."""

    event: str
    data: str


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of a multipart body."""

    name: str
    content: bytes
    filename: str | None = None
    mime: str | None = None


class Socket(Protocol):
    """An open WebSocket."""

    async def send(self, message: str) -> None:
        """Send one text frame."""
        ...

    def __aiter__(self) -> AsyncIterator[str | bytes]:
        """Yield frames until the server closes."""
        ...


class Http(Protocol):
    """An HTTP client bound to one account: base URL, auth, timeouts, errors already mapped.

    Inside `Call.once` every request is the paid one: it is spooled, never retried and never follows a redirect.
    Outside, requests are free: GETs are retried on passing faults.
    """

    async def get(self, path: str, **query: Any) -> Any:
        """Return the JSON at `path`."""
        ...

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Send JSON, return JSON."""
        ...

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
        ...

    def stream(
        self, method: str, path: str, *, body: Mapping[str, Any] | None = None, parts: Sequence[Upload] = ()
    ) -> AsyncIterator[ServerEvent]:
        """Send JSON or parts and yield server-sent events as they arrive; a replay yields the same ones again."""
        ...

    def socket(self, path: str, **query: Any) -> AbstractAsyncContextManager[Socket]:
        """Open a WebSocket on the account's server; raises `ProviderUnavailable`."""
        ...
