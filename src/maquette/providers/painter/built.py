"""Paint what people build and live in: cities, villages and rooms; and space, which has no ground."""

from __future__ import annotations

import numpy as np

from maquette.providers.painter.canvas import Array
from maquette.providers.painter.form import box, oval, points
from maquette.providers.painter.land import is_dim
from maquette.providers.painter.noise import cloud, plane
from maquette.providers.painter.palette import INK, WHITE, hexed, mix
from maquette.providers.painter.sky import planet, stars
from maquette.providers.painter.stage import Stage, shadowed


def city(stage: Stage) -> None:
    """Raise three ranks of buildings, pale to dark, with windows that are lit when it is dim."""
    random, canvas, unit = stage.chance("city"), stage.canvas, stage.unit
    dim = is_dim(stage)
    if dim:
        canvas.glow((canvas.width / 2, stage.horizon), unit * 0.5, hexed("#ff9e5e"), 0.28)
    for layer, (tall, wide, distance) in enumerate(((0.5, 0.055, 0.6), (0.44, 0.085, 0.34), (0.3, 0.13, 0.08))):
        base = stage.under((0.03, 0.1, 0.24)[layer])
        x = -unit * random.uniform(0, 0.06)
        while x < canvas.width:
            across = unit * wide * random.uniform(0.6, 1.35)
            bulge = 0.55 + 0.45 * np.exp(-(((x / canvas.width - 0.5) / 0.3) ** 2))
            top = base - min(unit * tall * random.uniform(0.4, 1.1) * bulge, stage.horizon * 0.86)
            _building(stage, (x, top, x + across, base + unit * 0.02), distance, random, dim=dim)
            x += across * random.uniform(0.98, 1.15)
    _street(stage, dim=dim)


def _building(
    stage: Stage, edges: tuple[float, float, float, float], distance: float, random: np.random.Generator, *, dim: bool
) -> None:
    left, top, right, bottom = edges
    canvas, unit, across = stage.canvas, stage.unit, right - left
    hues = ("#6b7482", "#8a7468", "#5c6673", "#94897a", "#70606a", "#4f5b6b")
    wall = hexed(hues[int(random.integers(len(hues)))])
    if dim:
        wall = shadowed(wall, 0.4)
    face = [box(left, top, right, bottom)]
    style = random.random()
    if style < 0.3:
        face.append(box(left + across * 0.22, top - unit * 0.03, right - across * 0.22, top + 1))
    elif style < 0.45:
        face += [
            points((left, top), ((left + right) / 2, top - across * 0.5), (right, top)),
            box((left + right) / 2 - unit * 0.001, top - across * 0.9, (left + right) / 2 + unit * 0.001, top),
        ]
    elif style < 0.55:
        face.append(box(left + across * 0.47, top - unit * 0.07, left + across * 0.5, top + 1))
    canvas.fill(face, (stage.light.lit(wall, distance), stage.light.lit(wall, min(1.0, distance + 0.25))))
    shade = 0.62 if stage.sun[0] < (left + right) / 2 else 0.3
    canvas.fill(
        [box(left + across * shade, top, right, bottom)]
        if shade > 0.5
        else [box(left, top, left + across * shade, bottom)],
        stage.light.lit(INK, distance),
        0.2 * (1 - distance),
    )
    _windows(stage, edges, distance, random, dim=dim)


def _windows(
    stage: Stage, edges: tuple[float, float, float, float], distance: float, random: np.random.Generator, *, dim: bool
) -> None:
    left, top, right, bottom = edges
    step = stage.unit * (0.0115 + 0.012 * (1 - distance))
    columns, rows = max(1, int((right - left) / step) - 1), int((bottom - top) / (step * 1.35))
    lit, dull = list[Array](), list[Array]()
    margin = ((right - left) - columns * step) / 2
    for row in range(rows):
        for column in range(columns):
            x, y = left + margin + column * step, top + (row + 0.5) * step * 1.35
            pane = box(x + step * 0.22, y, x + step * 0.78, y + step * 0.8)
            (lit if random.random() < 0.36 else dull).append(pane)
    if dim:
        stage.canvas.fill(dull, INK, 0.35 * (1 - distance))
        stage.canvas.fill(lit, mix(hexed("#ffd27a"), stage.light.haze, distance * 0.45), 0.95)
        return
    stage.canvas.fill(dull, stage.light.lit(hexed("#39485a"), distance), 0.5)
    stage.canvas.fill(lit, mix(stage.light.sky[1][1], WHITE, 0.45), 0.5 * (1 - distance * 0.6))


