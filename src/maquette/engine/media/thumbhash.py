"""ThumbHash: some 25 bytes that draw a blurred picture before the real one is loaded.

The format is that of https://evanw.github.io/thumbhash/: an average colour and the lowest frequencies of lightness, of
the two colour differences, and of transparency where there is any, four bits each.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

SIDE = 32
"""Enough pixels a side for the few frequencies that are kept; more only cost time."""
Pixel = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class _Channel:
    constant: float
    waves: Sequence[float]
    scale: float


def thumbhash(width: int, height: int, pixels: Sequence[Pixel]) -> bytes:
    """Return the hash of a picture of at most 100 x 100 RGBA pixels, row by row."""
    opacity = [alpha / 255 for *_, alpha in pixels]
    covered = sum(opacity)
    clear = covered < width * height
    average = [
        sum(pixel[colour] / 255 * alpha for pixel, alpha in zip(pixels, opacity, strict=True)) / (covered or 1)
        for colour in range(3)
    ]
    colours = [_blended(pixel, average) for pixel in pixels]
    longest, most = max(width, height), 5 if clear else 7
    across, down = max(1, _round(most * width / longest)), max(1, _round(most * height / longest))
    shape = (width, height)
    lightness = _encoded([(r + g + b) / 3 for r, g, b in colours], shape, max(3, across), max(3, down))
    warmth = _encoded([(r + g) / 2 - b for r, g, b in colours], shape, 3, 3)
    redness = _encoded([r - g for r, g, _ in colours], shape, 3, 3)
    channels = [lightness, warmth, redness]
    if clear:
        channels.append(_encoded(opacity, shape, 5, 5))
    return _packed(channels, down if width > height else across, landscape=width > height)


def _blended(pixel: Pixel, average: Sequence[float]) -> tuple[float, float, float]:
    """Put a pixel on the picture's average colour, so that what cannot be seen adds nothing."""
    alpha = pixel[3] / 255
    red, green, blue = (average[i] * (1 - alpha) + alpha * pixel[i] / 255 for i in range(3))
    return red, green, blue


def _encoded(values: Sequence[float], shape: tuple[int, int], across: int, down: int) -> _Channel:
    """Return the lowest cosine waves of a channel: those in the corner triangle of `across` by `down`."""
    width, height = shape
    rows = [values[y * width : (y + 1) * width] for y in range(height)]
    columns = [_waves(width, cx) for cx in range(across)]
    sums = [[sum(a * b for a, b in zip(row, wave, strict=True)) for row in rows] for wave in columns]
    constant, found = 0.0, list[float]()
    for cy in range(down):
        wave = _waves(height, cy)
        for cx in range(across):
            if cx * down >= across * (down - cy):
                break
            value = sum(a * b for a, b in zip(sums[cx], wave, strict=True)) / (width * height)
            if cx or cy:
                found.append(value)
            else:
                constant = value
    scale = max((abs(value) for value in found), default=0.0)
    return _Channel(constant, [0.5 + 0.5 / scale * value for value in found] if scale else found, scale)


def _waves(length: int, frequency: int) -> list[float]:
    return [math.cos(math.pi / length * frequency * (at + 0.5)) for at in range(length)]


def _packed(channels: Sequence[_Channel], count: int, *, landscape: bool) -> bytes:
    light, warm, red = channels[:3]
    clear = len(channels) == 4
    first = _round(63 * light.constant) | _round(31.5 + 31.5 * warm.constant) << 6
    first |= _round(31.5 + 31.5 * red.constant) << 12 | _round(31 * light.scale) << 18 | clear << 23
    second = count | _round(63 * warm.scale) << 3 | _round(63 * red.scale) << 9 | landscape << 15
    made = bytearray(first.to_bytes(3, "little") + second.to_bytes(2, "little"))
    if clear:
        made.append(_round(15 * channels[3].constant) | _round(15 * channels[3].scale) << 4)
    nibbles = [_round(15 * wave) for channel in channels for wave in channel.waves]
    nibbles += [0] * (len(nibbles) % 2)
    made += bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes(made)


def _round(value: float) -> int:
    return math.floor(value + 0.5)
