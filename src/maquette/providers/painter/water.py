"""Paint water: seas and lakes that mirror what is above them, and the world below."""

from __future__ import annotations

import numpy as np

from maquette.providers.painter.canvas import Array
from maquette.providers.painter.form import limb, oval, points
from maquette.providers.painter.noise import cloud, plane, ridge
from maquette.providers.painter.palette import WHITE, hexed, mix
from maquette.providers.painter.stage import Stage, shadowed, texture


def sea(stage: Stage, *, calm: float = 0.35) -> None:
    """Mirror the picture above the horizon in moving water, with the light's track on it; calm goes from 0 to 1."""
    canvas, random = stage.canvas, stage.chance("water")
    first, width = int(stage.horizon), canvas.width
    rows = canvas.height - first
    if rows < 4:
        return
    swell = plane(cloud(random, (512, 768), (10, 70), octaves=4, decay=0.6), rows, width, 1.7)
    depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    mirrored = _mirror(stage, swell, depth, calm)
    deep = np.array(stage.light.lit(hexed("#0f4a63")), dtype=np.float32)
    share = (0.24 + (0.62 - 0.42 * calm) * depth)[..., None]
    water = mirrored * (1 - share) + deep * share
    crest = (np.clip((swell - 0.5) * 1.6, -0.5, 1) * (0.1 + 0.3 * depth) * (1 - 0.55 * calm))[..., None]
    canvas.pixels[first:] = water * (1 + crest * 0.8) + crest.clip(0) * 0.16 * np.array(
        stage.light.haze, dtype=np.float32
    )
    _track(stage, swell, depth)
    haze = np.exp(-depth * 26) * 0.55
    under = canvas.pixels[first:]
    under += (np.array(stage.light.haze, dtype=np.float32) - under) * haze[..., None]


def _mirror(stage: Stage, swell: Array, depth: Array, calm: float) -> Array:
    """Look up, for every point of the water, what it mirrors; waves scatter the look-up."""
    first, width = int(stage.horizon), stage.canvas.width
    scatter = (swell - 0.5) * (1.1 - calm) * (0.05 + 0.5 * depth)
    up = np.clip(depth * min(1.0, stage.depth / max(1.0, stage.horizon)) * 0.9 + scatter, 0.002, 0.995)
    source_row = ((1 - up) * (first - 1)).astype(np.int64)
    aside = ((swell - 0.5) * (0.02 + 0.06 * depth) * (1.15 - calm) * stage.unit).astype(np.int64)
    source_column = np.clip(np.arange(width)[None, :] + aside, 0, width - 1)
    mirrored: Array = stage.canvas.pixels[source_row, source_column]
    return mirrored


def _track(stage: Stage, swell: Array, depth: Array) -> None:
    """Let the sun or moon glitter towards the viewer."""
    away = np.abs(np.arange(stage.canvas.width)[None, :] - stage.sun[0]) / stage.unit
    wide = 0.035 + 0.2 * depth
    beam = np.exp(-((away / wide) ** 2)) * np.clip(1.25 - 0.8 * depth, 0.2, 1)
    sparkle = np.clip((swell - 0.52) * 7, 0, 1) * beam + beam * 0.14
    whole = np.zeros((stage.canvas.height, stage.canvas.width), dtype=np.float32)
    whole[int(stage.horizon) :] = sparkle * (0.75 if stage.light.sun_height < 0.5 or stage.light.dark else 0.35)
    stage.canvas.add_light(whole, stage.light.sun)


def shore(stage: Stage, *, rise: float = 0.3) -> None:
    """Lay a beach along the foot of the picture, with surf at its edge."""
    canvas, random, unit = stage.canvas, stage.chance("shore"), stage.unit
    edge = ridge(random, canvas.width, 1.2 * stage.cells, 3, jagged=False)
    slant = np.linspace(-0.05, 0.05, canvas.width) * (1 if random.random() < 0.5 else -1)
    line = canvas.height - (rise + slant) * stage.depth - edge * unit * 0.035
    sand = stage.light.lit(hexed("#e3c797") if not stage.snowy else hexed("#eef3f7"))
    for offset, opacity in ((-0.034, 0.28), (-0.018, 0.5)):
        foam = line + offset * unit + np.sin(np.linspace(0, 40, canvas.width)) * unit * 0.002
        canvas.below(foam, stage.light.lit(WHITE), opacity, reach=unit * 0.02)
        canvas.below(foam + unit * 0.009, stage.light.lit(hexed("#6fb0b5")), opacity * 0.7)
    canvas.below(line - unit * 0.006, stage.light.lit(WHITE), 0.85)
    cover = canvas.below(line, (shadowed(sand, 0.28), sand), reach=unit * 0.1)
    grain = plane(cloud(random, (512, 512), (40, 60), octaves=4, decay=0.7), canvas.height, canvas.width, 1.4)
    texture(stage, cover, grain, 0.09)


