"""What an installation takes: size and number of distributions of `maquette` and of `maquette[embedded]`.

The locked packages come from the index that pip is set to, into fresh environments.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure
from bench.process import ROOT


@dataclass(frozen=True)
class Extent:
    """One way to install, and what it may take."""

    name: str
    lock: str
    megabytes: float
    distributions: float | None


EXTENTS = (
    Extent("maquette", "requirements.lock", 240, 85),
    Extent("maquette[embedded]", "requirements-embedded.lock", 450, None),
)


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--largest", type=int, default=5, help="how many of the largest parts to name (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="maquette-bench-") as folder:
        wheel = _built(Path(folder, "wheel"))
        for extent in EXTENTS:
            begun = time.monotonic()
            place = _installed(extent, wheel, Path(folder, extent.lock))
            found += _figures(extent, place, time.monotonic() - begun, given.largest)
    return found


def _built(folder: Path) -> Path:
    """Build our wheel, without isolation, from the tools that are locked."""
    command = [sys.executable, "-m", "pip", "wheel", "-qq", "--disable-pip-version-check", "--no-deps"]
    subprocess.run([*command, "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)], check=True)
    return next(folder.glob("*.whl"))


def _installed(extent: Extent, wheel: Path, place: Path) -> Path:
    """Install the locked packages with their hashes, then the wheel, as `./run` does; returns the packages' folder."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True)
    command = [sys.executable, "-m", "pip", "--python", str(place / "bin" / "python"), "install", "-qq"]
    command += ["--disable-pip-version-check", "--no-compile"]
    subprocess.run([*command, "--require-hashes", "-r", str(ROOT / extent.lock)], check=True)
    subprocess.run([*command, "--no-deps", str(wheel)], check=True)
    subprocess.run([str(place / "bin" / "maquette"), "--version"], check=True, stdout=subprocess.DEVNULL)
    return next((place / "lib").glob("python*/site-packages"))


def _size(place: Path) -> float:
    """Return the MB of 10^6 bytes in a folder, without the bytecode that is written when a module is first used."""
    files = (path for path in place.rglob("*") if path.is_file() and path.suffix != ".pyc")
    return sum(path.lstat().st_size for path in files) / 1e6


def _figures(extent: Extent, place: Path, seconds: float, largest: int) -> Sequence[Figure]:
    parts = {path.name: _size(path) for path in place.iterdir() if path.is_dir()}
    parts = {name: size for name, size in parts.items() if not re.search(r"\.dist-info$", name)}
    named = sorted(parts, key=parts.__getitem__, reverse=True)[:largest]
    note = f"installed in {seconds:.0f} s; " + ", ".join(f"{name} {parts[name]:.0f}" for name in named)
    count = len(list(place.glob("*.dist-info")))
    return [
        Figure(f"{extent.name}, size", _size(place), "MB", extent.megabytes, note),
        Figure(f"{extent.name}, distributions", count, "", extent.distributions),
    ]
