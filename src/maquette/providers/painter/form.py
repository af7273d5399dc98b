"""Build outlines: plain shapes of radius one around the origin, and the strokes and curves of figures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from maquette.providers.painter.canvas import Array


def points(*pairs: tuple[float, ...]) -> Array:
    """Return corners as an outline."""
    return np.array(pairs, dtype=np.float64)


def oval(x: float, y: float, wide: float, high: float, turn: float = 0.0) -> Array:
    """Return an ellipse by its half axes, turned by degrees."""
    angle = np.linspace(0, 2 * np.pi, 72, endpoint=False)
    outline = np.stack([np.cos(angle) * wide, np.sin(angle) * high], axis=-1)
    placed: Array = turned(outline, turn) + np.array((x, y))
    return placed


def box(left: float, top: float, right: float, bottom: float) -> Array:
    """Return a rectangle by its edges."""
    return points((left, top), (right, top), (right, bottom), (left, bottom))


def turned(outline: Array, degrees: float) -> Array:
    """Turn an outline around the origin."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    result: Array = outline @ np.array([[cos, sin], [-sin, cos]])
    return result


def regular(corners: int, start: float = -90.0) -> Array:
    """Return a regular polygon with its first corner at an angle in degrees."""
    angle = np.radians(start + np.arange(corners) * 360 / corners)
    return np.stack([np.cos(angle), np.sin(angle)], axis=-1)


def star(rays: int = 5, inner: float = 0.42) -> Array:
    """Return a star whose notches are `inner` from the middle."""
    reach = np.where(np.arange(rays * 2) % 2 == 0, 1.0, inner)[:, None]
    return regular(rays * 2) * reach


def curve(*pairs: tuple[float, ...], closed: bool = True, steps: int = 8) -> Array:
    """Run a smooth line through points (Catmull-Rom), closed by default."""
    knots = np.array(pairs, dtype=np.float64)
    knots = np.concatenate([knots[-1:], knots, knots[:2]]) if closed else np.concatenate([knots[:1], knots, knots[-1:]])
    share = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (knots[at : len(knots) - 3 + at, None, :] for at in range(4))
    run = 0.5 * (2 * b + (c - a) * share + (2 * a - 5 * b + 4 * c - d) * share**2 + (3 * b - a - 3 * c + d) * share**3)
    smooth = run.reshape(-1, 2)
    return smooth if closed else np.concatenate([smooth, knots[-1:]])


def limb(*stations: tuple[float, ...]) -> Array:
    """Return a tapered stroke with round ends through stations of x, y and half width."""
    path = curve(*((x, y) for x, y, _ in stations), closed=False)
    width = np.interp(np.linspace(0, 1, len(path)), np.linspace(0, 1, len(stations)), [w for _, _, w in stations])
    along = np.gradient(path, axis=0)
    along /= np.maximum(1e-9, np.linalg.norm(along, axis=1, keepdims=True))
    aside = np.stack([-along[:, 1], along[:, 0]], axis=-1)
    angle = np.linspace(0, np.pi, 9)[:, None]
    end = path[-1] + width[-1] * (np.cos(angle) * aside[-1] + np.sin(angle) * along[-1])
    start = path[0] + width[0] * (-np.cos(angle) * aside[0] - np.sin(angle) * along[0])
    return np.concatenate([path + aside * width[:, None], end, (path - aside * width[:, None])[::-1], start])


def _heart() -> Array:
    t = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    across = 16 * np.sin(t) ** 3
    down = -(13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)) - 2
    return np.stack([across, down], axis=-1) / 16


def _crescent() -> Array:
    outer = np.radians(np.linspace(50, 310, 60))
    inner = np.radians(np.linspace(290, 70, 60))
    rim = np.stack([np.cos(outer), np.sin(outer)], axis=-1)
    bite = np.stack([np.cos(inner) * 0.82 + 0.36, np.sin(inner) * 0.82], axis=-1)
    return np.concatenate([rim, bite])


def _ring() -> Array:
    rim = oval(0, 0, 1, 1)
    hole = oval(0, 0, 0.58, 0.58)[::-1]
    return np.concatenate([rim, rim[:1], np.roll(hole, 1, axis=0), np.roll(hole, 1, axis=0)[:1]])


def shape(name: str) -> Array:
    """Return the outline of a plain shape by its name."""
    third = 0.34
    outlines: dict[str, Sequence[tuple[float, float]]] = {
        "square": [(-0.86, -0.86), (0.86, -0.86), (0.86, 0.86), (-0.86, 0.86)],
        "rectangle": [(-1.1, -0.66), (1.1, -0.66), (1.1, 0.66), (-1.1, 0.66)],
        "diamond": [(0, -1), (0.72, 0), (0, 1), (-0.72, 0)],
        "line": [(-1.4, -0.06), (1.4, -0.06), (1.4, 0.06), (-1.4, 0.06)],
        "triangle": [(0, -0.95), (1.02, 0.82), (-1.02, 0.82)],
        "arrow": [(-1, -0.26), (0.15, -0.26), (0.15, -0.72), (1, 0), (0.15, 0.72), (0.15, 0.26), (-1, 0.26)],
        "cross": [(-third, -1), (third, -1), (third, -third), (1, -third), (1, third), (third, third), (third, 1),
                  (-third, 1), (-third, third), (-1, third), (-1, -third), (-third, -third)],
    }  # fmt: skip
    if name in outlines:
        return points(*outlines[name])
    return _round_shape(name)


def _round_shape(name: str) -> Array:
    half = np.radians(np.linspace(180, 360, 60))
    built: dict[str, Callable[[], Array]] = {
        "oval": lambda: oval(0, 0, 1.1, 0.7),
        "star": star,
        "heart": _heart,
        "ring": _ring,
        "crescent": _crescent,
        "hexagon": lambda: regular(6, 0),
        "pentagon": lambda: regular(5),
        "octagon": lambda: regular(8, 22.5),
        "semicircle": lambda: np.stack([np.cos(half), np.sin(half) + 0.45], axis=-1),
        "drop": lambda: curve(
            (0, -1.05), (0.34, -0.3), (0.6, 0.28), (0.42, 0.78), (0, 0.95), (-0.42, 0.78), (-0.6, 0.28), (-0.34, -0.3)
        ),
    }
    return built[name]() if name in built else oval(0, 0, 1, 1)
