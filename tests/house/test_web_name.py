"""No file, identifier or text of the web interface is named after a provider, a module or an operation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.core.registry import ALIASES, Registry
from tests.house.tree import ROOT, files, short

SOURCE = ROOT / "web" / "src"
TOKEN = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*")
PLAIN = frozenset({"document", "http", "request"})
"""English words that happen to be the name of an operation or a provider too; at most ten."""


def names() -> frozenset[str]:
    """Return what the interface must not know: providers, their other names, modules, actions and operations."""
    registry = Registry()
    actions = [action.name for provider in registry.names() for action in registry.of(provider).values()]
    everything = {*registry.names(), *ALIASES, *actions, *(name.rpartition(".")[2] for name in actions), *modules()}
    return frozenset(name.lower() for name in everything) - PLAIN


def modules() -> Iterator[str]:
    folder = ROOT / "src" / "maquette" / "modules"
    for path in folder.glob("[!_]*.py"):
        yield path.stem.replace("_", ".", 1)


def sources() -> list[Path]:
    return [path for path in files() if path.is_relative_to(SOURCE)]


def tokens(text: str) -> set[str]:
    """Return every identifier and word, alone and with what is joined to it by dots and hyphens."""
    joined = {found.lower() for found in TOKEN.findall(text)}
    return joined | {part for found in joined for part in re.split(r"[.-]", found)}


@pytest.mark.accepts("A1", "A2", "A3")
def test_the_interface_knows_no_provider_no_module_and_no_operation() -> None:
    known, read = names(), sources()
    assert len(known) > 15
    assert len(read) > 10
    told = {short(path): tokens(path.read_text(encoding="utf-8")) | tokens(path.stem) for path in read}
    assert {path: sorted(found & known) for path, found in told.items() if found & known} == {}


def test_the_words_that_are_excepted_are_few() -> None:
    assert len(PLAIN) <= 10


@pytest.mark.parametrize(
    "text", ["const midjourney = 1", "'media.painter.txt2img'", "{ask.form}", "class='x-upscale'", "// for Sora"]
)
def test_a_name_is_found_wherever_it_hides(text: str) -> None:
    assert tokens(text) & (names() | {"midjourney", "sora", "ask.form"})
