"""Paint land: mountains, hills, fields, dunes, forests and the ways that cross them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from maquette.providers.painter.brief import Colour
from maquette.providers.painter.canvas import Area, Array
from maquette.providers.painter.form import box, curve, limb, oval, points
from maquette.providers.painter.noise import cloud, plane, ridge
from maquette.providers.painter.palette import INK, WHITE, hexed, lightness, mix
from maquette.providers.painter.stage import Stage, shadowed, texture, toned_pair


def mountains(stage: Stage, *, volcano: bool = False) -> None:
    """Raise ranges one behind the other, each peak with a lit and a shaded side, snow on the high ones."""
    if volcano:
        _cone(stage)
    for layer, (count, tall, distance) in enumerate(((3, 0.66, 0.5), (5, 0.42, 0.3), (7, 0.2, 0.14))):
        if not (volcano and layer == 0):
            _range(stage, max(2, round(count * stage.cells)), tall, distance, snow=layer < 2 and not volcano)


def _cone(stage: Stage) -> None:
    x = np.abs(np.linspace(-1, 1, stage.canvas.width)) * stage.cells
    crest = np.clip(0.62 * np.exp(-x * 2.4), 0, 0.5)
    line = stage.horizon - crest * stage.unit + stage.unit * 0.02
    rock = hexed("#5a5560")
    stage.canvas.below(line, toned_pair(stage, rock, 0.3), reach=stage.unit * 0.5)
    side = np.clip(
        (np.linspace(-1, 1, stage.canvas.width) * (-1 if stage.sun[0] > stage.canvas.width / 2 else 1)) * 9, 0, 1
    )
    cover = (np.arange(stage.canvas.height)[:, None] > line[None, :]) * side[None, :]
    stage.canvas.blend(cover.astype(np.float32) * 0.4, stage.light.lit(shadowed(rock, 0.7), 0.25))
    _eruption(stage, float(line.min()))


def _eruption(stage: Stage, top: float) -> None:
    canvas, unit, random = stage.canvas, stage.unit, stage.chance("eruption")
    x = canvas.width / 2
    for at in range(26):
        rise = at / 26
        puff = oval(
            x + rise * unit * random.uniform(-0.05, 0.22),
            top - rise * unit * 0.4,
            unit * (0.02 + 0.07 * rise),
            unit * (0.02 + 0.05 * rise),
        )
        canvas.fill([puff], mix(hexed("#5b4a48"), stage.light.haze, rise * 0.7), 0.4, unit * 0.014)
    canvas.glow((x, top), unit * 0.13, hexed("#ff7a2a"), 0.9)
    for lean in (-0.05, 0.012, 0.07):
        flow = limb(
            (x, top, 0.006 * unit),
            (x + lean * unit, top + 0.14 * unit, 0.008 * unit),
            (x + lean * 1.9 * unit, top + 0.3 * unit, 0.003 * unit),
        )
        canvas.fill([flow], (hexed("#ffd25a"), hexed("#e2441c")), 0.9, unit * 0.002)


def _range(stage: Stage, count: int, tall: float, distance: float, *, snow: bool) -> None:
    """Stand peaks side by side; each pixel belongs to the peak that is highest in its column."""
    canvas, unit, random = stage.canvas, stage.unit, stage.chance(f"range {tall}")
    columns = np.arange(canvas.width, dtype=np.float32)
    middles = (np.arange(count) + random.uniform(0.15, 0.85, count)) / count * canvas.width
    tops = stage.horizon - tall * min(stage.horizon, unit * 0.8) * random.uniform(0.55, 1.0, count)
    rough = (ridge(random, canvas.width, 9 * stage.cells, 6, jagged=True) - 0.5) * unit * 0.055 * (0.4 + tall)
    flanks = tops[:, None] + np.abs(columns - middles[:, None]) * random.uniform(0.5, 0.95, count)[:, None]
    line = np.minimum(flanks.min(axis=0) + rough, stage.horizon + unit * 0.02)
    rock = hexed("#747c8c") if snow else mix(hexed("#4c5a4e"), stage.soil(), 0.35)
    area = Area(0, max(0, int(line.min()) - 2), canvas.width, min(canvas.height, int(stage.horizon + unit * 0.03)))
    rows = np.arange(area.top, area.bottom, dtype=np.float32)[:, None]
    cover = canvas.below(line, toned_pair(stage, rock, distance), reach=unit * 0.5)[area.window]
    owner = _owners(flanks, rows, tops)
    wobble = ridge(random, canvas.height, 16, 5, jagged=True)[area.top : area.bottom, None] - 0.5
    spine = columns[None, :] - middles[owner] - wobble * np.clip(rows - tops[owner], 0, unit * 0.2) * 0.75
    ribs = cloud(random, cover.shape, (11 * stage.cells, 4), octaves=5, decay=0.6) - 0.5
    side = 1 if stage.sun[0] > canvas.width / 2 else -1
    lit = np.clip(0.5 + side * spine / (unit * 0.012) * 0.5 + ribs * 2.2, 0, 1).astype(np.float32)
    fade = np.clip(1 - (rows - line[None, :]) / (unit * 0.55), 0, 1) * cover
    canvas.blend((1 - lit) * fade * 0.6 * (1 - distance * 0.5), stage.light.lit(shadowed(rock, 0.6), distance), area)
    canvas.blend(lit * fade * 0.5, stage.light.lit(mix(rock, stage.light.sun, 0.6), distance * 0.6), area)
    if snow or stage.snowy:
        zigzag = (ridge(random, canvas.width, 16 * stage.cells, 5, jagged=True) - 0.5) * 0.11 + ribs * 0.1
        limit = tops.min() + unit * (0.5 if stage.snowy else 0.1) * (0.5 + tall) + zigzag * unit
        covered = np.clip((limit - rows) / (unit * 0.006), 0, 1) * cover
        canvas.blend(covered * 0.92, stage.light.lit(WHITE, distance * 0.35), area)
        canvas.blend(covered * (1 - lit) * 0.8, stage.light.lit(hexed("#7f98bf"), distance * 0.35), area)
    canvas.blend(
        np.clip((rows - (stage.horizon - unit * 0.16)) / (unit * 0.18), 0, 1) * cover * 0.4, stage.light.haze, area
    )


def _owners(flanks: Array, rows: Array, tops: Array) -> npt.NDArray[np.int16]:
    """Say for every pixel to which peak it belongs: lower peaks stand nearer and win further down."""
    near = (tops - tops.min()) / max(1.0, float(np.ptp(tops)))
    best = np.full((len(rows), flanks.shape[1]), np.inf, dtype=np.float32)
    owner = np.zeros(best.shape, dtype=np.int16)
    for at, flank in enumerate(flanks.astype(np.float32)):
        height = flank[None, :] - (0.35 + 0.55 * near[at]) * np.clip(rows - flank[None, :], 0, None)
        ahead = height < best
        best, owner = np.where(ahead, height, best), np.where(ahead, np.int16(at), owner)
    return owner


def hills(stage: Stage, *, near: float = 0.0) -> None:
    """Roll the season's ground in layers, from pale far hills to the meadow at the viewer's feet."""
    random, canvas = stage.chance("hills"), stage.canvas
    grain = plane(cloud(random, (512, 512), (60, 90), octaves=4, decay=0.75), canvas.height, canvas.width, 1.6)
    for layer, (base, tall, distance) in enumerate(
        ((-0.03, 0.1, 0.55), (0.1, 0.13, 0.32), (0.3, 0.16, 0.13), (0.56, 0.14, 0.0))
    ):
        crest = ridge(random, canvas.width, (2.0, 1.5, 1.2, 0.9)[layer] * stage.cells, 3, jagged=False)
        line = stage.under(base + near) - crest * tall * stage.unit
        soil = mix(stage.soil(), (stage.leaf(random) if not stage.snowy else WHITE), 0.16 + 0.1 * layer)
        top = stage.light.lit(mix(soil, stage.light.sun, 0.18), distance)
        cover = canvas.below(
            line, (top, stage.light.lit(shadowed(soil, 0.42), distance * 0.8)), reach=stage.unit * 0.42
        )
        texture(stage, cover, grain, 0.1 + 0.12 * layer if not stage.snowy else 0.06)
        if layer in {1, 2}:
            _hedges(stage, line, distance, random)


def _hedges(stage: Stage, line: Array, distance: float, random: np.random.Generator) -> None:
    """Set small groups of trees along a crest."""
    size = stage.unit * (0.012 if distance > 0.2 else 0.026)
    for _ in range(5):
        start = random.uniform(0, stage.canvas.width)
        crowns = []
        for _ in range(int(random.integers(2, 8))):
            x = start + random.normal(0, size * 3)
            y = float(line[int(np.clip(x, 0, len(line) - 1))])
            r = size * random.uniform(0.5, 1.1)
            crowns.append(oval(x, y - r * 0.75, r * 0.8, r))
        leaf = stage.leaf(random)
        stage.canvas.fill(crowns, (stage.light.lit(leaf, distance), stage.light.lit(shadowed(leaf, 0.6), distance)))


def meadow(stage: Stage) -> None:
    """Fill the foreground with grass blades and flowers."""
    random, canvas, unit = stage.chance("meadow"), stage.canvas, stage.unit
    colours = [c for item in stage.brief.named("subject") if item.name == "flower" for c in item.colours]
    hues = colours or [hexed(code) for code in ("#e8514a", "#f6c445", "#f4f1ea", "#b57edc", "#f18fb0")]
    for row in np.linspace(0.45, 1.02, 9):
        y, size = stage.under(float(row)), unit * (0.008 + 0.05 * row**3)
        count = int(130 * stage.cells * (1.25 - row))
        xs = random.uniform(-0.02, 1.02, count) * canvas.width
        blades = [
            limb(
                (x, y + size * 0.4, size * 0.05),
                (x + random.normal(0, size * 0.3), y - size * random.uniform(0.4, 1.2), size * 0.01),
            )
            for x in xs
        ]
        soil = mix(stage.soil(), hexed("#2f5a2c"), random.uniform(0.2, 0.55))
        canvas.fill(blades, stage.light.lit(soil, 0.3 * (1 - row)), 0.85)
        for hue in hues:
            picked = random.uniform(0, 1, max(2, count // 14)) * canvas.width
            heads = [oval(x, y - size * random.uniform(0.5, 1.3), size * 0.16, size * 0.13) for x in picked]
            canvas.fill(heads, stage.light.lit(hue, 0.25 * (1 - row)))


def dunes(stage: Stage) -> None:
    """Lay dunes with a lit and a shaded flank under wind ripples."""
    random, canvas = stage.chance("dunes"), stage.canvas
    sand = hexed("#dba765") if not stage.snowy else hexed("#e6edf3")
    ripple = plane(cloud(random, (512, 512), (6, 60), octaves=3), canvas.height, canvas.width, 1.5)
    for layer, base in enumerate((-0.04, 0.08, 0.24, 0.46, 0.74)):
        distance = 0.5 * (1 - layer / 4) ** 1.4
        crest = ridge(random, canvas.width, 1.3 * stage.cells + 0.4, 2, jagged=False)
        line = stage.under(base) - crest * stage.unit * (0.07 + 0.05 * layer)
        lit = stage.light.lit(mix(sand, stage.light.sun, 0.25), distance)
        cover = canvas.below(
            line, (lit, stage.light.lit(mix(sand, hexed("#b06a3a"), 0.5), distance)), reach=stage.unit * 0.35
        )
        texture(stage, cover, ripple, 0.05 + 0.05 * layer)
        # The flank that looks away from the light falls from the crest down to a line of its own.
        rising = np.gradient(line) * (1 if stage.sun[0] < canvas.width / 2 else -1)
        reach = stage.unit * (0.05 + 0.2 * (1 - distance)) * np.clip(rising * 3, 0, 1) ** 0.6
        rows = np.arange(canvas.height)[:, None] - line[None, :]
        flank = np.clip((reach[None, :] - rows) / np.maximum(1.0, reach[None, :] * 0.25), 0, 1) * cover
        canvas.blend(
            flank.astype(np.float32) * 0.6, stage.light.lit(shadowed(mix(sand, hexed("#8a4a33"), 0.5), 0.25), distance)
        )


def pine(x: float, foot: float, tall: float, random: np.random.Generator) -> list[Array]:
    """Return the outline of a conifer as its trunk and ragged tiers."""
    tiers = [box(x - tall * 0.018, foot - tall * 0.16, x + tall * 0.018, foot)]
    for at in range(6):
        top, low = foot - tall * (1 - at * 0.14), foot - tall * (0.74 - at * 0.135)
        wide = tall * (0.07 + 0.034 * at) * random.uniform(0.85, 1.15)
        tiers.append(
            points(
                (x, top),
                (x + wide * 0.5, low - tall * 0.035),
                (x + wide, low),
                (x, low - tall * 0.02),
                (x - wide, low),
                (x - wide * 0.5, low - tall * 0.035),
            )
        )
    return tiers


def broadleaf(x: float, foot: float, tall: float, random: np.random.Generator) -> tuple[list[Array], list[Array]]:
    """Return the outlines of a leafy tree: its trunk with boughs, and its crown of lumps."""
    trunk = [limb((x, foot, tall * 0.04), (x, foot - tall * 0.35, tall * 0.026), (x, foot - tall * 0.62, tall * 0.012))]
    trunk += [
        limb((x, foot - tall * 0.34, tall * 0.016), (x + side * tall * 0.17, foot - tall * 0.56, tall * 0.007))
        for side in (-1, 1)
    ]
    crown = []
    for _ in range(22):
        angle, reach = random.uniform(0, 6.28), random.uniform(0, 1) ** 0.5
        r = tall * random.uniform(0.07, 0.13)
        crown.append(
            oval(
                x + np.cos(angle) * reach * tall * 0.25,
                foot - tall * 0.69 + np.sin(angle) * reach * tall * 0.21,
                r,
                r * 0.86,
            )
        )
    return trunk, crown


def tree(
    stage: Stage, place: tuple[float, float], tall: float, colour: Colour, distance: float, random: np.random.Generator
) -> None:
    """Paint one leafy tree: trunk, dark crown, and lit lumps on the sun's side."""
    x, foot = place
    trunk, crown = broadleaf(x, foot, tall, random)
    lit = stage.light.lit(colour, distance)
    stage.canvas.fill(trunk, stage.light.lit(hexed("#4a3426"), distance))
    stage.canvas.fill(
        crown,
        (
            stage.light.lit(mix(colour, shadowed(colour), 0.3), distance),
            stage.light.lit(shadowed(colour, 0.62), distance),
        ),
    )
    shift = tall * 0.035 * (1 if stage.sun[0] > x else -1)
    for part, share in ((crown[::2], 0.5), (crown[1::5], 0.8)):
        lumps = [(lump - lump.mean(axis=0)) * 0.6 + lump.mean(axis=0) + (shift, -tall * 0.03) for lump in part]
        stage.canvas.fill(
            lumps, mix(lit, stage.light.lit(mix(colour, stage.light.sun, 0.4), distance), share), 0.55, tall * 0.008
        )


