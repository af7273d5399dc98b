"""The pictures of the examples are what their parameters make."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageStat

from maquette.core.example import Example
from maquette.providers import painter
from maquette.providers.painter import Painting, engine
from maquette.providers.painter.sample import EXAMPLES

SIZE = (480, 320)
MOST_OFF = 8.0
"""Of 255: what the packing of a picture costs; another picture is off by several times as much."""


@pytest.mark.accepts("S1.76")
@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.title)
def test_the_picture_of_an_example_is_what_its_parameters_make(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    asked = Painting(**example.params)
    made = engine.paint(prompt=asked.prompt, seed=asked.seed, width=asked.width, height=asked.height, target="made.png")
    assert not made["sketch"]
    with resources.files(painter).joinpath(example.picture).open("rb") as file:
        shown = Image.open(file).convert("RGB")
    drawn = Image.open("made.png").convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)
    assert shown.size == SIZE
    assert max(ImageStat.Stat(ImageChops.difference(shown, drawn)).mean) < MOST_OFF
