"""The built web interface is small, asks no other host for anything, and runs under a strict content policy."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from tests.house.tree import ROOT

BUILT = ROOT / "web" / "dist"
KB = 1000
ALL_MOST = 160 * KB
# Names of standards and the pages that a framework's errors point to: text, never fetched.
NAMED = ("http://www.w3.org/", "https://svelte.dev/e/")
ADDRESS = re.compile(r"https?://[^\s\"'`)<>\\]+")


@pytest.fixture(scope="module")
def built() -> dict[str, str]:
    """Every text file of the built interface, by its name."""
    assert (BUILT / "index.html").exists(), "the web interface is not built: ./run web"
    kinds = {".css", ".html", ".js", ".svg", ".json"}
    return {path.relative_to(BUILT).as_posix(): path.read_text() for path in BUILT.rglob("*") if path.suffix in kinds}


def packed(names: list[Path]) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9)) for path in names)


def test_the_whole_interface_is_small(built: dict[str, str]) -> None:
    assert packed([BUILT / name for name in built if name.endswith((".js", ".css"))]) <= ALL_MOST


def test_no_other_host_is_named(built: dict[str, str]) -> None:
    found = {name: [a for a in ADDRESS.findall(text) if not a.startswith(NAMED)] for name, text in built.items()}
    assert {name: addresses for name, addresses in found.items() if addresses} == {}


@pytest.mark.accepts("S2.27")
def test_nothing_is_compiled_at_run_time(built: dict[str, str]) -> None:
    text = "".join(text for name, text in built.items() if name.endswith(".js"))
    assert re.findall(r"\beval\(|\bnew Function\b", text) == []


@pytest.mark.accepts("S2.27")
def test_the_page_has_no_script_and_no_style_of_its_own(built: dict[str, str]) -> None:
    page = built["index.html"]
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", page) == []


def test_every_file_but_the_page_is_named_by_its_content(built: dict[str, str]) -> None:
    loose = [name for name in built if name != "index.html" and not re.search(r"static/.*-[\w-]{8}\.", name)]
    assert loose == []
