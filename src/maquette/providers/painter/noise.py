"""Make natural irregularity: clouds, ridges and grain, the same form at every picture size."""

from __future__ import annotations

import numpy as np

from maquette.providers.painter.canvas import Array, resized


def cloud(
    random: np.random.Generator,
    shape: tuple[int, int],
    cells: tuple[float, float],
    octaves: int = 5,
    decay: float = 0.5,
) -> Array:
    """Sum octaves of smooth noise, scaled to 0..1; `cells` is how many lumps fit across and down."""
    height, width = shape
    total, weight = np.zeros(shape, dtype=np.float32), 1.0
    for octave in range(octaves):
        across, down = (max(1, round(count * 2**octave)) + 3 for count in cells)
        grid = random.random((down, across), dtype=np.float32)
        if across < width * 2 and down < height * 2:
            total += weight * resized(grid, width, height)
        weight *= decay
    low, high = float(total.min()), float(total.max())
    return (total - low) / max(1e-6, high - low)


def ridge(random: np.random.Generator, width: int, cells: float, octaves: int, *, jagged: bool) -> Array:
    """Return one height per column, 0..1: straight flanks between peaks when jagged, else rolling."""
    columns, total, weight = np.linspace(0, 1, width), np.zeros(width), 1.0
    for octave in range(octaves):
        count = max(1, round(cells * 2**octave))
        knots, heights = np.arange(-1, count + 2) + random.uniform(-0.3, 0.3, count + 3), random.random(count + 3)
        place = columns * count
        if jagged:
            total += weight * np.interp(place, knots, heights)
        else:
            total += weight * _rolling(place, knots, heights)
        weight *= 0.5
    scaled: Array = (total - total.min()) / max(1e-6, float(np.ptp(total)))
    return scaled


def _rolling(place: Array, knots: Array, heights: Array) -> Array:
    at = np.clip(np.searchsorted(knots, place) - 1, 0, len(knots) - 2)
    share = np.clip((place - knots[at]) / (knots[at + 1] - knots[at]), 0, 1)
    line: Array = heights[at] + (heights[at + 1] - heights[at]) * (3 * share**2 - 2 * share**3)
    return line


def plane(texture: Array, rows: int, width: int, scale: float = 1.0) -> Array:
    """Lay a texture flat and look across it: fine at the horizon, in the first row, and coarse at the feet."""
    # The texture is continued by its mirror image, so that it has no seam; the shift keeps one off the middle.
    texture = np.concatenate([texture, texture[:, ::-1]], axis=1)
    texture = np.concatenate([texture, texture[::-1]], axis=0)
    depth, span = texture.shape
    near = np.linspace(0.02, 1.0, rows)[:, None]
    down = np.floor(scale * 0.9 / near * depth * 0.125).astype(np.int64) % depth
    spread = np.linspace(-0.5, 0.5, width)[None, :] / (near * 0.8 + 0.2)
    across = np.floor(spread * span * scale * 0.25 + span / 4).astype(np.int64) % span
    laid: Array = texture[down, across]
    return laid