def forest(stage: Stage) -> None:
    """Stand trees in ranks: pale and fine in the distance, dark and tall towards the viewer, mist between."""
    random, canvas, unit = stage.chance("forest"), stage.canvas, stage.unit
    leafy = stage.light.season in {"autumn", "spring"} or stage.brief.has("tree")
    floor = mix(stage.soil(), hexed("#3c4a2c"), 0.0 if stage.snowy else 0.5)
    canvas.wash(
        [(0, stage.light.lit(floor, 0.6)), (1, stage.light.lit(shadowed(floor, 0.2 if stage.snowy else 0.5)))],
        stage.horizon,
    )
    for layer in range(5):
        near = layer / 4
        distance, tall = 0.82 * (1 - near) ** 1.1, unit * (0.16 + 0.42 * near**1.6)
        foot, count = stage.under(0.02 + 0.32 * near), int(stage.cells * (46 - 30 * near))
        base = hexed("#27503f") if not leafy else stage.leaf(random)
        colour = mix(base, INK, 0.25 * near)
        _rank(stage, colour, (distance, tall, foot, count), random, leafy=leafy)
        if near < 1:
            _mist(stage, foot, 0.1 + 0.06 * layer)


def _rank(
    stage: Stage, colour: Colour, rank: tuple[float, float, float, int], random: np.random.Generator, *, leafy: bool
) -> None:
    distance, tall, foot, count = rank
    canvas = stage.canvas
    xs = (np.arange(count) + random.uniform(-0.45, 0.45, count)) / count * 1.1 - 0.05
    if distance < 0.3:
        # The nearest ranks stand aside like a curtain, so that the eye has a way in.
        xs = xs[np.abs(xs - 0.5) > 0.16 + 0.16 * (0.3 - distance) / 0.3]
    sizes = tall * random.uniform(0.7, 1.25, len(xs))
    feet = foot + random.uniform(-0.012, 0.03, len(xs)) * stage.unit
    if leafy and distance < 0.7:
        for x, size, y in zip(xs, sizes, feet, strict=True):
            tree(stage, (x * canvas.width, y), size * 0.86, mix(colour, stage.leaf(random), 0.55), distance, random)
        return
    forms = [
        form for x, size, y in zip(xs, sizes, feet, strict=True) for form in pine(x * canvas.width, y, size, random)
    ]
    canvas.fill(forms, (stage.light.lit(colour, distance * 0.9), stage.light.lit(shadowed(colour, 0.35), distance)))
    if stage.snowy:
        caps = [form * (1, 0.3) + (0, form[:, 1].min() * 0.7) for form in forms if len(form) == 6]
        canvas.fill(caps, stage.light.lit(WHITE, distance * 0.8), 0.85)


