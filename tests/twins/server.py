"""Run a twin as its own process: the vendor's wire on one port, the control routes on another."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from aiohttp import web
from typing_extensions import override

from tests.twins.ledger import Ledger
from tests.twins.storm import ALL_KINDS, Conditions, Storm
from tests.twins.wire import Json, abort

HOST: Final = "127.0.0.1"
LARGEST: Final = 128 * 1024 * 1024


@dataclass(frozen=True)
class Wire:
    """Hold what a vendor's twin offers to the process that runs it.

    Attributes:
        app: The vendor's routes.
        state: Returns what the twin remembers, as JSON.
        restart: Forgets what a restarted server forgets; `None` if the vendor's state survives.
    """

    app: web.Application
    state: Callable[[], Json]
    restart: Callable[[], Awaitable[None]] | None = None


Build = Callable[[argparse.Namespace, Storm, Ledger], Wire]


class Refusing(asyncio.Protocol):
    """Reset a connection as it opens, before a byte is read."""

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        abort(transport)


def flags(name: str) -> argparse.ArgumentParser:
    """Return the parser of the flags that all twins know."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.twins.{name}")
    parser.add_argument("--port", type=int, default=0, help="the vendor's port; 0 takes a free one")
    parser.add_argument("--folder", type=Path, required=True, help="where the bill and the log are kept")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--faults", type=float, default=0.0, help="the share of submits that meet a fault")
    parser.add_argument("--elsewhere", type=float, help="the share of other requests; as --faults if left out")
    parser.add_argument("--kinds", default=",".join(sorted(ALL_KINDS)), help="comma-separated fault names")
    for field in ("hang", "drip", "latency", "step-delay"):
        parser.add_argument(f"--{field}", type=float, default=getattr(Conditions, field.replace("-", "_")))
    parser.add_argument("--retry-after", type=int, default=Conditions.retry_after)
    parser.add_argument("--with-parent", action="store_true", help="end when standard input closes")
    return parser


def main(build: Build, parser: argparse.ArgumentParser) -> None:
    """Parse the flags, and serve until a signal comes."""
    options = parser.parse_args()
    asyncio.run(_serve(build, options))


def _conditions(options: argparse.Namespace) -> Conditions:
    return Conditions(rate=options.faults).changed(
        {
            "kinds": [kind for kind in options.kinds.split(",") if kind],
            **{name: getattr(options, name) for name in ("elsewhere", "hang", "drip", "latency", "step_delay")},
            "retry_after": options.retry_after,
        }
    )


async def _serve(build: Build, options: argparse.Namespace) -> None:
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    if options.with_parent:
        loop.add_reader(sys.stdin.fileno(), done.set)
    ledger, storm = Ledger(options.folder), Storm(options.seed, _conditions(options))
    wire = build(options, storm, ledger)
    runner = web.AppRunner(wire.app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    server = await loop.create_server(lambda: _connection(runner, storm, ledger), HOST, options.port)
    control = web.AppRunner(_control(wire, storm, ledger), access_log=None, shutdown_timeout=0.2)
    await control.setup()
    site = web.TCPSite(control, HOST, 0)
    await site.start()
    ready = {"port": server.sockets[0].getsockname()[1], "control": control.addresses[0][1], "pid": os.getpid()}
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()
    await done.wait()
    server.close()
    await runner.cleanup()
    await control.cleanup()
    ledger.close()


def _connection(runner: web.AppRunner, storm: Storm, ledger: Ledger) -> asyncio.BaseProtocol:
    fault = storm.draw("connect")
    if fault is None and runner.server is not None:
        return runner.server()
    ledger.log({"phase": "connect", "fault": fault})
    return Refusing()


def _control(wire: Wire, storm: Storm, ledger: Ledger) -> web.Application:
    async def state(_: web.Request) -> web.Response:
        counts = {"billed": ledger.taken, "requests": ledger.requests, "in_flight": ledger.in_flight}
        return web.json_response({**counts, "seed": storm.seed, "faults": storm.conditions.shown(), **wire.state()})

    async def faults(request: web.Request) -> web.Response:
        try:
            storm.conditions = storm.conditions.changed(await request.json())
        except ValueError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(storm.conditions.shown())

    async def restart(_: web.Request) -> web.Response:
        if wire.restart is None:
            return web.json_response({"error": "this vendor forgets nothing"}, status=404)
        await wire.restart()
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/__twin__/state", state)
    app.router.add_post("/__twin__/faults", faults)
    app.router.add_post("/__twin__/restart", restart)
    return app
