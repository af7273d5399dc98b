"""What a job asks of a person: the question, what may be tried while it is open, and the row that keeps both."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .params import Media

InteractionState = Literal["open", "answered", "expired", "cancelled"]
OnDeadline = Literal["fail", "default", "remind"]
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class SubAction:
    """One action that may be run, again and again, while the question is open."""

    title: str
    target: str
    """Where in the data it hangs: a JSON pointer with variables, such as "/{provider}/{prompt_id}"."""
    action_type: str
    """The action's name, a template over the target's variables."""
    key: str = ""
    """The variable that chooses schema and defaults."""
    param_schema: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    param_defaults: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    compose: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """How the content becomes a prompt: `field`, `order` of its segments, `separator`."""
    pending_title: str = "Generating\u2026"


@dataclass(frozen=True, slots=True)
class Select:
    """Which assets may be chosen as an answer, and how many."""

    source: Literal["results", "data"] = "results"
    """What the sub-actions made, or the assets that the data names."""
    field: str = "selected_content_id"
    min: int = 1
    max: int = 1
    media: Sequence[Media] | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """All that is shown and asked."""

    title: str
    description: str = ""
    data: Any = None
    display_schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    sub_actions: Mapping[str, SubAction] = field(default_factory=dict[str, SubAction])
    select: Select | None = None
    response_schema: Mapping[str, Any] = field(default_factory=dict[str, Any])
    submit_title: str = "Continue"
    deadline_s: int | None = None
    on_deadline: OnDeadline = "fail"
    default: Mapping[str, Any] | None = None
    """The answer that is taken at the deadline."""
    extra: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What else the envelope carries: `operation`."""

    def row(self) -> dict[str, Any]:
        """Return the JSON that is kept."""
        return asdict(self)

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Question:
        """Return the question that was kept as `row`."""
        subs = {name: SubAction(**sub) for name, sub in row["sub_actions"].items()}
        select = Select(**row["select"]) if row["select"] else None
        return cls(**{**row, "sub_actions": subs, "select": select})


@dataclass(frozen=True, slots=True)
class Interaction:
    """One question of one job, and its answer."""

    id: str
    workspace: str
    job: str
    run: str
    """The job at the root of the tree."""
    key: str
    """The question's name within its job."""
    title: str
    question: Mapping[str, Any]
    state: InteractionState
    created_at: int
    response: Mapping[str, Any] | None = None
    answered_by: str | None = None
    deadline_at: int | None = None
    reminded_at: int | None = None
    answered_at: int | None = None

    @property
    def asked(self) -> Question:
        """The question as it was asked."""
        return Question.read(self.question)


def variables(target: str) -> list[str]:
    """Return the names of the variables of a target pattern, in order."""
    return _VARIABLE.findall(target)


def match(target: str, path: str) -> dict[str, str] | None:
    """Return the variables by which a path is an instance of a target pattern, or None if it is none."""
    wanted, given = pointer(target), pointer(path)
    if wanted is None or given is None or len(wanted) != len(given):
        return None
    found = dict[str, str]()
    for part, value in zip(wanted, given, strict=True):
        if name := _VARIABLE.fullmatch(part):
            found[name[1]] = value
        elif part != value:
            return None
    return found


def pointer(path: str) -> list[str] | None:
    """Return the keys of a JSON pointer, or None where it is none."""
    if path and not path.startswith("/"):
        return None
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def as_pointer(keys: Sequence[str]) -> str:
    """Return the JSON pointer of some keys."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in keys)


def content_at(data: Any, path: str) -> Any:
    """Return what stands at a JSON pointer; raises `KeyError`."""
    for key in pointer(path) or []:
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, Sequence) and not isinstance(data, str) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            raise KeyError(path)
    return data


def places(target: str, data: Any) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    """Yield each (path, variables, content) of the data on which a target pattern hangs, in order."""
    yield from _walked(pointer(target) or [], data, [], {})


def _walked(
    parts: Sequence[str], data: Any, keys: Sequence[str], found: Mapping[str, str]
) -> Iterator[tuple[str, Mapping[str, str], Any]]:
    if not parts:
        yield as_pointer(keys), found, data
        return
    name = _VARIABLE.fullmatch(parts[0])
    for key, value in _members(data):
        if name:
            yield from _walked(parts[1:], value, [*keys, key], {**found, name[1]: key})
        elif key == parts[0]:
            yield from _walked(parts[1:], value, [*keys, key], found)


def _members(data: Any) -> list[tuple[str, Any]]:
    if isinstance(data, Mapping):
        return [(str(key), value) for key, value in data.items()]
    return [(str(number), value) for number, value in enumerate(data)] if isinstance(data, list) else []


def composed(content: Any, compose: Mapping[str, Any]) -> str:
    """Return the text that a provider gets for some content: the segments in order, then whatever else is there."""
    if not isinstance(content, Mapping):
        return _text(content)
    order = [key for key in compose.get("order", ()) if key in content]
    segments = [content[key] for key in [*order, *(key for key in content if key not in order)]]
    separator = str(compose.get("separator", ", "))
    return separator.join(text.rstrip(" .,;") for segment in segments if (text := _text(segment).strip()))


def _text(content: Any) -> str:
    if isinstance(content, Mapping):
        return ", ".join(_text(value) for value in content.values())
    if isinstance(content, list | tuple):
        return ", ".join(_text(value) for value in content)
    return "" if content is None else str(content)
