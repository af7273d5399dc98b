"""Rework a picture that exists: restyle, fill a hole, vary and enlarge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageChops, ImageFilter, ImageOps

from maquette.providers.painter.brief import Brief
from maquette.providers.painter.canvas import Array, Canvas, as_image, blurred, generator
from maquette.providers.painter.noise import cloud
from maquette.providers.painter.palette import light
from maquette.providers.painter.plain import draw_shapes
from maquette.providers.painter.stage import Stage
from maquette.providers.painter.subject import paint_subjects

Draw = Callable[[Canvas, Brief, str], None]
"""Paints a brief over a whole canvas by a key of chance."""

MOST_PIXELS = 12_500_000
"""Larger pictures than this are not reworked; they are refused before they are decoded, for want of memory."""

MOST_ENLARGED = 40_000_000
"""Larger enlargements than this are refused."""


def load(source: str) -> Array:
    """Read a picture upright as an array; transparency is laid on white."""
    with Image.open(Path(source)) as opened:
        _check(opened.width * opened.height, MOST_PIXELS)
        upright = ImageOps.exif_transpose(opened).convert("RGBA")
    white = Image.new("RGBA", upright.size, "white")
    return np.asarray(Image.alpha_composite(white, upright).convert("RGB"), dtype=np.float32) / 255


def load_mask(source: str, width: int, height: int) -> Array:
    """Read a mask at a picture's size: 1 where it is white, 0 where it is black."""
    with Image.open(Path(source)) as opened:
        _check(opened.width * opened.height, MOST_PIXELS)
        grey = ImageOps.exif_transpose(opened).convert("L").resize((width, height), Image.Resampling.BILINEAR)
    return np.asarray(grey, dtype=np.float32) / 255


def _check(pixels: int, most: int) -> None:
    if pixels > most:
        raise ValueError(f"{pixels:,} pixels are too many; the painter takes at most {most:,}")


def restyled(original: Array, brief: Brief, key: str, strength: float, draw: Draw) -> Array:
    """Pull a picture towards a painting of the brief: its palette first, then its forms, last its composition."""
    if strength <= 0:
        return original
    height, width = original.shape[:2]
    painted = Canvas(width, height)
    draw(painted, brief, key)
    palette = _recoloured(original, painted.pixels)
    styled: Array = original + (palette - original) * min(1.0, strength * 1.2)
    forms = np.clip((strength - 0.25) / 0.75, 0, 1) ** 1.6
    if brief.named("setting", "light", "weather", "season", "sky", "pattern") or not brief.items:
        styled = _merged(styled, painted.pixels, float(forms))
    canvas = Canvas(width, height)
    canvas.pixels = styled.copy()
    _stamp(canvas, brief, key)
    share = min(1.0, 1.5 * strength)
    stamped = styled + (canvas.pixels - styled) * share
    return stamped + (painted.pixels - stamped) * max(0.0, strength * 4 - 3)


def _recoloured(original: Array, painted: Array) -> Array:
    """Give a picture the mean and spread of another one's light and colour."""
    turn = np.array(((0.299, 0.587, 0.114), (0.5, -0.5, 0.0), (-0.25, -0.25, 0.5)), dtype=np.float32)
    one, other = original @ turn.T, painted @ turn.T
    spread = other.std(axis=(0, 1)) / np.maximum(one.std(axis=(0, 1)), 0.02)
    moved = (one - one.mean(axis=(0, 1))) * np.clip(spread, 0.4, 1.8) + other.mean(axis=(0, 1))
    # Lights and darks stay where they are for the most part: they carry the composition.
    moved[..., 0] = 0.65 * one[..., 0] + 0.35 * moved[..., 0]
    back: Array = moved @ np.linalg.inv(turn).astype(np.float32).T
    return back.clip(0, 1)


def _merged(styled: Array, painted: Array, share: float) -> Array:
    """Mix in a painting while the first picture's details stay on top."""
    radius = min(styled.shape[:2]) * 0.02
    detail = np.stack([styled[..., band] - blurred(styled[..., band], radius) for band in range(3)], axis=-1)
    return np.clip(styled * (1 - share) + painted * share + detail * share * 0.5 * (1 - share), 0, 1)


def _stamp(canvas: Canvas, brief: Brief, key: str) -> None:
    """Add the named shapes and subjects to what is on the canvas."""
    shapes, subjects = brief.named("shape"), brief.named("subject")
    random = generator(key, "stamp")
    red, green, blue = (float(canvas.pixels[..., band].mean()) for band in range(3))
    stage = Stage(canvas, brief, light(brief, 0.0), canvas.height * 0.55, key, sun=(canvas.width * 0.3, 0.0))
    paint_subjects(stage, subjects)
    if shapes:
        draw_shapes(canvas, shapes, (red, green, blue), random)


