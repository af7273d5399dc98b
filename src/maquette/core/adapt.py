"""One request for many providers: common words are translated to those that an action has, and each change is told.

Sizes move between `size`, `width` and `height`, `aspect_ratio` and `resolution`; a number, a size or a ratio outside
its bounds or an allowed list moves to the nearest; a seed of -1 is drawn; a common word that the action lacks is
dropped; a value that the action took in former days becomes what stands for it now. The numeric keywords of a `size`
(`minimum`, `maximum`, `multipleOf`) hold for each of its two sides.
A word that no action has is an error that names it.
"""

from __future__ import annotations

import difflib
import math
import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from jsonschema_rs import ValidationError as SchemaError
from jsonschema_rs import validator_for
from pydantic import ValidationError

from .action import Action
from .errors import ParamsInvalid
from .params import OpenParams, Params, Warned

COMMON = frozenset(
    {
        "prompt",
        "negative_prompt",
        "n",
        "size",
        "aspect_ratio",
        "seed",
        "image",
        "mask",
        "strength",
        "steps",
        "guidance",
        "width",
        "height",
        "duration",
        "fps",
        "resolution",
        "last_image",
        "model",
        "voice",
        "language",
        "format",
        "quality",
        "style",
    }
)
"""The words that providers share; one that an action lacks is dropped with a warning, never refused."""

Fields = Mapping[str, Mapping[str, Any]]
_SEED_MOST = 2**31 - 1
_NUMBERS = ("width", "height", "duration", "fps", "n")
_SHAPES = {"square": 1.0, "landscape": 16 / 9, "portrait": 9 / 16}
_SIZES = ("size", "width", "height", "aspect_ratio", "resolution")


def adapt(action: Action, values: Mapping[str, Any], *, strict: bool = False) -> tuple[Params, list[Warned]]:
    """Fit `values` to `action` and validate them.

    Returns the parameters as they will be used and one warning a change. Raises `ParamsInvalid` where a value fits
    no way, where a word is unknown, or, with `strict`, where anything had to be changed.
    """
    used, warnings = dict(values), list[Warned]()
    schema = _schema_for(action, used)
    fields: Fields = schema.get("properties", {})
    _translate(used, action.params.former, warnings)
    for step in (_nearest,) if _open(schema) else (_sizes, _drop, _nearest):
        step(used, fields, warnings)
    _refuse_unknown(used, action.schema().get("properties", {}), schema)
    if not _only_asked(action, used):
        _draw_seed(used, fields)
    if strict and warnings:
        raise ParamsInvalid(
            "This action cannot take the parameters exactly as they are",
            hint="Change what `errors` names, or send `strict: false`.",
            errors=[
                {"path": w["field"], "message": w["why"], "asked": w["asked"], "used": w["used"]} for w in warnings
            ],
        )
    return validate(action, used), warnings


def model_of(action: Action, values: Mapping[str, Any]) -> str | None:
    """Return the model that `values` name, else the action's default one, where the parameters depend on it."""
    if action.narrow is None:
        return None
    default = action.schema().get("properties", {}).get("model", {}).get("default")
    return str(values.get("model", default))


