"""The first installation as the papers describe it: the steps stand in their order, and do what they say."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from maquette.cli.child import Child
from maquette.cli.root import run as command
from tests.house.tree import ROOT
from tests.twins.running import running

STEPS = ["serve", "accounts add openai", "accounts check openai", "verify", "accounts list"]


def written() -> list[str]:
    """Return the commands of the paragraph on a first installation, in order."""
    text = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
    (paragraph,) = [part for part in text.split("\n\n") if part.startswith("A first installation")]
    return re.findall(r"`maquette ([^`]+)`", paragraph)


@pytest.mark.accepts("S3.48")
def test_a_first_installation_is_started_given_an_account_proven_and_watched_in_this_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert written() == STEPS
    for name in ("MAQUETTE_HOME", "MAQUETTE_URL", "MAQUETTE_KEY"):
        monkeypatch.delenv(name, raising=False)
    added = ["--api-key", "sk-twin", "--base-url"]
    with (
        running("openai", tmp_path / "twin") as twin,
        Child(tmp_path / "home", environ={"PATH": os.environ["PATH"]}) as child,
    ):
        for step in (STEPS[1], STEPS[2], STEPS[4]):
            more = [*added, f"{twin.url}/v1"] if step == STEPS[1] else []
            assert command(["--home", str(child.home), *step.split(), *more]) == 0, capsys.readouterr().err
        assert "openai" in capsys.readouterr().out
