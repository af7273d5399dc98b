"""Compose an abstract sketch for a prompt that names nothing the painter knows."""

from __future__ import annotations

import numpy as np

from maquette.providers.painter.brief import Brief, Colour
from maquette.providers.painter.canvas import Canvas, generator
from maquette.providers.painter.form import box, limb, oval, regular, turned
from maquette.providers.painter.noise import cloud, ridge
from maquette.providers.painter.palette import INK, WHITE, hexed, mix

_PALETTES = (
    ("#f4ead7", "#e2725b", "#2f4858", "#f2b134", "#86a59c"),
    ("#eef0ea", "#264653", "#2a9d8f", "#e9c46a", "#e76f51"),
    ("#f7efe8", "#3d405b", "#81b29a", "#f2cc8f", "#e07a5f"),
    ("#e9edf4", "#1d3461", "#5c80bc", "#f9a03f", "#c44536"),
    ("#f3edf4", "#463f5e", "#b56576", "#eaac8b", "#6d8a96"),
    ("#eaf1ee", "#134e4a", "#5fb49c", "#f6d55c", "#ed553b"),
)


def draw(canvas: Canvas, brief: Brief, key: str) -> None:
    """Paint one of three compositions; named colours take the lead in its palette."""
    random = generator(key, "abstract")
    colours = [hexed(code) for code in _PALETTES[int(random.integers(len(_PALETTES)))]]
    if brief.colours or brief.background:
        lead = [*brief.background, *brief.colours][0]
        colours = [
            mix(lead, WHITE, 0.86),
            mix(lead, INK, 0.55),
            lead,
            mix(lead, WHITE, 0.45),
            *brief.colours[1:],
            mix(lead, colours[1], 0.6),
        ]
    (_bands, _discs, _cuts)[int(random.integers(3))](canvas, colours, random)
    paper = cloud(random, (canvas.height, canvas.width), (90, 90), octaves=2) - 0.5
    canvas.pixels *= (1 + 0.05 * paper)[..., None]


def _bands(canvas: Canvas, colours: list[Colour], random: np.random.Generator) -> None:
    """Lay rolling bands under one disc, like land without a place."""
    canvas.wash([(0, colours[0]), (1, mix(colours[0], colours[3], 0.7))])
    unit, across = canvas.unit, canvas.width / canvas.unit
    x, y, r = (
        random.uniform(0.25, 0.75) * canvas.width,
        random.uniform(0.22, 0.36) * canvas.height,
        random.uniform(0.1, 0.17) * unit,
    )
    canvas.glow((x, y), r * 2.4, colours[3], 0.5)
    canvas.fill([oval(x, y, r, r)], (mix(colours[-1], WHITE, 0.15), colours[-1]))
    for layer in range(7):
        crest = ridge(random, canvas.width, random.uniform(0.8, 1.6) * across, 2, jagged=False)
        line = canvas.height * (0.42 + 0.085 * layer) - crest * unit * 0.16
        colour = mix(colours[1 + layer % (len(colours) - 1)], colours[0], 0.55 * (1 - layer / 6))
        canvas.below(line + unit * 0.006, INK, 0.16, reach=unit * 0.1)
        canvas.below(line, (mix(colour, WHITE, 0.14), mix(colour, colours[1], 0.3)), reach=unit * 0.22)


def _discs(canvas: Canvas, colours: list[Colour], random: np.random.Generator) -> None:
    """Balance discs, arcs and a few straight lines on paper."""
    canvas.pixels[:] = colours[0]
    unit = canvas.unit
    centre = np.array((random.uniform(0.38, 0.62) * canvas.width, random.uniform(0.38, 0.6) * canvas.height))
    canvas.fill([oval(centre[0], centre[1], unit * 0.29, unit * 0.29)], (colours[2], mix(colours[2], colours[1], 0.35)))
    for _ in range(6):
        spot = centre + random.normal(0, 0.26, 2) * unit
        r = unit * random.uniform(0.03, 0.15)
        colour = colours[int(random.integers(1, len(colours)))]
        canvas.fill([oval(spot[0], spot[1], r, r)], (mix(colour, WHITE, 0.12), colour), random.uniform(0.75, 0.96))
    for _ in range(4):
        r, start, sweep = unit * random.uniform(0.2, 0.5), random.uniform(0, 6.28), random.uniform(0.8, 2.6)
        angle = np.linspace(start, start + sweep, 7)
        path = [(float(centre[0] + np.cos(a) * r), float(centre[1] + np.sin(a) * r), unit * 0.0045) for a in angle]
        canvas.fill([limb(*path)], colours[1], 0.9)
    for _ in range(3):
        line = turned(box(-unit * 0.7, -unit * 0.0016, unit * 0.7, unit * 0.0016), random.uniform(-70, 70))
        canvas.fill([line + centre + random.normal(0, 0.1, 2) * unit], colours[1], 0.7)


def _cuts(canvas: Canvas, colours: list[Colour], random: np.random.Generator) -> None:
    """Stack large cut-paper forms with soft shadows."""
    canvas.wash([(0, colours[0]), (1, mix(colours[0], colours[2], 0.22))])
    unit = canvas.unit
    for layer in range(6):
        spot = (random.uniform(0.12, 0.88) * canvas.width, random.uniform(0.15, 0.9) * canvas.height)
        size = unit * (0.4 - 0.05 * layer) * random.uniform(0.7, 1.1)
        outlines = (
            oval(0, 0, 1, 0.8),
            box(-0.8, -0.55, 0.8, 0.55),
            regular(3) * 1.1,
            regular(6, 12),
            oval(0, 0, 0.7, 0.7),
        )
        form = turned(outlines[int(random.integers(len(outlines)))], random.uniform(0, 180)) * size + spot
        colour = colours[1 + layer % (len(colours) - 1)]
        canvas.fill([form + np.array((unit * 0.008, unit * 0.014))], INK, 0.3, unit * 0.012)
        canvas.fill([form], (mix(colour, WHITE, 0.1), mix(colour, INK, 0.06)))