def _street(stage: Stage, *, dim: bool) -> None:
    """Lay the wet or dry ground in front, which holds a blurred image of the ranks above."""
    canvas, unit = stage.canvas, stage.unit
    first = int(stage.under(0.24))
    rows = canvas.height - first
    ground = stage.light.lit(hexed("#5f656e") if not stage.snowy else hexed("#dfe6ec"))
    canvas.wash([(0, mix(ground, stage.light.haze, 0.3)), (1, shadowed(ground, 0.45))], first)
    wet = 0.5 if any(item.name in {"rain", "storm"} for item in stage.brief.named("weather")) else 0.22 if dim else 0.08
    ripple = plane(cloud(stage.chance("street"), (256, 256), (20, 30), octaves=3), rows, canvas.width, 1.5)
    up = np.clip(first - 1 - (np.linspace(0, 0.8, rows)[:, None] + (ripple - 0.5) * 0.12) * first, 0, first - 1).astype(
        np.int64
    )
    aside = np.clip(
        np.arange(canvas.width)[None, :] + ((ripple - 0.5) * unit * 0.05).astype(np.int64), 0, canvas.width - 1
    )
    floor = canvas.pixels[first:]
    floor += (canvas.pixels[up, aside] - floor) * wet
    canvas.fill([box(0, first - unit * 0.006, canvas.width, first + unit * 0.008)], shadowed(ground, 0.2))


def interior(stage: Stage) -> None:
    """Paint a room: wall, floor boards, a window with the hour's light, and its patch on the floor."""
    canvas, unit, random = stage.canvas, stage.unit, stage.chance("interior")
    wide, tall, floor = canvas.width, canvas.height, canvas.height * 0.72
    dim = is_dim(stage)
    hues = ("#d9c7ad", "#c5cfc6", "#d8b9a4", "#b9c4d0", "#cbb8c9")
    wall = stage.brief.colours[0] if stage.brief.colours else hexed(hues[int(random.integers(len(hues)))])
    tint = mix(stage.light.tint, hexed("#ffe3bd"), 0.45)
    lit = (wall[0] * tint[0], wall[1] * tint[1], wall[2] * tint[2])
    canvas.wash([(0, shadowed(lit, 0.3)), (1, lit)], 0, floor)
    _boards(stage, floor, hexed("#9a6a43"), tint)
    canvas.fill([box(0, floor - unit * 0.03, wide, floor)], mix(lit, WHITE, 0.4))
    side = 0.28 if random.random() < 0.5 else 0.62
    left, top, right, bottom = side * wide, tall * 0.14, side * wide + unit * 0.34, tall * 0.55
    _window(stage, (left, top, right, bottom), lit)
    if not dim:
        lean = unit * (0.12 if side < 0.5 else -0.12)
        patch = points(
            (left + lean, floor + unit * 0.04),
            (right + lean, floor + unit * 0.04),
            (right + lean * 2.6, floor + unit * 0.2),
            (left + lean * 2.6, floor + unit * 0.2),
        )
        canvas.fill([patch], stage.light.sun, 0.34, unit * 0.006)
        canvas.glow(((left + right) / 2, (top + bottom) / 2), unit * 0.42, stage.light.sun, 0.22)
    x = wide * (0.8 if side < 0.5 else 0.18)
    _lamp(stage, (x, floor + unit * 0.05), dim=dim)


def _boards(stage: Stage, floor: float, wood: tuple[float, float, float], tint: tuple[float, float, float]) -> None:
    canvas, unit = stage.canvas, stage.unit
    lit = (wood[0] * tint[0], wood[1] * tint[1], wood[2] * tint[2])
    canvas.wash([(0, shadowed(lit, 0.25)), (1, mix(lit, WHITE, 0.08))], floor)
    middle = canvas.width / 2
    for at in range(-14, 15):
        x = middle + at * unit * 0.09
        foot = middle + at * unit * 0.2
        seam = points(
            (x, floor), (x + unit * 0.001, floor), (foot + unit * 0.003, canvas.height), (foot, canvas.height)
        )
        canvas.fill([seam], shadowed(lit, 0.6), 0.6)


