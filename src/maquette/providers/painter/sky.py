"""Paint what is over the horizon: sky, sun, moon, stars, clouds, and weather in front of everything."""

from __future__ import annotations

import numpy as np

from maquette.providers.painter.brief import Brief, Colour
from maquette.providers.painter.canvas import Array, Canvas, blurred
from maquette.providers.painter.form import oval, points, shape, turned
from maquette.providers.painter.noise import cloud
from maquette.providers.painter.palette import WHITE, Light, hexed, lightness, mix


def paint_sky(
    canvas: Canvas, brief: Brief, light: Light, horizon: float, random: np.random.Generator
) -> tuple[float, float]:
    """Paint the whole sky down to the horizon and return where its light stands."""
    canvas.wash(light.sky, 0, horizon)
    canvas.pixels[int(horizon) :] = light.sky[-1][1]
    weather = {item.name for item in brief.named("weather")}
    place = _light_place(canvas, brief, light, horizon, random)
    covered = bool(weather & {"rain", "storm", "fog", "cloud", "snow"})
    night = lightness(light.sky[0][1]) < 0.12
    if night and not covered:
        stars(canvas, horizon, random, 1.0 if not brief.has("stars") else 2.4)
    if brief.has("aurora"):
        _aurora(canvas, horizon, random)
    _light_disc(canvas, brief, light, place, covered=covered)
    _clouds(canvas, light, horizon, random, 0.9 if covered else random.uniform(0.3, 0.6))
    _rarities(canvas, brief, light, horizon, random)
    return place


def _light_place(
    canvas: Canvas, brief: Brief, light: Light, horizon: float, random: np.random.Generator
) -> tuple[float, float]:
    named = next((item for item in brief.named("sky") if item.name in {"sun", "moon"}), None)
    moon = next((item for item in brief.named("shape") if item.name == "crescent"), named)
    x = random.uniform(0.18, 0.4) if random.random() < 0.5 else random.uniform(0.6, 0.82)
    if moon is not None and moon.x is not None:
        x = moon.x
    return x * canvas.width, horizon * (1 - light.sun_height) if light.sun_height < 0.5 else horizon * random.uniform(
        0.2, 0.36
    )


def _light_disc(canvas: Canvas, brief: Brief, light: Light, place: tuple[float, float], *, covered: bool) -> None:
    """Paint the sun or moon where the words or the hour show one."""
    night = light.dark and light.sun_height > 0.5
    named = brief.has("sun") or brief.has("moon") or brief.has("crescent")
    shown = named or (not covered and (night or light.sun_height < 0.25) and not brief.has("aurora"))
    unit, strength = canvas.unit, 0.25 if covered else 0.55
    canvas.glow(place, unit * (0.2 if night else 0.42), light.sun, strength * (0.45 if night else 0.8))
    if not shown:
        return
    radius = unit * (0.042 if night else 0.06)
    large = next((item.size for item in brief.named("sky") if item.name in {"sun", "moon"}), 1.0)
    colours = [
        c for item in brief.named("sky", "shape") if item.name in {"sun", "moon", "crescent"} for c in item.colours
    ]
    colour = colours[0] if colours else mix(light.sun, WHITE, 0.45)
    outline = shape("crescent") if brief.has("crescent") else oval(0, 0, 1, 1)
    canvas.glow(place, radius * large * 2.4, light.sun, 0.5)
    canvas.fill([outline * radius * large + place], colour, 0.97, soften=unit * 0.0008)
    if night and not brief.has("crescent"):
        spots = [
            oval(x, y, r, r)
            for x, y, r in ((-0.3, -0.2, 0.26), (0.25, 0.3, 0.3), (0.35, -0.35, 0.14), (-0.2, 0.45, 0.13))
        ]
        canvas.fill(
            [spot * radius * large + place for spot in spots],
            mix(colour, hexed("#7787a8"), 0.6),
            0.35,
            soften=radius * 0.12,
        )


def stars(canvas: Canvas, horizon: float, random: np.random.Generator, richness: float) -> None:
    """Scatter stars, few bright and many faint, thinning towards the horizon."""
    count = int(240 * richness * canvas.width / canvas.unit)
    x, y = random.random(count) * canvas.width, random.random(count) ** 1.25 * horizon * 0.96
    power = random.random(count) ** 4
    layer = np.zeros((canvas.height, canvas.width), dtype=np.float32)
    for at in range(count):
        _star(layer, x[at], y[at], (0.55 + 1.5 * power[at]) * canvas.unit / 1024, 0.35 + 0.65 * power[at])
    canvas.add_light(layer, hexed("#eef3ff"))
    if richness > 2:
        _milky_way(canvas, horizon, random)


