"""Compose a scene: choose its setting, lay it from far to near, and finish the picture."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from maquette.providers.painter import built, land, water
from maquette.providers.painter.brief import Brief, Item
from maquette.providers.painter.canvas import Canvas, generator
from maquette.providers.painter.palette import light
from maquette.providers.painter.plain import draw_shapes
from maquette.providers.painter.sky import paint_sky, paint_weather
from maquette.providers.painter.stage import Stage
from maquette.providers.painter.subject import AFLOAT, AIRBORNE, paint_subjects

_HOMES = {
    "fish": "underwater", "whale": "sea", "boat": "sea", "lighthouse": "sea", "palm": "beach", "cactus": "desert",
    "rocket": "space", "lamp": "city", "car": "road", "chair": "interior", "table": "interior", "cup": "interior",
    "plant": "interior", "cat": "interior", "fox": "forest", "owl": "forest", "bear": "forest", "deer": "forest",
    "mushroom": "forest", "flower": "meadow", "butterfly": "meadow", "rabbit": "meadow", "elephant": "field",
    "balloon": "hill", "plane": "hill", "castle": "hill", "tent": "mountain", "bridge": "river", "planet": "space",
}  # fmt: skip
"""Where a subject is shown when the prompt names no setting."""

_ENCLOSED = ("interior", "underwater", "space")
_WATERS = frozenset({"sea", "lake", "beach", "island"})
_SKY_ONLY = frozenset({"aurora", "moon", "stars", "comet", "sun", "rainbow", "crescent"})


def is_scene(brief: Brief) -> bool:
    """Tell whether the prompt names anything that plain shapes cannot show."""
    return bool(brief.named("setting", "subject", "light", "weather", "season", "sky"))


def draw(canvas: Canvas, brief: Brief, key: str) -> None:
    """Paint the scene of a brief over the whole canvas."""
    brief = _settled(brief)
    random = generator(key, "light")
    stage = Stage(canvas, brief, light(brief, random.random()), _horizon(canvas, brief), key)
    settings = {item.name for item in brief.named("setting")}
    enclosed = next((name for name in _ENCLOSED if name in settings), None)
    stage = _enclosed(stage, enclosed) if enclosed else _open(stage, settings)
    paint_subjects(stage, brief.named("subject"))
    flat = [item for item in brief.named("shape") if item.name != "crescent" and _is_deliberate(item)]
    if flat:
        draw_shapes(canvas, flat, stage.light.haze, stage.chance("shapes"))
    if not enclosed:
        paint_weather(canvas, brief, stage.light, stage.chance("weather"))


def _is_deliberate(item: Item) -> bool:
    """Tell a shape that is asked for from a word such as "line" or "square" in a description."""
    return bool(item.colours) or item.count > 1 or item.x is not None or item.y is not None


def _settled(brief: Brief) -> Brief:
    """Give a subject without a setting its home."""
    if brief.named("setting"):
        return brief
    homes = [_HOMES[item.name] for item in brief.named("subject", "sky") if item.name in _HOMES]
    default = "lake" if any(item.name in _SKY_ONLY for item in brief.items) and not brief.named("subject") else "hill"
    home = homes[0] if homes else default
    return replace(brief, items=(*brief.items, Item("setting", home, home)))


def _horizon(canvas: Canvas, brief: Brief) -> float:
    share = 0.6 if brief.has("mountain") or brief.has("city") or brief.has("forest") else 0.55
    share += 0.16 * brief.has("low") - 0.24 * brief.has("high")
    return round(canvas.height * share)


def _enclosed(stage: Stage, name: str) -> Stage:
    canvas = stage.canvas
    if name == "interior":
        stage = replace(stage, horizon=canvas.height * 0.72, sun=(canvas.width * 0.45, canvas.height * 0.3))
        built.interior(stage)
    elif name == "underwater":
        stage = replace(stage, sun=(canvas.width * 0.4, 0.0))
        water.depths(stage)
    else:
        stage = replace(stage, sun=(0.0, canvas.height * 0.2))
        built.space(stage)
    return stage


def _open(stage: Stage, settings: set[str]) -> Stage:
    """Lay sky, far land, then water or near land."""
    place = paint_sky(stage.canvas, stage.brief, stage.light, stage.horizon, stage.chance("sky"))
    stage = replace(stage, sun=place)
    if settings & {"mountain", "volcano", "arctic"}:
        land.mountains(stage, volcano="volcano" in settings)
    if settings & _WATERS:
        _waterside(stage, settings)
    else:
        _landside(stage, settings)
    return stage


def _waterside(stage: Stage, settings: set[str]) -> None:
    if "city" in settings:
        built.city(stage)
    if "forest" in settings:
        land.forest(replace(stage, horizon=stage.horizon - stage.unit * 0.06))
    if "lake" in settings and not settings & {"mountain", "city", "forest"}:
        land.hills(replace(stage, horizon=stage.horizon - stage.unit * 0.05))
    if "island" in settings:
        water.island(stage)
    water.sea(stage, calm=0.92 if "lake" in settings else 0.35)
    ashore = [item for item in stage.brief.named("subject") if item.name not in AFLOAT | AIRBORNE]
    if "beach" in settings or ashore:
        water.shore(
            stage,
            rise=0.36 if any(item.name in {"house", "castle", "church", "lighthouse"} for item in ashore) else 0.3,
        )


def _landside(stage: Stage, settings: set[str]) -> None:
    if "city" in settings:
        built.city(stage)
    elif "forest" in settings:
        land.forest(stage)
    elif settings & {"desert", "arctic"}:
        land.dunes(stage)
    else:
        land.hills(stage)
    if "village" in settings:
        houses = (
            Item("subject", "house", "house", count=7, size=0.85),
            Item("subject", "church", "church", size=0.6, x=0.5),
        )
        paint_subjects(replace(stage, horizon=stage.horizon + stage.depth * 0.02), houses)
    if "river" in settings:
        land.river(stage)
    if "road" in settings and "city" not in settings:
        land.road(stage)
    if settings & {"meadow", "field"} and not stage.snowy:
        land.meadow(stage)


def finish(canvas: Canvas, brief: Brief, random: np.random.Generator) -> None:
    """Give the picture its last touch: a vignette, a little grain, and the named manner."""
    manner = {item.name for item in brief.named("finish")}
    rows, columns = np.linspace(-1, 1, canvas.height)[:, None], np.linspace(-1, 1, canvas.width)[None, :]
    if "flat" not in manner:
        canvas.pixels *= (1 - 0.16 * np.clip(rows**2 + columns**2 - 0.35, 0, 2) ** 1.4).astype(np.float32)[..., None]
        canvas.pixels += random.standard_normal((canvas.height, canvas.width, 1), dtype=np.float32) * 0.011
    # The grain of what is black goes below it, and has no root there.
    grey = np.maximum(canvas.pixels @ np.array((0.299, 0.587, 0.114), dtype=np.float32), 0)
    if "monochrome" in manner:
        canvas.pixels[:] = np.clip((grey - 0.5) * 1.15 + 0.5, 0, 1)[..., None]
    if "sepia" in manner:
        canvas.pixels[:] = grey[..., None] ** 0.9 * np.array((1.0, 0.86, 0.66), dtype=np.float32) + np.array(
            (0.06, 0.035, 0.01), dtype=np.float32
        )
    if "pastel" in manner:
        canvas.pixels[:] = 0.36 + 0.64 * (grey[..., None] * 0.22 + canvas.pixels * 0.78)
    if "neon" in manner:
        canvas.pixels[:] = np.clip(grey[..., None] + (canvas.pixels - grey[..., None]) * 1.75, 0, 1) * np.array(
            (1.04, 0.88, 1.16), dtype=np.float32
        )
    _strokes(canvas, manner)


def _strokes(canvas: Canvas, manner: set[str]) -> None:
    """Show the picture in pixels or in strokes of a brush."""
    if "pixel" in manner:
        size = max(2, canvas.unit // 96)
        rows, columns = np.arange(canvas.height) // size * size, np.arange(canvas.width) // size * size
        canvas.pixels[:] = np.round(canvas.pixels[rows][:, columns] * 10) / 10
    if "oil" in manner:
        rows, columns = np.mgrid[0 : canvas.height, 0 : canvas.width]
        size, random = max(3, canvas.unit // 90), generator("bristle")
        drift = random.integers(-size, size + 1, (2, canvas.height // size + 2, canvas.width // size + 2))
        patch = drift[:, rows // size, columns // size]
        canvas.pixels[:] = canvas.pixels[
            np.clip(rows + patch[0], 0, canvas.height - 1), np.clip(columns + patch[1], 0, canvas.width - 1)
        ]
