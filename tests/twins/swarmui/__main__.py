"""Run the SwarmUI twin."""

from __future__ import annotations

from tests.twins.server import flags, main
from tests.twins.swarmui.app import build

if __name__ == "__main__":
    arguments = flags("swarmui")
    arguments.add_argument("--token", default="sk-twin", help="the only swarm_token that is accepted; empty takes all")
    arguments.add_argument("--sockets", default="yes", help="`no` is a proxy that lets no WebSocket through")
    main(build, arguments)
