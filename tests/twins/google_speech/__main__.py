"""Run the twin of Google Cloud Text-to-Speech."""

from __future__ import annotations

from tests.twins.google_speech.app import build
from tests.twins.server import flags, main

if __name__ == "__main__":
    arguments = flags("google_speech")
    arguments.add_argument("--key", default="sk-twin", help="the only key that is accepted")
    main(build, arguments)
