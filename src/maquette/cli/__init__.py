"""The command line: it speaks HTTP only, and starts a server for one command if none runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit with its code."""
    from maquette.cli.root import run  # noqa: PLC0415 - importing the package loads no command

    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))
