"""Run the command line as `python -m maquette.cli`."""

from __future__ import annotations

from maquette.cli import main

main()
