"""How a process that serves keeps its memory."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

_THREADS = """
import ctypes, sys, threading
if sys.argv[1] == "shared":
    from maquette.engine.memory import share_heaps
    share_heaps()
meet = threading.Barrier(9)
def work():
    kept = [bytes(2000) for _ in range(100)]
    meet.wait()
for _ in range(8):
    threading.Thread(target=work).start()
meet.wait()
ctypes.CDLL(None).malloc_stats()
"""


def heaps(how: str) -> int:
    done = subprocess.run([sys.executable, "-c", _THREADS, how], capture_output=True, text=True, timeout=60, check=True)
    return done.stderr.count("Arena ")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_stats"), reason="glibc alone has several heaps")
def test_all_threads_of_a_server_share_two_heaps() -> None:
    assert heaps("own") > 2
    assert heaps("shared") == 2