def _window(stage: Stage, edges: tuple[float, float, float, float], wall: tuple[float, float, float]) -> None:
    left, top, right, bottom = edges
    canvas, unit = stage.canvas, stage.unit
    frame, bar = unit * 0.016, unit * 0.006
    paint = mix(wall, WHITE, 0.65)
    canvas.fill([box(left - frame, top - frame, right + frame, bottom + frame)], paint)
    sky = stage.light.sky
    canvas.fill([box(left, top, right, bottom)], (sky[len(sky) // 2][1], sky[-1][1]))
    hill = points(
        *((left + (right - left) * t, bottom - unit * (0.05 + 0.03 * np.sin(t * 5))) for t in np.linspace(0, 1, 24)),
        (right, bottom),
        (left, bottom),
    )
    canvas.fill([hill], stage.light.lit(stage.soil(), 0.35))
    middle, height = (left + right) / 2, (top + bottom) / 2
    canvas.fill([box(middle - bar, top, middle + bar, bottom)], paint)
    canvas.fill([box(left, height - bar, right, height + bar)], paint)
    canvas.fill([box(left - frame * 2, bottom + frame, right + frame * 2, bottom + frame * 2.2)], shadowed(paint, 0.12))
    for x, lean in ((left - unit * 0.075, 1), (right + unit * 0.075, -1)):
        cloth = points(
            (x - unit * 0.055, top - unit * 0.04),
            (x + unit * 0.055, top - unit * 0.04),
            (x + unit * 0.05 - lean * unit * 0.02, bottom + unit * 0.12),
            (x - unit * 0.05 - lean * unit * 0.02, bottom + unit * 0.12),
        )
        canvas.fill([cloth], (mix(wall, hexed("#a9503f"), 0.55), mix(wall, hexed("#6f3530"), 0.6)))


def _lamp(stage: Stage, place: tuple[float, float], *, dim: bool) -> None:
    x, foot = place
    canvas, unit = stage.canvas, stage.unit
    if dim:
        canvas.glow((x, foot - unit * 0.4), unit * 0.33, hexed("#ffc877"), 0.75)
    canvas.fill(
        [box(x - unit * 0.004, foot - unit * 0.36, x + unit * 0.004, foot), oval(x, foot, unit * 0.05, unit * 0.01)],
        INK,
    )
    hood = points(
        (x - unit * 0.045, foot - unit * 0.45),
        (x + unit * 0.045, foot - unit * 0.45),
        (x + unit * 0.075, foot - unit * 0.34),
        (x - unit * 0.075, foot - unit * 0.34),
    )
    canvas.fill([hood], (hexed("#fff0c8"), hexed("#ffcf80")) if dim else (hexed("#efe2c6"), hexed("#d8c29a")))


def space(stage: Stage) -> None:
    """Paint stars, clouds of gas, and a planet that is lit from one side."""
    canvas, random, unit = stage.canvas, stage.chance("space"), stage.unit
    canvas.wash([(0, hexed("#03040d")), (1, hexed("#0a0b22"))])
    tones = (("#5b2a8c", "#c0417f", "#2a6db0"), ("#0f5f7a", "#5a2f9c", "#d8783e"))[int(random.integers(2))]
    for hue in tones:
        gas = cloud(random, (canvas.height, canvas.width), (2.2, 2.2), octaves=6, decay=0.58)
        wisps = 1 - np.abs(gas * 2 - 1)
        canvas.add_light(np.clip(wisps * 1.5 - 0.85, 0, 1) * 0.75, hexed(hue))
    stars(canvas, canvas.height, random, 1.9)
    body = next((item for item in stage.brief.items if item.name == "planet"), None)
    chosen = hexed(("#d99a6c", "#6c9fd9", "#c7876f")[int(random.integers(3))])
    ball = body.colours[0] if body and body.colours else chosen
    x = 0.7 if random.random() < 0.5 else 0.3
    planet(canvas, (canvas.width * x, canvas.height * 0.4), unit * (0.2 if body else 0.15), ball, (0.01, 0.01, 0.05))
    moon: Array = oval(canvas.width * (1 - x), canvas.height * 0.22, unit * 0.03, unit * 0.03)
    canvas.fill([moon], (hexed("#e9e6df"), hexed("#7f7d86")))
