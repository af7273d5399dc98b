"""Bind, serve, and say where: one server in this process."""

from __future__ import annotations

import errno
import ipaddress
import socket
import sys

import uvicorn
from typing_extensions import override

from maquette.api import home
from maquette.api.app import Application, create_app
from maquette.core.config import Config
from maquette.core.errors import AddressInUse, AddressRefused
from maquette.engine.memory import calm_collector
from maquette.services import session

_BACKLOG = 2048
_GRACE_S = 3


def serve(config: Config) -> None:
    """Serve until a signal ends the process.

    Raises:
        AddressRefused: The address is not loopback and authentication is off.
        AddressInUse: Another program listens there.
        HomeInUse: Another server runs on this home folder.
        MaquetteError: The installation could not be opened.
    """
    _check(config)
    with home.held(config), bound(config) as listener:
        app = create_app(config)
        Server(app, config, listener).run(sockets=[listener])


def _check(config: Config) -> None:
    if not config.auth and not _is_loopback(config.host):
        raise AddressRefused(f"Without authentication the server does not listen on {config.host!r}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bound(config: Config) -> socket.socket:
    """Return a socket that listens where the configuration says; raises `AddressInUse` or `AddressRefused`."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((config.host, config.port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        where = f"{config.host}:{config.port}"
        if error.errno == errno.EADDRINUSE:
            raise AddressInUse(f"The address {where} is in use by another program") from error
        raise AddressRefused(f"The server cannot listen on {where}: {error.strerror}") from error
    return listener


def url_of(config: Config, listener: socket.socket) -> str:
    """Return the address under which this machine reaches the server."""
    host, port = listener.getsockname()[:2]
    if host in ("0.0.0.0", "::"):  # noqa: S104 - a comparison, not a bind
        host = "127.0.0.1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A uvicorn server that says where it listens once it does."""

    def __init__(self, app: Application, config: Config, listener: socket.socket) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop" if sys.platform != "win32" else "asyncio",
                http="httptools",
                ws="none",
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                date_header=True,
                timeout_keep_alive=30,
                timeout_graceful_shutdown=_GRACE_S,
            )
        )
        self.app, self.settings = app, config
        # Entered here and not by uvicorn, which would turn a clear refusal into a logged traceback.
        self.installation = app.router.lifespan_context(app)
        self.url = url_of(config, listener)

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await self.installation.__aenter__()
        await super().startup(sockets)
        calm_collector()
        link = await _first_link(self.app, self.settings)
        home.announce(self.settings.home, self.url)
        sys.stdout.write(f"Maquette listens on {self.url}\n")
        if link:
            sys.stdout.write(f"Sign in once, within ten minutes: {self.url}/sign-in?code={link}\n")
        sys.stdout.flush()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams end by themselves once the log is no longer followed, so that closing need not wait for readers.
        await self.app.state.studio.engine.hub.stop()
        await super().shutdown(sockets)
        home.withdraw(self.settings.home)
        await self.installation.__aexit__(None, None, None)


async def _first_link(app: Application, config: Config) -> str | None:
    if not config.auth:
        return None
    return (await session.link(app.state.studio, app.state.owner)).code
