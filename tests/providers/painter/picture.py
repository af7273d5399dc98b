"""Pictures for the painter's tests: paint one, read one, count what is in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from maquette.providers.painter.engine import paint

Pixels = npt.NDArray[np.int16]


def painted(folder: Path, prompt: str, *, seed: int = 7, width: int = 256, height: int = 256) -> Pixels:
    target = folder / "painted.png"
    paint(prompt, seed=seed, width=width, height=height, target=str(target))
    return pixels(target)


def pixels(path: Path) -> Pixels:
    with Image.open(path) as opened:
        assert opened.format == "PNG"
        return np.asarray(opened.convert("RGB"), dtype=np.int16)


def near(picture: Pixels, colour: tuple[int, int, int], within: int = 40) -> npt.NDArray[np.bool_]:
    """Mark the pixels of about one colour."""
    return np.abs(picture - np.array(colour)).max(axis=-1) <= within


def patches(marked: npt.NDArray[np.bool_]) -> int:
    """Count the connected patches of a marked picture, by flooding each once."""
    left, count = marked.copy(), 0
    while left.any():
        count += 1
        edge = [tuple(np.argwhere(left)[0])]
        left[edge[0]] = False
        while edge:
            row, column = edge.pop()
            for spot in ((row - 1, column), (row + 1, column), (row, column - 1), (row, column + 1)):
                if 0 <= spot[0] < left.shape[0] and 0 <= spot[1] < left.shape[1] and left[spot]:
                    left[spot] = False
                    edge.append(spot)
    return count


def middle(marked: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Return the centre of the marked pixels as shares of width and height."""
    rows, columns = np.nonzero(marked)
    return float(columns.mean() / marked.shape[1]), float(rows.mean() / marked.shape[0])


def likeness(one: Pixels, other: Pixels) -> float:
    """Return the correlation of two pictures' lightness."""
    return float(np.corrcoef(one.mean(axis=-1).ravel(), other.mean(axis=-1).ravel())[0, 1])
