"""Set the named people, animals, buildings and things into a scene: size, place, light, shadow and reflection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from maquette.providers.painter.brief import Colour, Item
from maquette.providers.painter.canvas import Array
from maquette.providers.painter.figure import Part, figures
from maquette.providers.painter.form import oval, points
from maquette.providers.painter.land import is_dim, pine, tree
from maquette.providers.painter.palette import INK, WHITE, hexed, lightness, mix
from maquette.providers.painter.stage import Stage, shadowed

AIRBORNE = frozenset({"bird", "butterfly", "balloon", "plane", "rocket"})
AFLOAT = frozenset({"boat", "whale", "fish"})

_FURRED = frozenset({"fox", "cat", "dog", "bear", "horse", "deer", "rabbit", "elephant", "owl"})
"""What has a natural colour, which a named one only shifts: a red fox is not scarlet."""

_BUILT = frozenset({"house", "castle", "church", "windmill", "bridge", "lighthouse", "train"})
"""What stands further off than people do."""

_SHINING = frozenset({"cat", "owl", "fire", "rocket"})
"""What glows in any light: eyes and flames."""


@dataclass(frozen=True)
class Pose:
    """Where one figure stands and how tall it is, in pixels."""

    x: float
    foot: float
    tall: float
    distance: float


def paint_subjects(stage: Stage, items: Sequence[Item]) -> None:
    """Paint every named subject, far ones first."""
    poses = [(pose, item) for at, item in enumerate(items) for pose in _poses(stage, item, at, len(items))]
    for pose, item in sorted(poses, key=lambda one: one[0].foot):
        paint_figure(stage, item, pose)


def _poses(stage: Stage, item: Item, at: int, among: int) -> list[Pose]:
    """Spread the members of an item over its share of the width."""
    random, canvas = stage.chance(f"pose {item.name} {at}"), stage.canvas
    count = min(item.count, 40)
    # One draw for the whole scene: two subjects must not meet on the same third.
    thirds = (0.36, 0.68) if stage.chance("thirds").random() < 0.5 else (0.68, 0.36)
    middle = (
        item.x
        if item.x is not None
        else 0.5
        if among == 1 and count > 1
        else thirds[at % 2]
        if among < 3
        else (at + 0.5) / among
    )
    close = 1.7 if stage.brief.has("close") else 0.6 if stage.brief.has("wide") else 1.0
    tall = figures()[item.name].tall * item.size * close / max(1.0, count / 3) ** 0.45
    own = tall * figures()[item.name].wide * 0.9 * count / stage.cells
    spread = min(0.86 if among == 1 else 0.6, own)
    tall *= max(0.45, spread / own) if count > 1 else 1.0
    made = []
    for member in range(count):
        x = middle + (0 if count == 1 else ((member + 0.5) / count - 0.5) * spread + random.uniform(-0.02, 0.02))
        depth = random.uniform(-0.5, 0.5) if count > 1 else 0.0
        foot = _foot(stage, item, depth, tall, random)
        made.append(
            Pose(
                min(max(x, 0.06), 0.94) * canvas.width,
                foot,
                tall * stage.unit * (1 + 0.25 * depth),
                _distance(stage, item, depth),
            )
        )
    return made


def _foot(stage: Stage, item: Item, depth: float, tall: float, random: np.random.Generator) -> float:
    """Find the height on which a figure stands, floats or flies."""
    half = tall * stage.unit / 2
    if item.y is not None:
        return item.y * stage.canvas.height + half
    if stage.brief.has("space") or (stage.brief.has("underwater") and item.name in AFLOAT):
        return stage.canvas.height * (0.55 + 0.28 * depth) + half
    if item.name in AIRBORNE - {"butterfly"}:
        return max(stage.horizon * (0.6 + 0.4 * depth + random.uniform(-0.1, 0.1)), half * 2.2)
    return stage.under(_station(stage, item.name, depth))


def _station(stage: Stage, name: str, depth: float) -> float:
    """Say how far below the horizon a figure stands: 0 at the horizon, 1 at the viewer's feet."""
    if name == "butterfly":
        return 0.25 + 0.5 * depth
    if name in AFLOAT:
        return 0.14 + 0.08 * depth if stage.brief.has("beach") else 0.2 + 0.22 * depth
    return 0.42 + 0.3 * depth if name in _BUILT else 0.76 + 0.2 * depth


def _distance(stage: Stage, item: Item, depth: float) -> float:
    base = 0.14 if item.name in {"castle", "church", "windmill", "balloon", "bird", "house"} else 0.05
    return float(np.clip(base - depth * 0.1, 0, 0.3)) if not stage.brief.has("interior") else 0.0


def paint_figure(stage: Stage, item: Item, pose: Pose) -> None:
    """Paint one subject in its pose, with what grounds it there."""
    grounded = item.name not in AIRBORNE | AFLOAT and not stage.brief.has("space")
    if grounded:
        shadow = oval(pose.x, pose.foot, pose.tall * _girth(item.name), max(2.0, pose.tall * 0.045))
        stage.canvas.fill([shadow], shadowed(stage.light.lit(stage.soil()), 0.85), 0.42, pose.tall * 0.02)
    random = stage.chance(f"grow {item.name} {pose.x:.0f}")
    if item.name == "tree":
        tree(
            stage,
            (pose.x, pose.foot),
            pose.tall,
            item.colours[0] if item.colours else stage.leaf(random),
            pose.distance,
            random,
        )
    elif item.name == "pine":
        _grown_pine(stage, item, pose, random)
    else:
        _assemble(stage, item, pose)


