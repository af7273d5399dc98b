"""Processes of a benchmark: where they run, what they use, and that they end."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2
import psutil

from tests.scenarios.fleet import ROOT, free_port

__all__ = ["ROOT", "child", "children_cpu_s", "cpu_s", "free_port", "pinned", "rss_mb", "until_answers"]


@contextmanager
def pinned(processor: int) -> Iterator[None]:
    """Start everything within the block on one processor, where there is more than one."""
    before = os.sched_getaffinity(0)
    if processor in before and len(before) > 1:
        os.sched_setaffinity(0, {processor})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def child(
    arguments: Sequence[str], *, python: str = sys.executable, environment: Mapping[str, str] | None = None,
    log: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:  # fmt: skip
    """Run Python with arguments while the block lasts."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})}
    with (log or Path(os.devnull)).open("wb") as sink:
        process = subprocess.Popen(
            [python, *arguments], cwd=ROOT, env=surroundings, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink
        )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def until_answers(url: str, process: subprocess.Popen[bytes], patience_s: float = 30) -> float:
    """Wait until an address answers with 200; returns the seconds that it took.

    Raises:
        RuntimeError: The process ended, or did not answer in time.
    """
    begun = time.monotonic()
    while time.monotonic() - begun < patience_s:
        if process.poll() is not None:
            raise RuntimeError(f"the process of {url} ended with status {process.returncode}")
        try:
            if httpx2.get(url, timeout=5, trust_env=False).status_code == 200:
                return time.monotonic() - begun
        except httpx2.TransportError:
            pass
        time.sleep(0.01)
    raise RuntimeError(f"{url} did not answer within {patience_s:g} s")


def cpu_s(pid: int) -> float:
    """Return the processor time that one process, without its children, has used."""
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def children_cpu_s(pid: int) -> float:
    """Return the processor time of the children of a process, those that ended included."""
    process = psutil.Process(pid)
    ended = process.cpu_times()
    return float(ended.children_user + ended.children_system) + sum(cpu_s(one.pid) for one in process.children(True))


def rss_mb(pid: int) -> float:
    """Return the memory that one process, without its children, holds, in MB of 10^6 bytes."""
    return float(psutil.Process(pid).memory_info().rss) / 1e6
