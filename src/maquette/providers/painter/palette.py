"""Choose the light of a scene: the colours of its sky, its haze and everything that stands in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from maquette.providers.painter.brief import Brief, Colour
from maquette.providers.painter.lexicon import COLOURS


def hexed(code: str) -> Colour:
    """Read a `#rrggbb` code."""
    red, green, blue = (int(code[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def mix(one: Colour, other: Colour, share: float) -> Colour:
    """Go from one colour towards another by a share."""
    red, green, blue = (a + (b - a) * share for a, b in zip(one, other, strict=True))
    return red, green, blue


def times(one: Colour, other: Colour, gain: float = 1.0) -> Colour:
    """Light one colour by another."""
    red, green, blue = (min(1.0, a * b * gain) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lightness(colour: Colour) -> float:
    """Weigh a colour as the eye does, 0..1."""
    return 0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2]


WHITE: Colour = (1.0, 1.0, 1.0)
INK: Colour = (0.07, 0.08, 0.11)


@dataclass(frozen=True)
class Light:
    """The light of one hour and weather."""

    sky: tuple[tuple[float, Colour], ...]
    haze: Colour
    sun: Colour
    tint: Colour
    """What white paper looks like in this light."""
    sun_height: float
    """Where the sun or moon stands: 0 at the horizon, 1 at the top."""
    dark: bool = False
    season: str = "summer"

    def lit(self, colour: Colour, distance: float = 0.0) -> Colour:
        """Show a colour in this light; `distance` fades it into the haze, 0 near to 1 far."""
        return mix(times(colour, self.tint), self.haze, distance)


def _sky(*codes: str) -> tuple[tuple[float, Colour], ...]:
    return tuple((at / (len(codes) - 1), hexed(code)) for at, code in enumerate(codes))


_LIGHTS = {
    "day": Light(
        _sky("#2f74b8", "#6aaada", "#a9d3ea", "#e2f1f2"), hexed("#cfe3ec"), hexed("#fff4d2"), hexed("#fffaf0"), 0.8
    ),
    "dawn": Light(
        _sky("#5a76b0", "#a5a4cd", "#eebfc0", "#fcdcb4", "#fff0cf"),
        hexed("#f0d0c6"),
        hexed("#ffe6b8"),
        hexed("#f3d9d6"),
        0.16,
    ),
    "sunset": Light(
        _sky("#28295c", "#6d3d80", "#cf5a6c", "#f58f52", "#ffd48a"),
        hexed("#ee9f74"),
        hexed("#ffd79a"),
        hexed("#a9748a"),
        0.12,
    ),
    "dusk": Light(
        _sky("#11173a", "#2c3168", "#6b5190", "#c27d97", "#f0b49a"),
        hexed("#7d6594"),
        hexed("#ffd9b8"),
        hexed("#6a6296"),
        0.3,
        True,
    ),
    "night": Light(
        _sky("#050a1f", "#0c1738", "#1a2e5c", "#345480"),
        hexed("#2a456f"),
        hexed("#e8efff"),
        hexed("#3d5382"),
        0.72,
        True,
    ),
    "cloud": Light(
        _sky("#8a97a5", "#a9b4bd", "#c6cdd0", "#dadcd8"), hexed("#c9cfd1"), hexed("#f2f2ea"), hexed("#d3d6d8"), 0.7
    ),
    "storm": Light(
        _sky("#1f262f", "#39434e", "#5c6872", "#8b959a"),
        hexed("#7d888f"),
        hexed("#dfe8f0"),
        hexed("#8a939c"),
        0.7,
        True,
    ),
    "fog": Light(
        _sky("#b9c3c8", "#ccd3d5", "#dde1e0", "#e6e7e3"), hexed("#dadfde"), hexed("#fbf6e6"), hexed("#d7dbdb"), 0.6
    ),
    "winter": Light(
        _sky("#7d9fc6", "#aac4dd", "#d3e1ec", "#f3f3f0"), hexed("#dfe9f1"), hexed("#fff3dc"), hexed("#eaf1fb"), 0.35
    ),
    "autumn": Light(
        _sky("#6d95b5", "#a9bfc4", "#e3d5b8", "#f7e3b8"), hexed("#ecd7b4"), hexed("#ffe3ac"), hexed("#fff0d6"), 0.3
    ),
}


def light(brief: Brief, seed_share: float) -> Light:
    """Choose the light that the words name; without a word the seed chooses a fair hour."""
    hours = [item.name for item in brief.named("light")]
    weather = {item.name for item in brief.named("weather")}
    seasons = [item.name for item in brief.named("season")]
    hour = hours[0] if hours else _fair_hour(brief, seed_share)
    chosen = _LIGHTS[hour]
    if not hours and hour != "night" and seasons and seasons[0] in _LIGHTS:
        chosen = _LIGHTS[seasons[0]]
    chosen = _weathered(chosen, weather)
    return replace(_coloured(chosen, brief), season=seasons[0] if seasons else "summer")


def _fair_hour(brief: Brief, seed_share: float) -> str:
    if brief.has("stars") or brief.has("moon") or brief.has("aurora") or brief.has("comet"):
        return "night"
    return ("day", "day", "dawn", "day", "sunset")[int(seed_share * 5) % 5]


def _weathered(chosen: Light, weather: set[str]) -> Light:
    """Cover a sky: overcast light is the hour's, greyed and evened out."""
    name = next((n for n in ("storm", "fog", "rain", "cloud", "snow") if n in weather), None)
    if name is None:
        return chosen
    grey = _LIGHTS[{"rain": "cloud", "snow": "fog"}.get(name, name)]
    share = 0.45 if chosen.dark or chosen.sun_height < 0.2 else 0.85
    tint = times(chosen.tint, grey.tint) if name == "storm" else mix(chosen.tint, grey.tint, share)
    steps = zip(_resampled(chosen.sky), _resampled(grey.sky), strict=True)
    sky = tuple(
        (at / 4, mix(one, times(other, mix(WHITE, chosen.tint, 0.6)), share)) for at, (one, other) in enumerate(steps)
    )
    return replace(
        chosen, sky=sky, haze=mix(chosen.haze, times(grey.haze, mix(WHITE, chosen.tint, 0.6)), share), tint=tint
    )


def _resampled(sky: tuple[tuple[float, Colour], ...]) -> list[Colour]:
    """Return five even stops of a sky."""
    shades = [shade for _, shade in sky]
    places = [at / 4 * (len(shades) - 1) for at in range(5)]
    return [mix(shades[int(p)], shades[min(int(p) + 1, len(shades) - 1)], p - int(p)) for p in places]


def _coloured(chosen: Light, brief: Brief) -> Light:
    """Let loose colours ("in blue", "a pink sky") run through the whole scene."""
    wanted = [*brief.colours, *brief.background]
    if not wanted:
        return chosen
    tone = wanted[0]
    sky = tuple((at, mix(shade, mix(tone, WHITE, lightness(shade) ** 2), 0.6)) for at, shade in chosen.sky)
    return replace(
        chosen, sky=sky, haze=mix(chosen.haze, mix(tone, WHITE, 0.4), 0.5), tint=mix(chosen.tint, tone, 0.25)
    )


FLAT = tuple(
    hexed(COLOURS[name]) for name in ("coral", "teal", "mustard", "cobalt", "rose", "emerald", "violet", "orange")
)
"""Colours for plain shapes whose colour is not named."""
