"""Take requests in: draw the fault, bill what is accepted, answer, and log what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from tests.twins.ledger import Ledger
from tests.twins.storm import REFUSALS, Conditions, Phase, Storm
from tests.twins.wire import Answer, Refused, Reply


@dataclass(frozen=True)
class Order:
    """Hold a valid submit that waits for acceptance.

    Attributes:
        work: The id under which it is billed.
        marker: The id that the prompt carries.
        fulfil: Accepts the work and makes the answer; called at most once, after the bill.
        units: How many outputs are paid for.
    """

    work: str
    marker: str | None
    fulfil: Callable[[], Awaitable[Answer]]
    units: int = 1


class Dialect(Protocol):
    """Word the refusals of a vendor."""

    def refusal(self, fault: str, conditions: Conditions) -> Answer:
        """Return the answer to a request that a fault turns down."""
        ...

    def failure(self, status: int) -> Answer:
        """Return the answer of a server that broke, or that does not know the id."""
        ...


@dataclass
class Exchange:
    """Follow one request to its line in the log."""

    request: web.Request
    phase: Phase
    reply: Reply = field(init=False)
    marker: str | None = None
    fault: str | None = None
    billed: bool = False
    note: str | None = None

    def __post_init__(self) -> None:
        self.reply = Reply(self.request)

    def line(self) -> dict[str, object]:
        """Return what the log says of the request."""
        return {
            "phase": self.phase,
            "method": self.request.method,
            "path": self.request.path,
            "marker": self.marker,
            "fault": self.fault,
            "status": self.reply.status,
            "billed": self.billed,
            "answered": self.reply.answered,
            "note": self.note,
        }


class Desk:
    """Serve requests of every phase under one storm and one ledger."""

    def __init__(self, storm: Storm, ledger: Ledger, dialect: Dialect) -> None:
        self.storm = storm
        self._ledger = ledger
        self._dialect = dialect

    async def submit(self, request: web.Request, accept: Callable[[], Awaitable[Order]]) -> web.StreamResponse:
        """Serve a request that costs money once `accept` found it valid."""
        return await self._logged(Exchange(request, "submit"), lambda exchange: self._submitted(exchange, accept))

    async def poll(self, request: web.Request, key: str, answer: Callable[[], Answer]) -> web.StreamResponse:
        """Serve a free question about something that has a key."""

        async def work(exchange: Exchange) -> None:
            exchange.fault = self.storm.poll(key)
            if exchange.fault == "poll_404":
                await exchange.reply.whole(self._dialect.failure(404))
                exchange.reply.answered = False
            else:
                await self._read(exchange, answer)

        return await self._logged(Exchange(request, "poll"), work)

    async def download(self, request: web.Request, key: str, answer: Callable[[], Answer]) -> web.StreamResponse:
        """Serve the bytes of a file."""

        async def work(exchange: Exchange) -> None:
            exchange.fault = self.storm.draw("download", key)
            await self._read(exchange, answer)

        return await self._logged(Exchange(request, "download"), work)

    async def side(self, request: web.Request, act: Callable[[Exchange], Awaitable[Answer]]) -> web.StreamResponse:
        """Serve a free call that changes something: an upload, a cancel."""

        async def work(exchange: Exchange) -> None:
            exchange.fault = self.storm.draw("side", request.path)
            if exchange.fault == "side_reset":
                exchange.reply.reset()
            elif exchange.fault:
                await exchange.reply.whole(self._dialect.failure(500))
                exchange.reply.answered = False
            else:
                await exchange.reply.whole(await act(exchange))

        return await self._logged(Exchange(request, "side"), work)

    async def _logged(self, exchange: Exchange, work: Callable[[Exchange], Awaitable[None]]) -> web.StreamResponse:
        self._ledger.in_flight += 1
        try:
            await work(exchange)
        except Refused as refused:
            await exchange.reply.whole(refused.answer)
        finally:
            self._ledger.in_flight -= 1
            self._ledger.log(exchange.line())
        return exchange.reply.response

    async def _submitted(self, exchange: Exchange, accept: Callable[[], Awaitable[Order]]) -> None:
        exchange.fault = self.storm.draw("arrival")
        if exchange.fault:
            exchange.reply.reset()
            return
        order = await accept()
        exchange.marker = order.marker
        exchange.fault = self.storm.draw("submit", order.marker or order.work)
        if exchange.fault in REFUSALS:
            await exchange.reply.whole(self._dialect.refusal(exchange.fault, self.storm.conditions))
            # A broken server is no answer to the question whether the work was accepted.
            exchange.reply.answered &= exchange.fault != "error_unbilled"
            return
        self._ledger.bill(order.work, order.marker, order.units)
        exchange.billed = True
        answer = await order.fulfil()
        if exchange.fault == "error_billed":
            await exchange.reply.whole(self._dialect.failure(502))
            exchange.reply.answered = False
        elif exchange.fault:
            await exchange.reply.broken(answer, exchange.fault, self.storm.conditions)
        else:
            await exchange.reply.whole(answer)

    async def _read(self, exchange: Exchange, answer: Callable[[], Answer]) -> None:
        if exchange.fault in {"poll_500", "poll_flap", "download_500"}:
            await exchange.reply.whole(self._dialect.failure(500))
            exchange.reply.answered = False
            return
        # Answers are made in a thread: some paint or read a file.
        made = await asyncio.to_thread(answer)
        if exchange.fault:
            await exchange.reply.broken(made, exchange.fault, self.storm.conditions)
        else:
            await exchange.reply.whole(made)
