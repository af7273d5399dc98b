"""Run the Anthropic twin."""

from __future__ import annotations

from tests.twins.anthropic.app import build
from tests.twins.server import flags, main

if __name__ == "__main__":
    arguments = flags("anthropic")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    main(build, arguments)
