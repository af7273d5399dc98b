"""A filter of somebody's own, as the papers show it, is found by its distribution and works."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from maquette.core.errors import NotFound, ParamsInvalid
from maquette.core.filter import Specimen
from maquette.core.housekeeping import Screen
from maquette.engine import screen
from tests.house.tree import ROOT


@pytest.mark.accepts("S1.49")
def test_the_filter_of_the_papers_works_from_a_distribution_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (ROOT / "docs" / "how-to" / "keep-house.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(.+?)```", page, re.DOTALL)
    assert shown is not None
    (tmp_path / "quiet_example.py").write_text(shown[1])
    (info := tmp_path / "quiet_example-1.dist-info").mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: quiet-example\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[maquette.filters]\nquiet = quiet_example:FILTER\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = screen.named("quiet")
    settings = screen.read(Screen(filter="quiet", settings={"most": 3}))
    assert found.prompt("A QUIET word", settings) == "it shouts"
    assert found.prompt("A quiet word", settings) is None
    assert found.output(Specimen("image", tmp_path, "0" * 64, None), settings) is None
    with pytest.raises(ParamsInvalid, match="settings\\.least"):
        screen.read(Screen(filter="quiet", settings={"least": 3}))


def test_a_filter_that_nobody_has_is_named_with_those_that_are_there() -> None:
    with pytest.raises(NotFound) as refusal:
        screen.named("nobody")
    assert "pictures, words" in refusal.value.advice


def test_a_listed_text_is_refused_as_a_result_too(tmp_path: Path) -> None:
    path = tmp_path / "made.txt"
    path.write_text("All is well, said the Badger.")
    words = screen.named("words")
    settings = screen.read(Screen(filter="words", settings={"words": ["badger"]}))
    assert words.output(Specimen("text", path, "0" * 64, None), settings)
    assert words.output(Specimen("image", path, "0" * 64, None), settings) is None
    path.write_text("All is well, said the badgers.")
    assert words.output(Specimen("text", path, "0" * 64, None), settings) is None