def _mist(stage: Stage, foot: float, strength: float) -> None:
    rows = np.arange(stage.canvas.height, dtype=np.float32)[:, None]
    veil = np.exp(-(((rows - foot) / (stage.unit * 0.06)) ** 2)) * strength * 1.6
    stage.canvas.blend(
        np.broadcast_to(veil, (stage.canvas.height, stage.canvas.width)), mix(stage.light.haze, stage.light.sun, 0.25)
    )


def road(stage: Stage) -> None:
    """Run a road from the viewer to the horizon, with a dashed middle."""
    canvas, unit, random = stage.canvas, stage.unit, stage.chance("road")
    bend = random.uniform(-0.12, 0.12) * unit
    share = np.linspace(0, 1, 40) ** 1.6
    middle = canvas.width / 2 + bend * np.sin(np.pi * (1 - share)) * (1 - share)
    y = stage.under(0.04) + share * stage.depth * 0.98
    half = unit * (0.004 + 0.42 * share)
    tar = stage.light.lit(hexed("#4b4e55") if not stage.snowy else hexed("#8d949c"))
    canvas.fill(
        [_ribbon(middle, y, half * 1.12)], (stage.light.lit(hexed("#8f8a72"), 0.5), stage.light.lit(hexed("#8f8a72")))
    )
    canvas.fill([_ribbon(middle, y, half)], (mix(tar, stage.light.haze, 0.55), tar))
    cuts = np.geomspace(0.02, 1, 26)
    paint = stage.light.lit(hexed("#f3efdf"))
    for start, end in zip(cuts[:-1:2], cuts[1::2], strict=False):
        at = np.linspace(start, end, 6)
        dash = _ribbon(np.interp(at, share, middle), np.interp(at, share, y), unit * 0.011 * at + 0.3)
        canvas.fill([dash], paint, 0.9)
    for side in (-0.93, 0.93):
        canvas.fill([_ribbon(middle + half * side, y, half * 0.014)], paint, 0.7)