def _star(layer: Array, x: float, y: float, radius: float, power: float) -> None:
    reach = int(np.ceil(radius * 3)) + 1
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    window = layer[top : int(y) + reach, left : int(x) + reach]
    rows, columns = np.arange(window.shape[0])[:, None] + top, np.arange(window.shape[1])[None, :] + left
    away = ((columns - x) ** 2 + (rows - y) ** 2) / max(0.45, radius) ** 2
    window += (np.exp(-away) * power * min(1.0, radius * 1.6)).astype(np.float32)


def _milky_way(canvas: Canvas, horizon: float, random: np.random.Generator) -> None:
    rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width].astype(np.float32)
    across = (columns / canvas.width - 0.5) * 0.9 + (rows / max(1, horizon) - 0.5)
    dust = cloud(random, (canvas.height, canvas.width), (6, 6))
    band = np.exp(-((across / 0.22) ** 2)) * np.clip(dust * 1.5 - 0.35, 0, 1) * np.clip(1 - rows / horizon, 0, 1)
    canvas.add_light(band * 0.55, hexed("#aab4e8"))


def _clouds(canvas: Canvas, light: Light, horizon: float, random: np.random.Generator, amount: float) -> None:
    """Lay clouds that lie flatter and closer towards the horizon, lit from the side of the light."""
    rows = int(horizon)
    if rows < 8:
        return
    lump = cloud(random, (rows, canvas.width), (2.2 * canvas.width / canvas.unit, 5.0), octaves=6, decay=0.55)
    height = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    cover = np.clip((lump - (0.78 - 0.4 * amount)) * 3.2, 0, 1) * (
        0.35 + 0.65 * np.sin(np.pi * np.clip(height, 0.04, 0.96))
    )
    above = np.roll(lump, max(2, rows // 40), axis=0)
    lit = np.clip(0.55 + (lump - above) * 3.5, 0, 1)[..., None]
    bright = np.array(mix(light.sky[-1][1], light.sun, 0.6), dtype=np.float32)
    dark = np.array(mix(light.sky[len(light.sky) // 2][1], light.haze, 0.35), dtype=np.float32)
    if lightness(light.sky[0][1]) < 0.12:
        bright, dark = bright * 0.45, dark * 0.7
    top = canvas.pixels[:rows]
    top += ((dark * (1 - lit) + bright * lit) - top) * (cover * 0.85)[..., None]


def _aurora(canvas: Canvas, horizon: float, random: np.random.Generator) -> None:
    columns = np.linspace(0, 1, canvas.width, dtype=np.float32)
    rows = np.arange(canvas.height, dtype=np.float32)[:, None] / max(1.0, horizon)
    for hue, base, power in (("#3dffb0", 0.78, 0.75), ("#45e6c8", 0.62, 0.55), ("#9a6bff", 0.5, 0.5)):
        phase = random.uniform(0, 6.28, 3)
        foot = base + 0.1 * np.sin(columns * 5 + phase[0]) + 0.05 * np.sin(columns * 13 + phase[1])
        rays = 0.55 + 0.45 * np.sin(columns * 60 + 8 * np.sin(columns * 9 + phase[2]))
        up = (foot[None, :] - rows) / 0.5
        curtain = np.where(up > 0, np.exp(-up * 2.6) * np.clip(up * 14, 0, 1), 0) * rays[None, :]
        canvas.add_light(blurred(np.clip(curtain, 0, 1).astype(np.float32), canvas.unit * 0.006) * power, hexed(hue))


def _rarities(canvas: Canvas, brief: Brief, light: Light, horizon: float, random: np.random.Generator) -> None:
    """Paint a rainbow, a planet or a comet where they are named."""
    unit = canvas.unit
    if brief.has("rainbow"):
        _rainbow(canvas, horizon)
    if brief.has("comet"):
        x, y = canvas.width * random.uniform(0.55, 0.8), horizon * random.uniform(0.2, 0.4)
        canvas.fill(
            [points((x, y - unit * 0.004), (x + unit * 0.3, y - unit * 0.16), (x, y + unit * 0.004))],
            WHITE,
            0.7,
            unit * 0.002,
        )
        canvas.glow((x, y), unit * 0.02, WHITE, 1.0)
    if brief.has("planet"):
        planet(canvas, (canvas.width * 0.74, horizon * 0.34), unit * 0.13, hexed("#d99a6c"), light.sky[0][1])


def _rainbow(canvas: Canvas, horizon: float) -> None:
    rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width].astype(np.float32)
    away = np.hypot(columns - canvas.width * 0.5, rows - horizon * 1.1) / canvas.unit
    share = (0.62 - away) / 0.075
    hues = ("#ff4b3e", "#ff9d2f", "#ffe94a", "#55d66b", "#46a6ff", "#8c5bff")
    bands = [np.interp(share, np.linspace(0, 1, len(hues)), [hexed(h)[band] for h in hues]) for band in range(3)]
    cover = np.clip(np.sin(np.pi * np.clip(share, 0, 1)), 0, 1) * 0.5 * (rows < horizon)
    canvas.blend(cover.astype(np.float32), np.stack(bands, axis=-1).astype(np.float32))


def planet(canvas: Canvas, place: tuple[float, float], radius: float, colour: Colour, shadow: Colour) -> None:
    """Paint a banded ball, lit from the left, with a ring."""
    masked = canvas.mask([oval(*place, radius, radius)])
    if masked is None:
        return
    metal = mix(colour, WHITE, 0.45)
    canvas.fill([_half_ring(180) * radius + place], mix(metal, shadow, 0.35), 0.8)
    area, cover = masked
    rows = (np.arange(area.top, area.bottom) - place[1])[:, None] / radius
    columns = (np.arange(area.left, area.right) - place[0])[None, :] / radius
    lit = np.clip(0.72 - 0.62 * columns - 0.25 * rows - 0.35 * (columns**2 + rows**2), 0, 1)
    bands = 0.88 + 0.12 * np.sin(rows * 9 + columns * 0.8 + 0.8 * np.sin(rows * 23))
    body = np.array(colour)[None, None, :] * (lit * bands)[..., None] + np.array(shadow) * (1 - lit)[..., None] * 0.6
    canvas.blend(cover, body.astype(np.float32), area)
    canvas.fill([_half_ring(0) * radius + place], metal, 0.85)


def _half_ring(start: float) -> Array:
    """Return the near (0) or far (180) half of a planet's ring, which is seen from a little above."""
    angle = np.radians(np.linspace(start, start + 180, 60))
    arc = np.stack([np.cos(angle), np.sin(angle) * 0.24], axis=-1)
    return turned(np.concatenate([arc * 1.9, arc[::-1] * 1.45]), -18)


def paint_weather(canvas: Canvas, brief: Brief, light: Light, random: np.random.Generator) -> None:
    """Let rain, snow and lightning fall in front of the finished scene."""
    weather = {item.name for item in brief.named("weather")}
    if "storm" in weather:
        _lightning(canvas, random)
    if weather & {"rain", "storm"}:
        _rain(canvas, random)
    if "snow" in weather:
        _snow(canvas, random)
    if "fog" in weather:
        veil = cloud(random, (canvas.height, canvas.width), (2, 4)) * 0.3
        rows = np.linspace(0, 1, canvas.height, dtype=np.float32)[:, None]
        canvas.blend(np.clip(veil + 0.34 * np.sin(np.pi * rows), 0, 0.7), light.haze)


def _rain(canvas: Canvas, random: np.random.Generator) -> None:
    unit = canvas.unit
    for length, width, opacity, count in ((0.05, 0.0007, 0.3, 420), (0.1, 0.0012, 0.32, 160)):
        x, y = random.uniform(-0.1, 1.1, count) * canvas.width, random.uniform(-0.1, 1, count) * canvas.height
        fall = np.array((-0.16, 1.0)) * length * unit
        thick = max(0.3, width * unit)
        streaks = [
            points((a, b), (a + thick, b), (a + fall[0] + thick, b + fall[1]), (a + fall[0], b + fall[1]))
            for a, b in zip(x, y, strict=True)
        ]
        canvas.fill(streaks, hexed("#e4edf4"), opacity)


def _snow(canvas: Canvas, random: np.random.Generator) -> None:
    unit = canvas.unit
    for size, soften, count in ((0.0017, 0.0, 380), (0.0034, 0.0009, 150), (0.008, 0.003, 26)):
        x, y = random.random(count) * canvas.width, random.random(count) * canvas.height
        flakes = [oval(a, b, unit * size, unit * size) for a, b in zip(x, y, strict=True)]
        canvas.fill(flakes, WHITE, 0.85 if size < 0.005 else 0.6, soften * unit)


def _lightning(canvas: Canvas, random: np.random.Generator) -> None:
    x, rows = canvas.width * random.uniform(0.25, 0.75), np.linspace(0, canvas.height * 0.52, 14)
    path = x + np.cumsum(random.uniform(-0.035, 0.035, 14)) * canvas.unit
    thick = np.linspace(0.0035, 0.0008, 14) * canvas.unit
    bolt = np.concatenate([np.stack([path - thick, rows], -1), np.stack([path + thick, rows], -1)[::-1]])
    canvas.fill([bolt], hexed("#cfd8ff"), 0.8, canvas.unit * 0.012)
    canvas.fill([bolt], WHITE)
    canvas.glow((x, canvas.height * 0.12), canvas.unit * 0.35, hexed("#b9c4ff"), 0.4)
