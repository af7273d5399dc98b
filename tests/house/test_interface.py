"""The web interface knows no provider, no module and no operation: it draws what the server describes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from maquette.core.registry import Registry
from tests.house.tree import ROOT

WEB = ROOT / "web" / "src"

# Nouns of the schema vocabulary that happen to name an operation too.
VOCABULARY = frozenset({"chat", "compose", "document", "http", "request", "speech", "workflow"})


def names() -> set[str]:
    """Name every provider, and every action in full and, but for modules, by its last word."""
    registry = Registry()
    actions = list(registry.actions())
    operations = {action.name.rpartition(".")[2] for action in actions if not action.composite}
    return {*registry.names(), *(action.name for action in actions), *operations} - VOCABULARY


def mentions(folder: Path, words: set[str]) -> Iterator[str]:
    """Yield each place in a file name or a line that names one of the words, in any case."""
    wanted = re.compile(
        "|".join(rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])" for word in sorted(words)), re.IGNORECASE
    )
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = path.relative_to(folder).as_posix()
        if found := wanted.search(name):
            yield f"{name} is named after {found[0]!r}"
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1):
            if found := wanted.search(line):
                yield f"{name}:{number} says {found[0]!r}"


@pytest.mark.skipif(not WEB.is_dir(), reason="there is no web interface yet")
def test_no_file_or_line_of_the_interface_names_a_provider_or_an_action() -> None:
    assert list(mentions(WEB, names())) == []


def test_a_file_or_line_named_after_an_action_is_found(tmp_path: Path) -> None:
    (tmp_path / "Form.svelte").write_text("let a = 1\nif (action === 'txt2img') {}\n")
    (tmp_path / "Midjourney.svelte").write_text("<p>pictures of painters</p>\n")
    assert list(mentions(tmp_path, {"midjourney", "painter", "txt2img"})) == [
        "Form.svelte:2 says 'txt2img'",
        "Midjourney.svelte is named after 'Midjourney'",
    ]


def test_the_names_to_look_for_come_from_the_registry() -> None:
    assert {"openai", "comfyui"} <= names()
