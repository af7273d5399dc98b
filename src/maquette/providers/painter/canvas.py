"""Hold the picture as an array and lay anti-aliased colour on it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from maquette.providers.painter.brief import Colour

Array = npt.NDArray[np.floating]
"""Numbers from 0 to 1, as float32; pictures are height by width by 3."""

Paint = Colour | tuple[Colour, Colour]
"""One colour, or two: from the top of a form to its foot."""


@dataclass(frozen=True)
class Area:
    """A rectangle of the canvas in whole pixels."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def window(self) -> tuple[slice, slice]:
        """Return the index of this area in an array."""
        return slice(self.top, self.bottom), slice(self.left, self.right)


def generator(*key: object) -> np.random.Generator:
    """Return a generator that is the same for the same key in every process and on every machine."""
    digest = hashlib.sha256("\x1f".join(map(str, key)).encode()).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def as_image(plane: Array) -> Image.Image:
    """Wrap one plane of numbers as a Pillow image."""
    return Image.fromarray(np.ascontiguousarray(plane, dtype=np.float32))


def resized(plane: Array, width: int, height: int) -> Array:
    """Resample one plane smoothly."""
    return np.asarray(as_image(plane).resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def blurred(plane: Array, radius: float) -> Array:
    """Blur a plane of numbers from 0 to 1 by way of a smaller one, for large radii cost as much as small ones."""
    height, width = plane.shape
    step = max(1, int(radius / 3))
    small = resized(plane, max(2, width // step), max(2, height // step)) if step > 1 else plane
    byte = Image.fromarray((np.clip(small, 0, 1) * 255).astype(np.uint8))
    soft = np.asarray(byte.filter(ImageFilter.GaussianBlur(float(radius / step))), dtype=np.float32) / 255
    return resized(soft, width, height) if step > 1 else soft


class Canvas:
    """A picture under the brush; every coordinate is in pixels, with y downwards."""

    def __init__(self, width: int, height: int, ground: Colour = (1.0, 1.0, 1.0)) -> None:
        self.width, self.height = width, height
        self.unit = min(width, height)
        self.pixels: Array = np.empty((height, width, 3), dtype=np.float32)
        self.pixels[:] = ground

    def wash(self, stops: Sequence[tuple[float, Colour]], top: float = 0.0, bottom: float | None = None) -> None:
        """Fill rows with a vertical gradient; stops run from 0 at `top` to 1 at `bottom`."""
        first, last = max(0, int(top)), self.height if bottom is None else min(self.height, int(np.ceil(bottom)))
        if last <= first:
            return
        rows = (np.arange(first, last) - top) / max(1.0, (self.height if bottom is None else bottom) - top)
        places = [place for place, _ in stops]
        bands = [np.interp(rows, places, [shade[band] for _, shade in stops]) for band in range(3)]
        self.pixels[first:last] = np.stack(bands, axis=-1)[:, None, :]

    def mask(self, forms: Iterable[Array], soften: float = 0.0) -> tuple[Area, Array] | None:
        """Draw closed outlines into one coverage mask; return it with its place, or None outside the picture."""
        outlines = [np.asarray(form, dtype=np.float64) for form in forms]
        if not outlines:
            return None
        points = np.concatenate(outlines)
        pad = int(3 * soften) + 2
        left, top = (int(v) - pad for v in np.floor(points.min(axis=0)))
        right, bottom = (int(v) + pad for v in np.ceil(points.max(axis=0)))
        area = Area(max(0, left), max(0, top), min(self.width, right), min(self.height, bottom))
        across, down = area.right - area.left, area.bottom - area.top
        if across <= 0 or down <= 0:
            return None
        fine = 4 if across * down < 600_000 else 2
        stencil = Image.new("L", (across * fine, down * fine), 0)
        draw = ImageDraw.Draw(stencil)
        for outline in outlines:
            moved = (outline - (area.left, area.top)) * fine
            draw.polygon([(float(x), float(y)) for x, y in moved], fill=255)
        drawn = stencil.reduce(fine)
        if soften > 0:
            drawn = drawn.filter(ImageFilter.GaussianBlur(float(soften)))
        return area, np.asarray(drawn, dtype=np.float32) / 255

    def fill(self, forms: Iterable[Array], paint: Paint, opacity: float = 1.0, soften: float = 0.0) -> None:
        """Fill closed outlines, as one form, with a colour or a vertical gradient."""
        masked = self.mask(forms, soften)
        if masked is not None:
            area, cover = masked
            self.blend(cover * opacity, shade(paint, cover.shape[0]), area)

    def blend(self, cover: Array, colour: Array | Colour, area: Area | None = None) -> None:
        """Lay a colour over an area in the measure of `cover`."""
        window = (slice(None), slice(None)) if area is None else area.window
        under = self.pixels[window]
        self.pixels[window] = under + (np.asarray(colour, dtype=np.float32) - under) * cover[..., None]

    def below(self, line: Array, paint: Paint, opacity: float = 1.0, reach: float | None = None) -> Array:
        """Fill everything under a line of one height per column; return the coverage.

        A gradient runs from the line's highest point to `reach` pixels under it, by default to the picture's foot.
        """
        top = max(0, int(line.min()) - 2)
        rows = np.arange(top, self.height, dtype=np.float32)[:, None]
        slope = np.sqrt(1 + np.gradient(line) ** 2)[None, :]
        cover = np.clip((rows - line[None, :]) / slope + 0.5, 0, 1).astype(np.float32)
        area = Area(0, top, self.width, self.height)
        if area.bottom > area.top:
            self.blend(cover * opacity, shade(paint, area.bottom - top, reach), area)
        whole = np.zeros((self.height, self.width), dtype=np.float32)
        whole[top:] = cover
        return whole

    def glow(self, centre: tuple[float, float], radius: float, colour: Colour, strength: float = 1.0) -> None:
        """Add light that fades away from a point, as a screen so that nothing burns out."""
        across = np.exp(-(((np.arange(self.width) - centre[0]) / radius) ** 2))
        down = np.exp(-(((np.arange(self.height) - centre[1]) / radius) ** 2))
        light = (down[:, None] * across[None, :]).astype(np.float32) * strength
        self.add_light(light, colour)

    def add_light(self, light: Array, colour: Colour) -> None:
        """Screen a colour over the picture in the measure of `light`."""
        for band in range(3):
            plane = self.pixels[..., band]
            self.pixels[..., band] = 1 - (1 - plane) * (1 - np.clip(light * colour[band], 0, 1))

    def save(self, target: str) -> None:
        """Write the picture as a PNG that holds the same bytes for the same pixels."""
        image(self.pixels).save(Path(target), format="PNG", compress_level=2)


def shade(paint: Paint, rows: int, reach: float | None = None) -> Array:
    """Spread a paint over rows: one colour as it is, two as a gradient."""
    values = np.asarray(paint, dtype=np.float32)
    if values.ndim == 1:
        return values
    share = np.clip(np.arange(rows, dtype=np.float32) / max(1.0, reach or rows - 1), 0, 1)[:, None]
    spread: Array = (values[0] * (1 - share) + values[1] * share)[:, None, :]
    return spread


def image(pixels: Array) -> Image.Image:
    """Round an array to an RGB image."""
    return Image.fromarray((np.clip(pixels, 0, 1) * 255 + 0.5).astype(np.uint8))
