"""Run the painter: each function here is called by name in a child process and writes one PNG.

The pictures are drawn by fixed rules; no model is involved. The same arguments give the same bytes.
"""

from __future__ import annotations

from typing import TypedDict

from maquette.providers.painter import abstract, plain, rework, scene
from maquette.providers.painter.brief import Brief, read
from maquette.providers.painter.canvas import Canvas, generator


class Painted(TypedDict):
    """What was understood of a prompt."""

    labels: list[str]
    """The things and colours that were understood."""
    missed: list[str]
    """The words that stand for something the painter does not know."""
    sketch: bool
    """Whether nothing named was recognised, so that the picture shows only a mood."""


class Reworked(TypedDict):
    """The size of a picture that was made from another one."""

    width: int
    height: int


def paint(prompt: str, *, seed: int, width: int, height: int, target: str) -> Painted:
    """Paint a prompt as a PNG at `target`."""
    brief = read(prompt)
    canvas = Canvas(width, height)
    _draw(canvas, brief, f"{' '.join(prompt.lower().split())}\n{seed}")
    canvas.save(target)
    return _painted(brief)


def repaint(source: str, prompt: str, *, seed: int, strength: float, target: str, mask: str | None = None) -> Painted:
    """Restyle a picture by a prompt in the measure of `strength` (0 to 1); with a mask, repaint what is white in it."""
    brief = read(prompt)
    original = rework.load(source)
    height, width = original.shape[:2]
    key = f"{' '.join(prompt.lower().split())}\n{seed}"
    if mask is not None:
        where = rework.load_mask(mask, width, height)
        made = rework.filled(original, where, brief, key, _draw)
    else:
        made = rework.restyled(original, brief, key, strength, _draw)
    canvas = Canvas(width, height)
    canvas.pixels = made
    canvas.save(target)
    return _painted(brief)


def enlarge(source: str, *, factor: int, target: str) -> Reworked:
    """Enlarge a picture two to four times, sharpening its edges without halos."""
    width, height = rework.enlarged(source, factor, target)
    return {"width": width, "height": height}


def vary(source: str, *, seed: int, strength: float, target: str) -> Reworked:
    """Make a variation of a picture: its forms drift and its light turns, more so with strength (0 to 1)."""
    original = rework.load(source)
    height, width = original.shape[:2]
    canvas = Canvas(width, height)
    canvas.pixels = rework.varied(original, generator("vary", seed), strength)
    canvas.save(target)
    return {"width": width, "height": height}


def is_sketch(brief: Brief) -> bool:
    """Tell whether a brief names nothing that can be painted; colours alone count when nothing else was asked."""
    nothing = not (scene.is_scene(brief) or brief.named("shape", "pattern"))
    return nothing and (bool(brief.missed) or not (brief.colours or brief.background))


def _draw(canvas: Canvas, brief: Brief, key: str) -> None:
    """Choose the way of painting: a scene, plain shapes, or an abstract sketch."""
    if is_sketch(brief):
        abstract.draw(canvas, brief, key)
        scene.finish(canvas, brief, generator(key, "grain"))
    elif scene.is_scene(brief):
        scene.draw(canvas, brief, key)
        scene.finish(canvas, brief, generator(key, "grain"))
    else:
        plain.draw(canvas, brief, generator(key, "plain"))


def _painted(brief: Brief) -> Painted:
    return {"labels": brief.labels, "missed": list(brief.missed), "sketch": is_sketch(brief)}
