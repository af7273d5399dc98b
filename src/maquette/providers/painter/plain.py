"""Draw plain shapes and patterns exactly as named: flat colours, countable, in their places."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from maquette.providers.painter.brief import Brief, Colour, Item
from maquette.providers.painter.canvas import Array, Canvas
from maquette.providers.painter.form import shape, turned
from maquette.providers.painter.palette import FLAT, INK, WHITE, hexed, lightness, mix

GROUNDS = tuple(hexed(code) for code in ("#f6f1e7", "#eef1f4", "#f3ece8", "#eaf0ea", "#f4f0f6"))
"""Papers for plain pictures whose ground is not named."""

_BESIDE = {"above": (0, -1), "below": (0, 1), "left": (-1, 0), "right": (1, 0)}


@dataclass(frozen=True)
class Spot:
    """Where one item goes: its middle and the radius of its whole group, in shares of the shorter side."""

    x: float
    y: float
    radius: float


def draw(canvas: Canvas, brief: Brief, random: np.random.Generator) -> None:
    """Paint the ground, the pattern and every shape of a brief."""
    shapes = brief.named("shape")
    ground = _ground(brief, shapes, random)
    canvas.pixels[:] = ground
    for item in brief.named("pattern"):
        _pattern(canvas, item, brief, ground)
    draw_shapes(canvas, shapes, ground, random)


def draw_shapes(canvas: Canvas, shapes: Sequence[Item], ground: Colour, random: np.random.Generator) -> None:
    """Paint the shapes at their places, the largest first so that none is hidden."""
    first = int(random.integers(len(FLAT)))
    spots = layout(shapes, canvas.width / canvas.unit, canvas.height / canvas.unit)
    swell, turn = random.uniform(0.93, 1.04), random.uniform(-4, 4)
    placed = sorted(zip(shapes, spots, range(len(shapes)), strict=True), key=lambda one: -one[1].radius * one[0].size)
    for item, spot, place in placed:
        colours = item.colours or (_contrasting(FLAT[(first + place) % len(FLAT)], ground),)
        outline = shape(item.name)
        if item.name in {"star", "heart", "hexagon", "pentagon", "drop"}:
            outline = turned(outline, turn)
        for x, y, radius in _members(item.count, _sized(item, spot)):
            _stamp(canvas, outline * (radius * swell * canvas.unit) + (x * canvas.unit, y * canvas.unit), colours)


def layout(items: Sequence[Item], across: float, down: float) -> list[Spot]:
    """Give every item a spot: named places first, relations next, the rest side by side."""
    free = [at for at in range(len(items)) if not _anchored(items, at)]
    spots = [_spot(item, across, down, free.index(at) if at in free else 0, len(free)) for at, item in enumerate(items)]
    for at in reversed(range(len(items) - 1)):
        relation = items[at].relation
        if relation:
            spots[at], spots[at + 1] = _related(relation, items[at : at + 2], spots[at : at + 2], (across, down))
    return spots


def _anchored(items: Sequence[Item], at: int) -> bool:
    placed = items[at].x is not None or items[at].y is not None
    return placed or (at > 0 and items[at - 1].relation is not None)


def _spot(item: Item, across: float, down: float, turn: int, free: int) -> Spot:
    slots = max(1, free) if item.x is None and item.y is None else 1
    radius = min(0.3, across / slots * 0.4) if item.x is None and item.y is None else 0.19
    if item.count > 1:
        radius = min(across / slots, down) * 0.44 if slots > 1 or (item.x is None and item.y is None) else 0.2
    x = item.x if item.x is not None else (turn + 0.5) / slots
    y = item.y if item.y is not None else 0.5
    reach = min(radius * item.size, 0.46)
    return Spot(_kept(x * across, reach, across), _kept(y * down, reach, down), radius)


def _kept(place: float, reach: float, length: float) -> float:
    """Move a place inward until what stands there fits."""
    return length / 2 if reach * 2.2 > length else min(max(place, reach * 1.1), length - reach * 1.1)


def _related(
    relation: str, items: Sequence[Item], spots: Sequence[Spot], frame: tuple[float, float]
) -> tuple[Spot, Spot]:
    """Place a pair by its relation, around the second one's spot."""
    other = spots[1]
    if relation in {"inside", "around"}:
        inner, outer = (0.16, 0.38) if relation == "inside" else (0.36, 0.17)
        return (
            replace(other, radius=inner / max(1.0, items[0].size)),
            replace(other, radius=outer / max(1.0, items[1].size if relation == "inside" else 1.0)),
        )
    right, down = _BESIDE[relation]
    fixed = items[1].x is not None or items[1].y is not None
    room = frame[0] if right else frame[1]
    radius = min(0.2, room * 0.22)
    gap = room * 0.25
    x, y = (other.x, other.y) if fixed else (other.x - right * gap, other.y - down * gap)
    aside = frame[0] * 0.44
    sizes = [
        radius if item.count == 1 else min(aside, radius * (item.count if item.count < 4 else 1.3)) for item in items
    ]
    second = Spot(_kept(x, sizes[1], frame[0]), _kept(y, radius, frame[1]), sizes[1])
    step = 2 * gap if not fixed else 2.3 * radius
    return Spot(
        _kept(x + right * step, sizes[0] if down else radius, frame[0]),
        _kept(y + down * step, radius, frame[1]),
        sizes[0],
    ), second