def filled(original: Array, where: Array, brief: Brief, key: str, draw: Draw) -> Array:
    """Repaint the white part of a mask; what is black stays exactly as it was."""
    rows, columns = np.nonzero(where > 0.02)
    if not len(rows):
        return original
    top, bottom, left, right = int(rows.min()), int(rows.max()) + 1, int(columns.min()), int(columns.max()) + 1
    ground = _grown_over(original, where)
    window = (slice(top, bottom), slice(left, right))
    patch = Canvas(max(16, right - left), max(16, bottom - top))
    if brief.named("setting", "light", "weather", "season", "sky", "pattern") or brief.background:
        draw(patch, brief, key)
        new = patch.pixels
    elif brief.items:
        patch.pixels[: bottom - top, : right - left] = ground[window]
        _stamp(patch, _centred(brief), key)
        new = patch.pixels
    else:
        new = ground[window]
    made = ground.copy()
    made[window] = new[: bottom - top, : right - left]
    soft = np.minimum(where, blurred(where, max(1.0, min(where.shape) * 0.003)) * 1.6).clip(0, 1)
    result: Array = original + (made - original) * soft[..., None]
    result[where <= 0] = original[where <= 0]
    return result


def _centred(brief: Brief) -> Brief:
    """Let a lone thing stand in the middle of the hole, as large as it."""
    placed = [replace(item, x=item.x if item.x is not None else None, size=item.size * 1.4) for item in brief.items]
    if len(placed) == 1 and placed[0].kind == "subject":
        placed = [replace(placed[0], x=0.5, y=0.55, size=placed[0].size * 1.6)]
    return replace(brief, items=tuple(placed))


def _grown_over(original: Array, where: Array) -> Array:
    """Let the surroundings grow into the hole: the finest blur that still sees them wins."""
    height, width = where.shape
    keep = 1 - where
    grown: Array = np.broadcast_to(original.mean(axis=(0, 1)), original.shape).astype(np.float32)
    for step in (256, 128, 64, 32, 16, 8, 4, 2, 1):
        size = (max(1, width // step), max(1, height // step))
        known = np.clip(_reduced(keep, size, (width, height)), 0, 1)
        seen = np.stack([_reduced(original[..., band] * keep, size, (width, height)) for band in range(3)], axis=-1)
        share = np.clip(known * 2, 0, 1)[..., None]
        grown = grown * (1 - share) + np.clip(seen / np.maximum(known, 1e-3)[..., None], 0, 1) * share
    return grown


def _reduced(plane: Array, size: tuple[int, int], full: tuple[int, int]) -> Array:
    """Average a plane down to a size and spread it over the full one again."""
    small = as_image(plane).resize(size, Image.Resampling.BOX)
    return np.asarray(small.resize(full, Image.Resampling.BILINEAR), dtype=np.float32)


def varied(original: Array, random: np.random.Generator, strength: float) -> Array:
    """Let forms drift along slow currents, and turn colour and light a little."""
    if strength <= 0:
        return original
    height, width = original.shape[:2]
    reach = min(height, width) * 0.1 * strength
    drift = [(cloud(random, (height, width), (2, 2), octaves=2) - 0.5) * 2 * reach for _ in range(2)]
    rows = np.clip(np.arange(height)[:, None] + drift[0], 0, height - 1)
    columns = np.clip(np.arange(width)[None, :] + drift[1], 0, width - 1)
    moved = _sampled(original, rows, columns)
    tint = 1 + random.uniform(-0.22, 0.22, 3).astype(np.float32) * strength
    lit = 1 + (cloud(random, (height, width), (1, 1), octaves=1) - 0.5) * 0.5 * strength
    turned: Array = moved * tint * lit[..., None]
    return turned.clip(0, 1)


def _sampled(picture: Array, rows: Array, columns: Array) -> Array:
    """Read a picture between its pixels (bilinear)."""
    top, left = rows.astype(np.int64), columns.astype(np.int64)
    down, right = (rows - top)[..., None].astype(np.float32), (columns - left)[..., None].astype(np.float32)
    below, beside = np.minimum(top + 1, picture.shape[0] - 1), np.minimum(left + 1, picture.shape[1] - 1)
    upper = picture[top, left] * (1 - right) + picture[top, beside] * right
    lower = picture[below, left] * (1 - right) + picture[below, beside] * right
    between: Array = upper * (1 - down) + lower * down
    return between


def enlarged(source: str, factor: int, target: str) -> tuple[int, int]:
    """Enlarge a picture file by a whole factor and return its new size in pixels.

    Sharpening is held between the lightest and darkest neighbour, so that edges get steep without a halo.
    """
    with Image.open(Path(source)) as opened:
        _check(opened.width * opened.height * factor * factor, MOST_ENLARGED)
        upright = ImageOps.exif_transpose(opened)
        small = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
    large = small.resize((small.width * factor, small.height * factor), Image.Resampling.LANCZOS)
    sharp = large.filter(ImageFilter.UnsharpMask(radius=factor * 0.9, percent=140, threshold=2))
    floor, ceiling = _among(large, ImageChops.darker), _among(large, ImageChops.lighter)
    ImageChops.darker(ImageChops.lighter(sharp, floor), ceiling).save(Path(target), format="PNG", compress_level=2)
    return large.size


def _among(picture: Image.Image, choose: Callable[[Image.Image, Image.Image], Image.Image]) -> Image.Image:
    """Choose the darkest or lightest value of every pixel and its eight neighbours."""
    for across, down in ((1, 0), (0, 1)):
        beside = choose(ImageChops.offset(picture, across, down), ImageChops.offset(picture, -across, -down))
        picture = choose(picture, beside)
    return picture