def _ribbon(middle: Array, y: Array, half: Array) -> Array:
    return np.concatenate([np.stack([middle - half, y], -1), np.stack([middle + half, y], -1)[::-1]])


def river(stage: Stage) -> None:
    """Wind a river towards the viewer; it carries the sky's colours."""
    canvas, unit, random = stage.canvas, stage.unit, stage.chance("river")
    side = 1 if random.random() < 0.5 else -1
    stations = (
        (0.5, 0.03, 0.006),
        (0.53, 0.09, 0.014),
        (0.46, 0.2, 0.035),
        (0.6, 0.42, 0.09),
        (0.4, 0.75, 0.2),
        (0.46, 1.15, 0.34),
    )
    path = curve(*((0.5 + (x - 0.5) * side, y) for x, y, _ in stations), closed=False, steps=14)
    half = np.interp(path[:, 1], [y for _, y, _ in stations], [h for _, _, h in stations]) * unit
    outline = _ribbon(path[:, 0] * canvas.width, stage.horizon + path[:, 1] * stage.depth, half)
    canvas.fill(
        [_ribbon(path[:, 0] * canvas.width, stage.horizon + path[:, 1] * stage.depth + unit * 0.004, half * 1.08)],
        stage.light.lit(hexed("#6b6a4a")),
        0.5,
        unit * 0.004,
    )
    masked = canvas.mask([outline])
    if masked is None:
        return
    area, cover = masked
    sky = canvas.pixels[: int(stage.horizon)]
    rows = np.clip(
        (1 - (np.arange(area.top, area.bottom) - stage.horizon) / stage.depth) * (len(sky) - 1), 0, len(sky) - 1
    )
    ripple = plane(cloud(random, (256, 256), (8, 40), octaves=3), area.bottom - area.top, area.right - area.left, 1.2)
    mirrored = sky[rows.astype(np.int64)].mean(axis=1, keepdims=True) * (0.82 + 0.3 * ripple[..., None])
    canvas.blend(cover, mirrored.astype(np.float32), area)


def is_dim(stage: Stage) -> bool:
    """Tell whether windows and lamps would be lit in this light."""
    return stage.light.dark or lightness(stage.light.tint) < 0.62
