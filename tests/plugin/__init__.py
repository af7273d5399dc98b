"""Two providers that live in a distribution of their own, and how a test installs it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROVIDERS = ("herald", "postcard")


def install(folder: Path) -> Path:
    """Build the distribution as a wheel and install it, alone, into a fresh folder; return that folder."""
    wheels, site = folder / "wheels", folder / "site"
    _python("-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels), folder=HERE)
    (wheel,) = wheels.glob("*.whl")
    offline = ("--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check", "--quiet")
    _python("-m", "pip", "install", *offline, "--target", str(site), str(wheel), folder=folder)
    return site


def _python(*arguments: str, folder: Path) -> None:
    done = subprocess.run([sys.executable, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stdout + done.stderr)
