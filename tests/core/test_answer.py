"""Words and bytes that pass between us and servers of others."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.action import Material
from maquette.core.answer import complaints, plain
from maquette.core.inline import data_uri

PICTURE = Material("asset_1", "image", "image/png", "a.png", "d", b"\x89PNG")


def test_a_strangers_text_becomes_one_short_line_without_control_characters() -> None:
    assert plain("a\x1b[31m\n  b\x00") == "a [31m b"
    assert len(plain("x" * 1_000)) == 500


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ([{"loc": ["body", "text"], "msg": "Field required"}], "text: Field required"),
        ([{"loc": "nowhere", "msg": None}, "odd"], "?: None; odd"),
        ("plain words", "plain words"),
        (None, "None"),
    ],
)
def test_faults_of_fields_are_told_with_their_places(faults: Any, said: str) -> None:
    assert complaints(faults) == said


def test_an_asset_becomes_a_data_uri() -> None:
    assert data_uri(PICTURE) == "data:image/png;base64,iVBORw=="