def island(stage: Stage) -> None:
    """Set a low green island with a sandy rim on the horizon."""
    canvas, unit = stage.canvas, stage.unit
    x = canvas.width * (0.36 if stage.sun[0] > canvas.width / 2 else 0.62)
    y = stage.under(0.02)
    canvas.fill(
        [
            limb(
                (x - unit * 0.27, y, unit * 0.004),
                (x, y - unit * 0.006, unit * 0.014),
                (x + unit * 0.27, y, unit * 0.004),
            )
        ],
        stage.light.lit(hexed("#e6cf9e"), 0.2),
    )
    hump = points(
        *(
            (x + t * unit * 0.24, y - unit * 0.004 - unit * 0.1 * (1 - t * t) * (1 + 0.25 * np.sin(9 * t)))
            for t in np.linspace(-1, 1, 40)
        )
    )
    green = hexed("#3f7a45")
    canvas.fill([hump], (stage.light.lit(green, 0.22), stage.light.lit(shadowed(green), 0.3)))


def depths(stage: Stage) -> None:
    """Paint the world under water: light from above, rays, sand, weed and bubbles."""
    canvas, random, unit = stage.canvas, stage.chance("depths"), stage.unit
    dark = 0.55 if stage.light.dark else 1.0
    stops = [(0.0, hexed("#7fe0e0")), (0.25, hexed("#2ba3c4")), (0.65, hexed("#0f5f92")), (1.0, hexed("#0a2f5c"))]
    canvas.wash([(at, mix((0.02, 0.05, 0.12), colour, dark)) for at, colour in stops])
    for _ in range(9):
        x, wide, lean = (
            random.uniform(-0.1, 1.1) * canvas.width,
            unit * random.uniform(0.02, 0.07),
            unit * random.uniform(0.1, 0.3),
        )
        ray = points(
            (x, -9), (x + wide, -9), (x + wide * 2.6 + lean, canvas.height * 0.8), (x + lean, canvas.height * 0.8)
        )
        canvas.fill([ray], (hexed("#e4fbf5"), hexed("#2f8fb8")), 0.13, unit * 0.014)
    for layer in range(3):
        crest = ridge(random, canvas.width, 2.0 * stage.cells, 4, jagged=False)
        line = canvas.height * (0.8 + 0.06 * layer) - crest * unit * 0.07
        colour = mix(hexed("#1f6c93"), hexed("#d8c48e"), (0.12, 0.35, 0.62)[layer] * dark)
        canvas.below(line, (colour, mix(colour, hexed("#0a2f5c"), 0.45)))
        _weed(stage, line, layer, random)
    bubbles = [
        oval(random.uniform(0, canvas.width), random.uniform(0.1, 0.8) * canvas.height, r, r)
        for r in unit * random.uniform(0.002, 0.008, 40)
    ]
    canvas.fill(bubbles, hexed("#dffaff"), 0.35)


def _weed(stage: Stage, line: Array, layer: int, random: np.random.Generator) -> None:
    unit = stage.unit
    hues = ("#14607a", "#17735f", "#d9576b") if layer < 2 else ("#0f5a4d", "#e0724f", "#8a4fa0")
    for _ in range(int(9 * stage.cells)):
        x, tall = random.uniform(0, stage.canvas.width), unit * random.uniform(0.05, 0.15) * (0.7 + 0.3 * layer)
        y = float(line[int(np.clip(x, 0, len(line) - 1))]) + unit * 0.02
        sway = random.normal(0, 0.25) * tall
        blade = limb(
            (x, y, tall * 0.06),
            (x + sway * 0.3, y - tall * 0.4, tall * 0.07),
            (x - sway * 0.3, y - tall * 0.7, tall * 0.045),
            (x + sway, y - tall, tall * 0.01),
        )
        stage.canvas.fill(
            [blade], mix(hexed(hues[int(random.integers(3))]), hexed("#12557f"), 0.55 - 0.25 * layer), 0.9
        )