def _girth(name: str) -> float:
    return {"tree": 0.22, "pine": 0.2, "palm": 0.16, "person": 0.2, "flower": 0.14, "lamp": 0.1, "lighthouse": 0.3}.get(
        name, 0.5
    )


def _grown_pine(stage: Stage, item: Item, pose: Pose, random: np.random.Generator) -> None:
    colour = item.colours[0] if item.colours else hexed("#2d5a45")
    forms = pine(pose.x, pose.foot, pose.tall, random)
    stage.canvas.fill(forms[:1], stage.light.lit(hexed("#4a3426"), pose.distance))
    for form in forms[:0:-1]:
        stage.canvas.fill(
            [form],
            (
                stage.light.lit(mix(colour, WHITE, 0.85 if stage.snowy else 0.14), pose.distance),
                stage.light.lit(shadowed(colour, 0.4), pose.distance),
            ),
        )


def _assemble(stage: Stage, item: Item, pose: Pose) -> None:
    """Fill the parts of a figure in its coat, then catch the light on its rim."""
    parts = figures()[item.name].parts
    flip = -1.0 if pose.x < stage.canvas.width * 0.45 else 1.0
    scale = np.array((flip * pose.tall, pose.tall))
    if item.name in AFLOAT and not stage.brief.has("underwater"):
        _reflect(stage, item, parts, pose, scale)
    for piece in parts:
        forms = [form * scale + (pose.x, pose.foot) for form in piece.forms]
        stage.canvas.fill(forms, _coat(stage, item, piece, pose.distance))
        if piece.role == "glow" and is_dim(stage) and item.name not in {"cat", "owl"}:
            _shine(stage, forms, pose)
    if item.name == "lighthouse" and is_dim(stage):
        _beam(stage, pose)
    if item.name == "fire":
        stage.canvas.glow((pose.x, pose.foot - pose.tall * 0.4), pose.tall * 1.6, hexed("#ff9a3c"), 0.55)
    _rim(
        stage,
        [
            form * scale + (pose.x, pose.foot)
            for piece in parts
            if piece.role in {"body", "pale"}
            for form in piece.forms
        ],
        pose,
    )


def _beam(stage: Stage, pose: Pose) -> None:
    """Send the lamp's light to both sides."""
    y, reach = pose.foot - pose.tall * 0.84, stage.canvas.width
    for side in (-1, 1):
        ray = points(
            (pose.x, y - pose.tall * 0.02),
            (pose.x + side * reach, y - pose.tall * 0.34),
            (pose.x + side * reach, y + pose.tall * 0.1),
            (pose.x, y + pose.tall * 0.02),
        )
        stage.canvas.fill([ray], hexed("#ffeebb"), 0.24, pose.tall * 0.02)


def _coat(stage: Stage, item: Item, piece: Part, distance: float) -> tuple[Colour, Colour]:
    """Return a part's colour, lit from above."""
    if piece.role == "glow":
        shines = is_dim(stage) or item.name in _SHINING
        pane = mix(stage.light.sky[1][1], hexed("#34465a"), 0.45)
        lit = piece.colour if shines else pane
        return lit, mix(lit, WHITE, 0.12)
    base = _named(item, piece)
    return stage.light.lit(mix(base, stage.light.sun, 0.1), distance), stage.light.lit(shadowed(base, 0.24), distance)


def _named(item: Item, piece: Part) -> Colour:
    """Return a part's colour, changed by the colours that the prompt names for the figure."""
    wanted = dict(zip(("body", "accent"), item.colours, strict=False)).get(piece.role)
    if item.name in _FURRED and item.colours and piece.role in {"body", "dark"}:
        coat = mix(item.colours[0], piece.colour, 0.12 if lightness(item.colours[0]) in {0.0, 1.0} else 0.45)
        return coat if piece.role == "body" else shadowed(coat, 0.45)
    return wanted or piece.colour


def _shine(stage: Stage, forms: Sequence[Array], pose: Pose) -> None:
    middle = np.concatenate(list(forms)).mean(axis=0)
    stage.canvas.glow((float(middle[0]), float(middle[1])), pose.tall * 0.35, hexed("#ffc46b"), 0.32)


def _reflect(stage: Stage, item: Item, parts: Sequence[Part], pose: Pose, scale: Array) -> None:
    for piece in parts:
        forms = [form * scale * (1, -0.55) + (pose.x, pose.foot) for form in piece.forms]
        wavy = [
            form + np.stack([np.sin(form[:, 1] * 90 / stage.unit) * pose.tall * 0.012, np.zeros(len(form))], -1)
            for form in forms
        ]
        stage.canvas.fill(wavy, shadowed(_coat(stage, item, piece, 0.25)[0], 0.25), 0.26, pose.tall * 0.008)


def _rim(stage: Stage, forms: Sequence[Array], pose: Pose) -> None:
    """Lay a thin light on the side that faces the sun or moon, strongest when it stands low."""
    masked = stage.canvas.mask(forms)
    if masked is None:
        return
    area, cover = masked
    step = max(1, int(pose.tall * 0.022))
    side = -step if stage.sun[0] > pose.x else step
    moved = np.roll(np.roll(cover, side, axis=1), step // 2, axis=0)
    strength = 0.62 if stage.light.sun_height < 0.4 else 0.22
    if lightness(stage.light.tint) < 0.4:
        strength = 0.4
    stage.canvas.blend(np.clip(cover - moved, 0, 1) * strength, stage.light.sun, area)
    stage.canvas.blend(np.clip(cover - np.roll(cover, -side * 2, axis=1), 0, 1) * 0.18, INK, area)
