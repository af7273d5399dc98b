"""`python -m maquette.api`: the server of one installation."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from maquette.core.config import Config, read
from maquette.core.errors import ConfigInvalid, MaquetteError
from maquette.engine import log
from maquette.engine.memory import rest_collector, share_heaps


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a server; returns the exit code: 0 after a signal, 2 where it could not start."""
    share_heaps()
    rest_collector()
    given = _parser().parse_args(arguments)
    try:
        config = configured(given)
        log.start(config)
        signal.signal(signal.SIGTERM, _ended)
        from maquette.api.serve import serve  # noqa: PLC0415 - most of the start, while the collector rests

        serve(config)
    except MaquetteError as error:
        report(error)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


def report(error: MaquetteError) -> None:
    """Tell on stderr what went wrong and what to do."""
    logging.getLogger("maquette.api").debug("server.failed", exc_info=error)
    sys.stderr.write(f"{error.message}\n{error.advice}\n")


def _ended(_number: int, _frame: FrameType | None) -> None:
    """Leave with code 0 where the server raises the signal again that it was ended by."""
    raise SystemExit(0)


def configured(given: argparse.Namespace) -> Config:
    """Combine the configuration file, the environment and the flags; raises `ConfigInvalid`."""
    home = Path(given.home or os.environ.get("MAQUETTE_HOME") or Path.home() / ".maquette").expanduser().absolute()
    named = given.config or os.environ.get("MAQUETTE_CONFIG")
    path = Path(named) if named else home / "maquette.toml"
    try:
        text = path.read_text(encoding="utf-8") if named or path.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(f"The configuration file {str(path)!r} cannot be read: {error}") from error
    flags = {"host": given.host, "port": given.port, "database_url": given.database_url, "auth": given.auth}
    return read(text, os.environ, flags, home=home)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="maquette serve", description="Start the server.")
    parser.add_argument("--home", help="folder of everything that is kept on this machine (default: ~/.maquette)")
    parser.add_argument("--config", help="configuration file (default: maquette.toml in the home folder)")
    parser.add_argument("--host", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", type=int, help="port to listen on; 0 takes a free one (default: 7878)")
    parser.add_argument("--database-url", help="SQLAlchemy URL (default: a SQLite file in the home folder)")
    parser.add_argument(
        "--no-auth", dest="auth", action="store_const", const=False, help="ask for no key; loopback only"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
