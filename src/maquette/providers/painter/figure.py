"""Read the figures that the painter can draw: people, animals, buildings and things, from `figures.txt`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from maquette.providers.painter.brief import Colour
from maquette.providers.painter.canvas import Array
from maquette.providers.painter.form import box, curve, limb, oval, points
from maquette.providers.painter.palette import hexed

_VERBS: dict[str, Callable[[list[tuple[float, ...]]], Array]] = {
    "box": lambda pairs: box(*pairs[0], *pairs[1]),
    "curve": lambda pairs: curve(*pairs),
    "limb": lambda pairs: limb(*pairs),
    "open": lambda pairs: curve(*pairs, closed=False),
    "oval": lambda pairs: oval(*pairs[0], *pairs[1]),
    "poly": lambda pairs: points(*pairs),
}


@dataclass(frozen=True)
class Part:
    """One piece of a figure."""

    role: str
    """`body` and `accent` take the colours that a prompt names; `glow` shines when it is dim."""
    colour: Colour
    forms: tuple[Array, ...]
    """Outlines that are filled as one."""


@dataclass(frozen=True)
class Figure:
    """One thing that can stand in a scene, one unit tall, feet at the origin, y downwards, looking left."""

    tall: float
    """Its height as a share of the picture's shorter side."""
    wide: float
    """Its width for its height."""
    parts: tuple[Part, ...]
    """Far pieces first; none for what is grown by chance, as trees are."""


@cache
def figures() -> dict[str, Figure]:
    """Return every figure by its name in the lexicon."""
    text = Path(__file__).with_name("figures.txt").read_text(encoding="utf-8")
    blocks = [block.splitlines() for block in text.split("\n\n") if not block.startswith("#")]
    return {lines[0].split()[0]: _figure(lines) for lines in blocks if lines}


def _figure(lines: list[str]) -> Figure:
    _, tall, wide = lines[0].split()
    parts: list[Part] = []
    for line in lines[1:]:
        words = line.split()
        if line.startswith("    "):
            form = _VERBS[words[0]]([tuple(float(number) for number in pair.split(",")) for pair in words[1:]])
            parts[-1] = Part(parts[-1].role, parts[-1].colour, (*parts[-1].forms, form))
        else:
            parts.append(Part(words[0], hexed(words[1]), ()))
    return Figure(float(tall), float(wide), tuple(parts))
