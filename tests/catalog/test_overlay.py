"""Files of an installation's own are laid over the catalog, and their faults are named by file and place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from maquette import catalog
from maquette.catalog.retirement import admit, leaving
from maquette.core.errors import ConfigInvalid, ModelRetired


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    catalog.lay(tmp_path / "none")


def laid(folder: Path, sheet: Any, name: str = "leonardo.json") -> None:
    folder.joinpath(name).write_text(sheet if isinstance(sheet, str) else json.dumps(sheet), encoding="utf-8")
    catalog.lay(folder)


def test_a_file_says_what_has_changed_and_the_rest_stays(folder: Path) -> None:
    before = catalog.models("leonardo")
    known = before["phoenix_1_0"]
    change = {"id": "phoenix_1_0", "retires_on": "2026-01-02", "replaced_by": "lucid_origin"}
    fresh = {"id": "tomorrow", "media": "image", "title": "Tomorrow", "source": "the vendor", "narrowing": "small"}
    fresh |= {"rules": [{"per": "image", "usd": 0.05}], "prices": {"input": 0.1}}
    small = {"small": {"fields": {"width": {"maximum": 512}}}}
    laid(folder, {"checked_on": "2026-11-27", "models": [change, fresh], "narrowings": small})
    now = catalog.models("leonardo")
    assert list(now) == [*before, "tomorrow"]
    changed = now["phoenix_1_0"]
    assert (changed.retires_on, changed.replaced_by) == (date(2026, 1, 2), "lucid_origin")
    assert (changed.title, changed.narrowing, changed.checked_on) == (known.title, known.narrowing, date(2026, 11, 27))
    assert now["anime_xl"] == before["anime_xl"]
    with pytest.raises(ModelRetired, match="phoenix_1_0") as caught:
        admit("leonardo", "phoenix_1_0")
    assert "lucid_origin" in caught.value.advice
    assert leaving("leonardo", "phoenix_1_0", date(2025, 12, 31))
    quoted = catalog.quote("leonardo", "tomorrow", {"n": 2})
    assert quoted is not None and quoted.likely == 100_000
    assert catalog.price("leonardo", "tomorrow") == {"input": Decimal("0.1")}
    narrowed = catalog.narrowing("leonardo", "tomorrow")
    assert narrowed is not None and narrowed.fields["width"] == {"maximum": 512}
    catalog.lay(folder / "none")
    assert catalog.models("leonardo") == before


def test_a_provider_without_a_sheet_may_have_one(folder: Path) -> None:
    row = {"id": "m", "media": "text", "title": "M", "source": "us"}
    laid(folder, {"checked_on": "2026-11-27", "models": [row]}, "comfyui.json")
    assert list(catalog.models("comfyui")) == ["m"]


FAULTS: list[tuple[Any, str]] = [
    ("{", "truncated"),
    ([], "Expected `object`"),
    ({"modles": []}, "modles: is no word of a sheet"),
    ({"provider": "openai"}, "provider: is not 'leonardo'"),
    ({"models": {}}, "models: Expected `array`"),
    ({"models": [{"title": "x"}]}, "models.0.id: a model is named by its id"),
    ({"models": [{"id": "anime_xl"}, {"id": "fresh"}]}, "models.1: Object missing required field `media`"),
    ({"models": [{"id": "anime_xl", "retires_on": "soon"}]}, "models.0.retires_on: Invalid"),
    (
        {"models": [{"id": "anime_xl", "retire_on": "2027-01-01"}]},
        "models.0: Object contains unknown field `retire_on`",
    ),
    ({"models": [{"id": "anime_xl", "narrowing": "none"}]}, "models.0.narrowing: there is nothing called 'none'"),
    ({"models": [{"id": "anime_xl", "narrowings": {"txt2img": "none"}}]}, "models.0.narrowings.txt2img: there is"),
    ({"models": [{"id": "anime_xl", "prices": {"input": -1}}]}, "models.0.prices.input: -1 is no price"),
    ({"models": [{"id": "anime_xl", "prices": {"input": "NaN"}}]}, "models.0.prices.input: 'NaN' is no price"),
    ({"models": [{"id": "anime_xl", "rules": [{"per": "image", "usd": -1}]}]}, "models.0.rules.0.usd: -1 is no price"),
    ({"models": [{"id": "anime_xl", "rules": [{"per": "mile"}]}]}, "models.0.rules.0.per: Invalid"),
    ({"narrowings": {"a": {"fields": {"width": {"maximun": 3}}}}}, "narrowings.a.fields"),
    ({"credit": "much"}, "credit: Invalid decimal"),
    ({"checked_on": 5}, "checked_on: Expected"),
]


@pytest.mark.parametrize(("sheet", "said"), FAULTS)
def test_a_fault_is_named_by_file_and_place_and_changes_nothing(folder: Path, sheet: Any, said: str) -> None:
    laid(folder, {"models": [{"id": "anime_xl", "title": "Laid before"}]})
    with pytest.raises(ConfigInvalid) as caught:
        laid(folder, sheet)
    assert said in caught.value.message
    assert "leonardo.json" in caught.value.message
    assert catalog.models("leonardo")["anime_xl"].title == "Laid before"
