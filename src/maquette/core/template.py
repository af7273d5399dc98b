"""Templates: `{{ path }}` in any string of a document, and conditions as data. Nothing is ever run.

A path is a name, then `.name`, `['key']`, `[0]` or `[name]`, the value of another variable. A string that is one path
becomes the value itself, whatever its type; in a longer one the values are written into the text. What a value
contains is never looked at again, so data cannot bring templates of its own.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import TemplateInvalid

OPERATORS = ("equals", "in", "exists", "not")
"""What a condition may ask of the value at its `path`."""
_SLOT = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_STEP = re.compile(
    r"\.(?P<name>\w+)|\[\s*(?:'(?P<single>[^'\]]*)'|\"(?P<double>[^\"\]]*)\"|(?P<index>\d+)|(?P<other>[A-Za-z_]\w*))\s*\]"
)
_ROOT = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class Variable:
    """A part of a path that is the value of another variable."""

    name: str


Key = str | int | Variable


@dataclass(frozen=True, slots=True)
class Path:
    """One parsed path."""

    text: str
    root: str
    keys: tuple[Key, ...]

    @property
    def names(self) -> frozenset[str]:
        """The variables that it reads."""
        return frozenset({self.root} | {key.name for key in self.keys if isinstance(key, Variable)})


def path_of(text: str, where: str = "") -> Path:
    """Parse a path; raises `TemplateInvalid`."""
    stripped = text.strip()
    root = _ROOT.match(stripped)
    if root is None:
        raise _invalid(f"{text.strip()!r} is no path: it must begin with a name", where)
    keys, end = list[Key](), root.end()
    while end < len(stripped):
        step = _STEP.match(stripped, end)
        if step is None:
            raise _invalid(f"{stripped!r} is no path: {stripped[end:]!r} is not understood", where)
        keys.append(_key(step))
        end = step.end()
    return Path(stripped, root[0], tuple(keys))


def _key(step: re.Match[str]) -> Key:
    if step["index"] is not None:
        return int(step["index"])
    if step["other"] is not None:
        return Variable(step["other"])
    return next(found for found in (step["name"], step["single"], step["double"]) if found is not None)


def render(value: Any, scope: Mapping[str, Any], where: str = "") -> Any:
    """Return a copy of a document with every path replaced by what it stands for; raises `TemplateInvalid`."""
    return _mapped(value, where, lambda text, place: _filled(text, scope, place))


def partly(text: str, scope: Mapping[str, Any], where: str = "") -> str:
    """Fill in those paths of a text whose variables are all known; the others stay as they are."""

    def fill(slot: re.Match[str]) -> str:
        path = path_of(slot[1], where)
        return _written(look_up(path, scope, where)) if path.names <= scope.keys() else slot[0]

    return _SLOT.sub(fill, text)


def is_plain(value: Any) -> bool:
    """Tell whether a document has no templates, not even bad ones."""
    return "{{" not in json.dumps(value)


def paths(value: Any, where: str = "") -> Iterator[tuple[Path, str]]:
    """Yield every path in a document with the place of its string; raises `TemplateInvalid`."""
    found = list[tuple[Path, str]]()

    def collect(text: str, place: str) -> str:
        found.extend((path_of(slot[1], place), place) for slot in _slots(text, place))
        return text

    _mapped(value, where, collect)
    yield from found


def look_up(path: Path, scope: Mapping[str, Any], where: str = "") -> Any:
    """Return the value at a path; raises `TemplateInvalid` that names what is missing, with near names."""
    if path.root not in scope:
        raise _unknown(path, path.root, scope, where)
    value = scope[path.root]
    for key in path.keys:
        actual = look_up(Path(key.name, key.name, ()), scope, where) if isinstance(key, Variable) else key
        value = _member(value, actual, path, where)
    return value


def holds(condition: Mapping[str, Any], scope: Mapping[str, Any], where: str = "") -> bool:
    """Tell whether a condition holds; a value that is missing equals nothing. Raises `TemplateInvalid`."""
    path, operator = condition_of(condition, where)
    try:
        value, there = look_up(path, scope, where), True
    except TemplateInvalid:
        value, there = None, False
    wanted = condition[operator]
    if operator == "exists":
        return there is bool(wanted)
    if operator == "in":
        return there and value in wanted
    return (there and value == wanted) is (operator == "equals")


def condition_of(condition: Any, where: str = "") -> tuple[Path, str]:
    """Return path and operator of a condition; raises `TemplateInvalid` for one that is none."""
    if not isinstance(condition, Mapping) or not isinstance(condition.get("path"), str):
        raise _invalid("a condition is an object with a `path`", where)
    named = [word for word in condition if word != "path"]
    if len(named) != 1 or named[0] not in OPERATORS:
        raise _invalid(f"a condition has one of {', '.join(OPERATORS)} beside its `path`", where)
    if named[0] == "in" and not isinstance(condition["in"], list):
        raise _invalid("`in` takes a list", where)
    return path_of(condition["path"], where), named[0]


def needed(value: Any, scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a scope that the paths of a document may read, however their variables turn out."""
    made = dict[str, Any]()
    for path, where in paths(value):
        for name in path.names & scope.keys():
            keys = _fixed(path.keys) if name == path.root else ()
            made[name] = _joined(made.get(name), _cut(scope[name], keys, path, where))
    return made