def _members(count: int, spot: Spot) -> list[tuple[float, float, float]]:
    """Spread a group over its spot in a row, or in a grid from four on."""
    if count == 1:
        return [(spot.x, spot.y, spot.radius)]
    columns = count if count < 4 else math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    step = 2 * spot.radius / columns
    made = []
    for at in range(count):
        row, column = divmod(at, columns)
        in_row = min(columns, count - row * columns)
        made.append((spot.x + (column - (in_row - 1) / 2) * step, spot.y + (row - (rows - 1) / 2) * step, step * 0.38))
    return made


def _sized(item: Item, spot: Spot) -> Spot:
    return replace(spot, radius=min(0.46, spot.radius * item.size))


def _stamp(canvas: Canvas, outline: Array, colours: Sequence[Colour]) -> None:
    masked = canvas.mask([outline])
    if masked is None:
        return
    area, cover = masked
    share = np.arange(cover.shape[1]) * len(colours) // cover.shape[1]
    canvas.blend(cover, np.array(colours, dtype=np.float32)[share][None, :, :], area)


def _ground(brief: Brief, shapes: Sequence[Item], random: np.random.Generator) -> Colour:
    paper = GROUNDS[int(random.integers(len(GROUNDS)))]
    if brief.background:
        return brief.background[0]
    if not shapes and not brief.named("pattern") and brief.colours:
        return brief.colours[0]
    pale = any(lightness(colour) > 0.85 for item in shapes for colour in item.colours)
    return hexed("#2b3440") if pale else paper


def _contrasting(colour: Colour, ground: Colour) -> Colour:
    near = sum(abs(a - b) for a, b in zip(colour, ground, strict=True)) < 0.5
    return mix(colour, INK if lightness(ground) > 0.5 else WHITE, 0.6) if near else colour


def _pattern(canvas: Canvas, item: Item, brief: Brief, ground: Colour) -> None:
    """Lay stripes, checks, dots or a gradient over the whole ground."""
    colours = [*item.colours, *brief.colours] or [FLAT[1]]
    pair = (
        colours if len(colours) > 1 else [colours[0], ground if lightness(ground) != lightness(colours[0]) else WHITE]
    )
    if item.name == "gradient":
        canvas.wash([(at / (len(pair) - 1), colour) for at, colour in enumerate(pair)])
        return
    x = np.arange(canvas.width)[None, :] / canvas.unit
    y = np.arange(canvas.height)[:, None] / canvas.unit
    table = np.array(pair, dtype=np.float32)
    if item.name == "stripes":
        chosen = np.broadcast_to((x * 10).astype(np.int64), (canvas.height, canvas.width))
    elif item.name == "checks":
        chosen = (x * 8).astype(np.int64) + (y * 8).astype(np.int64)
    else:
        chosen = (np.hypot(x * 8 % 1 - 0.5, y * 8 % 1 - 0.5) > 0.28).astype(np.int64)
    canvas.pixels[:] = table[chosen % len(pair)]
