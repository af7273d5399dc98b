"""Functions that behave badly, for the tests of the child processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any


def echo(**arguments: Any) -> dict[str, Any]:
    sys.stdout.write("a stray line on the standard output\n")
    return {"folder": str(Path.cwd()), "pid": os.getpid()} | arguments


def wait_for(name: str) -> dict[str, Any]:
    Path(f"{name}.begun").touch()
    while not Path(name).exists():
        time.sleep(0.005)
    return {}


def spin() -> dict[str, Any]:
    while True:
        pass


def swallow() -> dict[str, Any]:
    return {"size": len(bytearray(8 * 2**30))}


def fill() -> dict[str, Any]:
    Path("large").write_bytes(bytes(2**20 + 1))
    return {}


def leave() -> dict[str, Any]:
    sys.stderr.write("parting words\n")
    sys.exit(3)


def crash() -> dict[str, Any]:
    os.kill(os.getpid(), signal.SIGSEGV)
    return {}


def fail() -> dict[str, Any]:
    raise ValueError("there is no such voice")


def text() -> str:
    return "no dict"


def not_a_number() -> dict[str, Any]:
    return {"value": float("nan")}


def reach() -> dict[str, Any]:
    socket.create_connection(("127.0.0.1", 9), timeout=1).close()
    return {}


def breed() -> dict[str, Any]:
    started = subprocess.Popen(["/bin/sleep", "600"])
    Path("grandchild").write_text(str(started.pid))
    time.sleep(600)
    return {}


def surroundings() -> dict[str, Any]:
    descriptors = len(list(Path("/proc/self/fd").iterdir())) - 1
    return {"environment": sorted(os.environ), "descriptors": descriptors, "modules": sorted(sys.modules)}
