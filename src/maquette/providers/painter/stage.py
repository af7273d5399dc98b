"""Hold what every layer of a scene shares: canvas, words, light, horizon and chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from maquette.providers.painter.brief import Brief, Colour
from maquette.providers.painter.canvas import Array, Canvas, generator
from maquette.providers.painter.palette import Light, hexed, mix


@dataclass(frozen=True)
class Stage:
    """One scene under way."""

    canvas: Canvas
    brief: Brief
    light: Light
    horizon: float
    """The height of the horizon, in pixels from the top."""
    key: str
    """Prompt and seed: what all chance of the scene is drawn from."""
    sun: tuple[float, float] = (0.0, 0.0)
    """Where the sun or moon stands, in pixels."""

    @property
    def unit(self) -> int:
        """Return the shorter side in pixels."""
        return self.canvas.unit

    @property
    def depth(self) -> float:
        """Return how many pixels lie under the horizon."""
        return self.canvas.height - self.horizon

    @property
    def cells(self) -> float:
        """Return how many units the picture is wide, to keep lumps as large in panoramas."""
        return self.canvas.width / self.unit

    @property
    def snowy(self) -> bool:
        """Tell whether the land lies under snow."""
        return (
            self.light.season == "winter"
            or self.brief.has("arctic")
            or any(i.name == "snow" for i in self.brief.named("weather"))
        )

    def chance(self, layer: str) -> np.random.Generator:
        """Return the chance of one layer, so that a word more does not shuffle the others."""
        return generator(self.key, layer)

    def under(self, share: float) -> float:
        """Return a height below the horizon: 0 at the horizon, 1 at the foot of the picture."""
        return self.horizon + share * self.depth

    def leaf(self, random: np.random.Generator) -> Colour:
        """Pick a leaf colour of the season."""
        hues = {
            "autumn": ("#c8591d", "#d98a1f", "#a83a1c", "#8a5a22"),
            "spring": ("#f0a9bd", "#f4c3cf", "#7fb65a", "#a5cc6b"),
            "winter": ("#dfe8ee", "#c5d3dc", "#eef3f6", "#b3c2cc"),
        }.get(self.light.season, ("#3f7a3a", "#4f8a3c", "#2f6a3e", "#6a9440"))
        return hexed(hues[int(random.integers(len(hues)))])

    def soil(self) -> Colour:
        """Return what the open ground is: snow, sand or the season's grass."""
        if self.snowy:
            return hexed("#eef3f7")
        named = [
            colour
            for item in self.brief.named("setting")
            if item.name in {"hill", "field", "meadow"}
            for colour in item.colours
        ]
        if named:
            return mix(named[0], hexed("#6f9a48"), 0.3)
        if self.brief.has("desert"):
            return hexed("#d9a566")
        if self.brief.has("field"):
            return hexed("#b7a354")
        return hexed({"autumn": "#a58a3f", "spring": "#86b553"}.get(self.light.season, "#6f9a48"))


def texture(stage: Stage, cover: Array, grain: Array, strength: float) -> None:
    """Lighten and darken what is covered by a grain from 0 to 1."""
    stage.canvas.pixels *= 1 + (grain - 0.5)[..., None] * (cover * strength)[..., None]


def toned_pair(stage: Stage, colour: Colour, distance: float) -> tuple[Colour, Colour]:
    """Show a layer of land in the light: as lit at its crest, veiled by haze at its foot."""
    return stage.light.lit(colour, distance), stage.light.lit(colour, min(1.0, distance * 0.8 + 0.25 * distance + 0.06))


def shadowed(colour: Colour, share: float = 0.5) -> Colour:
    """Turn a colour towards the cool dark of its shadow side."""
    return mix(colour, (0.09, 0.1, 0.18), share)
