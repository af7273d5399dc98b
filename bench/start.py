"""How long it takes to import the package, to show the help, and to the server's first answer."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bench.figure import Figure, quantile, spread
from bench.process import child, free_port, until_answers

MAQUETTE = Path(sys.executable).with_name("maquette")


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--times", type=int, default=5, help="how often each is done (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure, one after the other in turn, so that a busy moment meets all of them."""
    with tempfile.TemporaryDirectory(prefix="maquette-bench-") as folder:
        kept = Path(folder, "kept")
        _first_answer(kept)
        cases: dict[str, tuple[float | None, Callable[[int], float]]] = {
            "python -c pass": (None, lambda _: _timed([sys.executable, "-c", "pass"])),
            "import maquette, the whole process": (0.3, lambda _: _timed([sys.executable, "-c", "import maquette"])),
            "maquette --help": (0.6, lambda _: _timed([str(MAQUETTE), "--help"])),
            "server's first 200, new home": (2.5, lambda n: _first_answer(Path(folder, str(n)))),
            "server's first 200, known home": (2.5, lambda _: _first_answer(kept)),
        }
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        for number in range(given.times):
            for name, (_, measure) in cases.items():
                seconds[name].append(measure(number))
    return [
        Figure(name, quantile(values, 0.5), "s", cases[name][0], f"p50; {spread(values, 2)}")
        for name, values in seconds.items()
    ]


def _timed(command: Sequence[str]) -> float:
    begun = time.monotonic()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=_clean())
    return time.monotonic() - begun


def _clean() -> Mapping[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("MAQUETTE_")}


def _first_answer(home: Path) -> float:
    """Start a server on a home and return the seconds to its first answer."""
    port = free_port()
    surroundings = {"MAQUETTE_HOME": str(home), "MAQUETTE_PORT": str(port)}
    begun = time.monotonic()
    with child(["-m", "maquette.api"], environment=surroundings) as process:
        until_answers(f"http://127.0.0.1:{port}/healthz", process)
        return time.monotonic() - begun
