"""JSON is read as what it is declared to be, whatever threads meet a type first."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from maquette.core.typed import convert, decode

SRC = Path(__file__).parents[2] / "src" / "maquette"

FIRST = """
import sys, threading
sys.setswitchinterval(1e-6)
from maquette import catalog
go = threading.Barrier(6)
def read():
    go.wait()
    catalog._packaged.__wrapped__("openai")
threads = [threading.Thread(target=read) for _ in range(6)]
for each in threads: each.start()
for each in threads: each.join()
"""


class Row(msgspec.Struct):
    id: str


def test_it_is_read_or_refused() -> None:
    assert decode(b'[{"id": "a"}]', list[Row]) == convert([{"id": "a"}], list[Row]) == [Row("a")]
    with pytest.raises(msgspec.ValidationError):
        decode(b'{"id": 1}', Row)
    with pytest.raises(msgspec.ValidationError):
        convert({}, Row)


def test_threads_that_meet_a_type_at_once_do_not_end_the_process() -> None:
    for _ in range(3):  # without the lock, five of six such processes end by a segmentation fault
        done = subprocess.run([sys.executable, "-c", FIRST], capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr


def test_no_other_file_reads_a_declared_type_by_itself() -> None:
    direct = re.compile(r"msgspec\.convert\(|json\.decode\([^\n]*type=|json\.Decoder\(")
    found = [str(p.relative_to(SRC)) for p in SRC.rglob("*.py") if direct.search(p.read_text(encoding="utf-8"))]
    assert found == ["core/typed.py"]
