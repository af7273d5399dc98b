"""Examples of painted pictures; each picture beside this file is what its parameters make, made smaller."""

from __future__ import annotations

from maquette.core.example import Example

_SIZE = {"width": 768, "height": 512}
_SCENE = "An illustration: forms and light by rule"
_EXACT = "Exact: shapes, colours and numbers as named"

EXAMPLES = (
    Example(
        "A house in the snow",
        _SCENE,
        {"prompt": "A small wooden house among pines, first snow, evening light", "seed": 11, **_SIZE},
        "examples/cabin.webp",
    ),
    Example(
        "A city by the water",
        _SCENE,
        {"prompt": "A city skyline at night by the water, full moon", "seed": 9, **_SIZE},
        "examples/city.webp",
    ),
    Example(
        "A morning in the hills",
        _SCENE,
        {"prompt": "Rolling green hills under a wide sky, a river, morning", "seed": 5, **_SIZE},
        "examples/hills.webp",
    ),
    Example(
        "Shapes, counted",
        _EXACT,
        {"prompt": "Three red circles and one blue square on a white ground", "seed": 3, **_SIZE},
        "examples/shapes.webp",
    ),
)
"""What a first picture may start from."""