def _fixed(keys: Sequence[Key]) -> tuple[str, ...]:
    fixed = list[str]()
    for key in keys:
        if not isinstance(key, str):
            break
        fixed.append(key)
    return tuple(fixed)


def _cut(value: Any, keys: Sequence[str], path: Path, where: str) -> Any:
    if not keys:
        return value
    return {keys[0]: _cut(_member(value, keys[0], path, where), keys[1:], path, where)}


def _joined(one: Any, other: Any) -> Any:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return {**one, **{key: _joined(one.get(key), value) for key, value in other.items()}}
    return other


def _mapped(value: Any, where: str, change: Callable[[str, str], Any]) -> Any:
    if isinstance(value, str):
        return change(value, where)
    if isinstance(value, Mapping):
        return {key: _mapped(inner, f"{where}/{key}", change) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_mapped(inner, f"{where}/{number}", change) for number, inner in enumerate(value)]
    return value


def _slots(text: str, where: str) -> list[re.Match[str]]:
    found = list(_SLOT.finditer(text))
    if "{{" in _SLOT.sub("", text):
        raise _invalid("a `{{` is never closed", where)
    return found


def _filled(text: str, scope: Mapping[str, Any], where: str) -> Any:
    found = _slots(text, where)
    if len(found) == 1 and found[0][0] == text.strip():
        return look_up(path_of(found[0][1], where), scope, where)
    return _SLOT.sub(lambda slot: _written(look_up(path_of(slot[1], where), scope, where)), text)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _member(value: Any, key: Any, path: Path, where: str) -> Any:
    if isinstance(value, Mapping):
        if key in value:
            return value[key]
        raise _unknown(path, str(key), value, where)
    if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
        if key < len(value):
            return value[key]
        raise _invalid(f"{path.text!r}: there are only {len(value)} items, no number {key}", where)
    raise _invalid(f"{path.text!r}: {key!r} is asked of what is no object", where)


def _unknown(path: Path, name: str, known: Mapping[str, Any], where: str) -> TemplateInvalid:
    near = difflib.get_close_matches(name, [str(key) for key in known], 3)
    meant = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return _invalid(f"{path.text!r}: there is no {name!r}{meant}", where, name=name, near=near)


def _invalid(message: str, where: str, **details: Any) -> TemplateInvalid:
    place = f"{where}: " if where else ""
    return TemplateInvalid(place + message, errors=[{"path": where, "message": message}], **details)