def _schema_for(action: Action, values: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of the model that `values` name, else of the default one; its defaults enter `values`.

    A word that the model lacks is as good as unsaid where it stands at the action's own default.
    """
    if action.narrow is None:
        return action.schema()
    fields: Fields = action.schema()["properties"]
    schema = action.schema(model_of(action, values))
    left: Fields = schema["properties"]
    for word, spec in fields.items():
        default = spec.get("default")
        if word not in left and word in values and values[word] in (default, None):
            del values[word]
        elif word in left and left[word].get("default") != default:
            values.setdefault(word, left[word]["default"])
    return schema


def validate(action: Action, values: Mapping[str, Any]) -> Params:
    """Validate `values` against the very schema that is shown; raises `ParamsInvalid` with a path for each fault."""
    if action.external is not None:
        _check_external(action.external, dict(values))
        return OpenParams.model_validate(dict(values))
    try:
        made = action.params.model_validate(dict(values))
    except ValidationError as error:
        faults = [
            _fault(e["loc"], e["msg"], action.schema()) for e in error.errors(include_url=False, include_input=False)
        ]
        raise _invalid(action.name, faults) from error
    _check_model(action, made)
    return made


def faults_of(action: Action, values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return what is wrong with some of an action's parameters, whatever of the others is still missing."""
    schema = action.schema(model_of(action, values))
    fields: Fields = schema.get("properties", {})
    message = f"{action.name!r} has no such parameter"
    strange = [{"path": word, "message": message} for word in values if word not in fields and not _open(schema)]
    known = {word: value for word, value in values.items() if word in fields or _open(schema)}
    found: Iterable[SchemaError] = validator_for({**schema, "required": []}).iter_errors(known)
    return [*strange, *(_fault(tuple(e.instance_path), e.message, schema) for e in found)]


def _check_model(action: Action, params: Params) -> None:
    """Refuse what the whole action has and the model has not."""
    if action.narrow is None:
        return
    said = params.model_dump(mode="json", include=params.model_fields_set, exclude_none=True)
    schema = _schema_for(action, said)
    faults = [
        {"path": word, "message": f"model {getattr(params, 'model', None)!r} has no such parameter"}
        for word in said
        if word not in schema["properties"]
    ]
    if faults:
        raise _invalid(action.name, faults)
    _check_external(schema, said)


def _check_external(schema: Mapping[str, Any], values: dict[str, Any]) -> None:
    found: Iterable[SchemaError] = validator_for(dict(schema)).iter_errors(values)
    faults = [_fault(tuple(e.instance_path), e.message, schema) for e in found]
    if faults:
        raise _invalid(str(schema.get("title", "this action")), faults)


def _invalid(name: str, faults: list[dict[str, Any]]) -> ParamsInvalid:
    first = faults[0]
    return ParamsInvalid(f"Parameters of {name!r}: {first['path']!r}: {first['message']}", errors=faults)


def _fault(path: tuple[int | str, ...], message: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    spec: Mapping[str, Any] = schema.get("properties", {}).get(path[0], {}) if path else {}
    keys = ("enum", "minimum", "maximum", "minLength", "maxLength", "pattern", "type")
    allowed = {key: spec[key] for key in keys if key in spec}
    return {"path": ".".join(map(str, path)), "message": message} | ({"allowed": allowed} if allowed else {})


def _open(schema: Mapping[str, Any]) -> bool:
    """Tell whether an action takes any word, so that none may be translated or dropped for its name."""
    return bool(schema.get("additionalProperties", schema.get("properties") is None))


def _refuse_unknown(used: dict[str, Any], fields: Fields, schema: Mapping[str, Any]) -> None:
    if _open(schema):
        return
    if strange := [word for word in used if word not in fields]:
        faults = []
        for word in strange:
            near = difflib.get_close_matches(word, fields, 1)
            meant = f"; did you mean {near[0]!r}?" if near else f"; it has {', '.join(sorted(fields))}"
            faults.append({"path": word, "message": f"this action has no such parameter{meant}"})
        raise _invalid(str(schema.get("title", "this action")), faults)


def _drop(used: dict[str, Any], fields: Fields, warnings: list[Warned]) -> None:
    for word in [w for w in used if w in COMMON and w not in fields]:
        asked = used.pop(word)
        if asked not in (None, ""):
            warnings.append(Warned(field=word, asked=asked, used=None, why="this action has no such parameter"))


def _translate(used: dict[str, Any], former: Mapping[str, Mapping[str, str]], warnings: list[Warned]) -> None:
    """Put what stands for it today in the place of a value that was retired."""
    for word, values in former.items():
        asked = used.get(word)
        if not isinstance(asked, str) or asked not in values:
            continue
        used.pop(word)
        if now := values[asked]:
            used[word] = now
        why = f"{asked!r} is of former days; {f'{now!r} stands for it' if now else 'nothing stands for it'}"
        warnings.append(Warned(field=word, asked=asked, used=now or None, why=why))


def _only_asked(action: Action, values: Mapping[str, Any]) -> bool:
    """Tell whether the model that `values` name is told only what was asked for."""
    model = model_of(action, values)
    left = action.narrow(model) if action.narrow is not None and model is not None else None
    return left is not None and left.asked


def _draw_seed(used: dict[str, Any], fields: Fields) -> None:
    if "seed" in fields and used.get("seed", fields["seed"].get("default")) in (-1, None):
        used["seed"] = secrets.randbelow(min(_SEED_MOST, fields["seed"].get("maximum", _SEED_MOST)))


def _nearest(used: dict[str, Any], fields: Fields, warnings: list[Warned]) -> None:
    for word in _NUMBERS:
        asked, spec = used.get(word), fields.get(word)
        if spec is None or not isinstance(asked, int | float) or isinstance(asked, bool) or not math.isfinite(asked):
            continue
        near = _fit(asked, spec)
        if near != asked:
            used[word] = near
            warnings.append(Warned(field=word, asked=asked, used=near, why="the nearest that this action allows"))


def _fit(asked: float, spec: Mapping[str, Any]) -> Any:
    if allowed := [v for v in spec.get("enum", ()) if isinstance(v, int | float)]:
        return min(allowed, key=lambda v: abs(v - asked))
    if asked <= 0:
        return asked  # nonsense is refused by the schema, never bent
    if step := spec.get("multipleOf"):
        return _multiple(asked, step, spec)
    step = spec.get("x-step", 1) if spec.get("x-widget") == "slider" else None
    near = round(asked / step) * step if step else asked
    near = max(spec.get("minimum", near), min(spec.get("maximum", near), near))
    return round(near) if spec.get("type") == "integer" else near


def _multiple(asked: float, step: float, spec: Mapping[str, Any]) -> Any:
    """Return the nearest multiple of `step` that lies within the bounds."""
    times = max(math.ceil(spec.get("minimum", step) / step), round(asked / step))
    return min(math.floor(spec.get("maximum", math.inf) / step), times) * step if "maximum" in spec else times * step


def _sizes(used: dict[str, Any], fields: Fields, warnings: list[Warned]) -> None:
    asked = {word: used[word] for word in _SIZES if used.get(word) is not None}
    if not asked or all(word in fields and _fits(value, fields[word]) for word, value in asked.items()):
        return
    ratio_of = _ratio(asked)
    if ratio_of is None:
        return
    for target, convert in _TARGETS.items():
        if all(word in fields for word in target) and (made := convert(asked, ratio_of, fields)):
            _replace(used, asked, made, warnings)
            return


def _fits(value: Any, spec: Mapping[str, Any]) -> bool:
    """Tell whether a size or a ratio can stay as it is; numbers are moved by themselves."""
    if not isinstance(value, str) or value in spec.get("enum", ()):
        return True
    pixels = _pixels({"size": value})
    return "enum" not in spec and (pixels is None or all(_side(side, spec) == side for side in pixels))


def _side(pixels: int, spec: Mapping[str, Any]) -> int:
    """Return the nearest length of a side that the action's `size` allows."""
    bounds = {key: spec[key] for key in ("minimum", "maximum", "multipleOf") if key in spec}
    near: int = round(_fit(pixels, bounds))
    return near


def _replace(used: dict[str, Any], asked: dict[str, Any], made: dict[str, Any], warnings: list[Warned]) -> None:
    for word in asked:
        used.pop(word, None)
    used |= made
    told = ", ".join(f"{word} {value}" for word, value in made.items())
    for word, value in asked.items():
        if made.get(word) != value:
            warnings.append(Warned(field=word, asked=value, used=made.get(word, made), why=f"translated to {told}"))


def _pixels(asked: Mapping[str, Any]) -> tuple[int, int] | None:
    sides = [asked.get("width"), asked.get("height")]
    if None in sides:
        found = re.fullmatch(r"(\d{1,6})[x\u00d7](\d{1,6})", str(asked.get("size", "")))
        sides = [int(side) for side in found.groups()] if found else []
    whole = [int(side) for side in sides if isinstance(side, int | float) and 1 <= side < 10**6]
    return (whole[0], whole[1]) if len(whole) == 2 else None


def _ratio(asked: Mapping[str, Any]) -> float | None:
    if pixels := _pixels(asked):
        return pixels[0] / pixels[1]
    found = re.fullmatch(r"(\d{1,4}(?:\.\d{1,4})?):(\d{1,4}(?:\.\d{1,4})?)", str(asked.get("aspect_ratio", "")))
    if found is None:
        return 16 / 9 if _lines(asked.get("resolution")) and "aspect_ratio" not in asked else None
    return float(found[1]) / float(found[2]) if float(found[1]) and float(found[2]) else None


def _lines(resolution: Any) -> int | None:
    """Return the shorter side that a resolution such as 720p means."""
    found = re.fullmatch(r"([1-9]\d{2,3})p", str(resolution))
    return int(found[1]) if found else None


def _extent(asked: Mapping[str, Any], ratio: float) -> tuple[int, int] | None:
    short = _lines(asked.get("resolution"))
    if short is None or _pixels(asked):
        return _pixels(asked)
    return (round(short * ratio), short) if ratio >= 1 else (short, round(short / ratio))


def _default_area(fields: Fields) -> float:
    width, height = fields.get("width", {}).get("default", 1024), fields.get("height", {}).get("default", 1024)
    return float(width) * float(height)


def _to_sides(asked: Mapping[str, Any], ratio: float, fields: Fields) -> dict[str, Any]:
    width, height = _extent(asked, ratio) or (
        round(math.sqrt(_default_area(fields) * ratio)),
        round(math.sqrt(_default_area(fields) / ratio)),
    )
    return {"width": _fit(width, fields["width"]), "height": _fit(height, fields["height"])}


def _to_size(asked: Mapping[str, Any], ratio: float, fields: Fields) -> dict[str, Any]:
    width, height = _extent(asked, ratio) or (
        round(math.sqrt(2**20 * ratio) / 16) * 16,
        round(math.sqrt(2**20 / ratio) / 16) * 16,
    )
    spec = fields["size"]
    offered = [s for s in spec.get("enum", ()) if re.fullmatch(r"[1-9]\d*x[1-9]\d*", str(s))]
    if "enum" not in spec:
        return {"size": f"{_side(width, spec)}x{_side(height, spec)}"}
    if not offered:
        return {}

    def distance(size: str) -> float:
        w, h = map(int, size.split("x"))
        return abs(math.log(w / h / ratio)) * 4 + abs(math.log(w * h / (width * height)))

    return {"size": min(offered, key=distance)}


def _to_ratio(asked: Mapping[str, Any], ratio: float, fields: Fields) -> dict[str, Any]:
    spec = fields["aspect_ratio"]
    offered = spec.get("enum") or spec.get("examples") or ["1:1", "16:9", "9:16", "4:3", "3:4"]
    shapes = {name: shape for name in offered if (shape := _shape(name))}
    if not shapes:
        return {}
    made = {"aspect_ratio": min(shapes, key=lambda name: abs(math.log(shapes[name] / ratio)))}
    resolutions = [r for r in fields.get("resolution", {}).get("enum", ()) if _lines(r)]
    if (extent := _extent(asked, ratio)) and resolutions:
        made["resolution"] = min(resolutions, key=lambda r: abs((_lines(r) or 0) - min(extent)))
    return made


def _shape(name: Any) -> float | None:
    """Return width by height of a ratio, or of a word for one; None where nobody can know."""
    return _SHAPES.get(str(name)) or _ratio({"aspect_ratio": name})


_TARGETS: dict[tuple[str, ...], Callable[[Mapping[str, Any], float, Fields], dict[str, Any]]] = {
    ("width", "height"): _to_sides,
    ("size",): _to_size,
    ("aspect_ratio",): _to_ratio,
}
