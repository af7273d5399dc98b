"""ThumbHash: checked by drawing the picture again from the hash, as a page does."""

from __future__ import annotations

import math

import pytest
from PIL import Image

from maquette.engine.media.thumbhash import Pixel, thumbhash


def hashed(picture: Image.Image) -> bytes:
    raw = picture.convert("RGBA").tobytes()
    pixels: list[Pixel] = [(raw[i], raw[i + 1], raw[i + 2], raw[i + 3]) for i in range(0, len(raw), 4)]
    return thumbhash(picture.width, picture.height, pixels)


def average(code: bytes) -> tuple[float, float, float]:
    """The average colour that a reader of the format takes from the first three bytes."""
    bits = int.from_bytes(code[:3], "little")
    light, warm, red = (bits & 63) / 63, (bits >> 6 & 63) / 31.5 - 1, (bits >> 12 & 63) / 31.5 - 1
    blue = light - 2 / 3 * warm
    redness = (3 * light - blue + red) / 2
    return redness, redness - red, blue


def lightness_at(code: bytes, x: float, y: float) -> float:
    """The lightness at a place between 0 and 1, drawn from an opaque hash."""
    first, second = int.from_bytes(code[:3], "little"), int.from_bytes(code[3:5], "little")
    landscape = second >> 15
    across, down = (7, second & 7) if landscape else (second & 7, 7)
    across, down = max(3, across), max(3, down)
    scale = (first >> 18 & 31) / 31
    nibbles = [byte >> shift & 15 for byte in code[5:] for shift in (0, 4)]
    value, at = (first & 63) / 63, 0
    for cy in range(down):
        for cx in range(across):
            if cx * down >= across * (down - cy):
                break
            if cx or cy:
                wave = (nibbles[at] / 7.5 - 1) * scale
                value += wave * math.cos(math.pi * cx * x) * math.cos(math.pi * cy * y) * 2 ** ((cx > 0) + (cy > 0))
                at += 1
    return value


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (0, 0, 0), (200, 120, 40)])
def test_the_average_colour_is_kept(colour: tuple[int, int, int]) -> None:
    found = average(hashed(Image.new("RGB", (32, 24), colour)))
    assert all(abs(a - b / 255) < 0.06 for a, b in zip(found, colour, strict=True))


def test_light_and_dark_are_where_they_were() -> None:
    picture = Image.new("RGB", (32, 20))
    picture.paste((255, 255, 255), (0, 0, 16, 20))
    code = hashed(picture)
    assert lightness_at(code, 0.2, 0.5) > lightness_at(code, 0.8, 0.5) + 0.3


@pytest.mark.parametrize(("size", "landscape"), [((32, 16), 1), ((16, 32), 0), ((32, 32), 0), ((32, 1), 1)])
def test_the_shape_is_kept(size: tuple[int, int], landscape: int) -> None:
    assert int.from_bytes(hashed(Image.new("RGB", size))[3:5], "little") >> 15 == landscape


def test_transparency_is_marked_and_what_is_not_seen_adds_nothing() -> None:
    picture = Image.new("RGBA", (20, 20), (0, 255, 0, 0))
    picture.paste((255, 0, 0, 255), (0, 0, 10, 20))
    code = hashed(picture)
    assert code[2] >> 7 == 1
    red, green, _ = average(code)
    assert red > 0.9
    assert green < 0.1


def test_a_hash_is_small() -> None:
    assert len(hashed(Image.effect_noise((32, 32), 90))) <= 30
