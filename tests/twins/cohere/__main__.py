"""Run the Cohere twin."""

from __future__ import annotations

from tests.twins.cohere.app import build
from tests.twins.server import flags, main

if __name__ == "__main__":
    arguments = flags("cohere")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    main(build, arguments)
