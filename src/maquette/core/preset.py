"""Presets: which candidates may make a medium, and by which strategy they are ordered and combined."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, ValidationError

from .action import Action
from .documented import Documented
from .errors import ParamsInvalid
from .params import Media, Product

KIND = "preset"
"""The kind of definition that a preset is."""
Strategy = Literal["fallback", "weighted", "ensemble", "sequential", "adaptive"]
Pick = Literal["person", "first", "all"]

COMPOSITE: frozenset[str] = frozenset({"ensemble", "sequential"})
"""Strategies whose candidates become jobs of their own; of the others they are attempts of one job."""
_NOT_NAME = re.compile(r"[^a-z0-9]+")


class Section(Documented):
    """Base of a preset's parts: closed, so that a misspelt word is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Entry(Section):
    """One candidate as it is written."""

    action: Annotated[str, Field(min_length=3, max_length=200)]
    """The action that it runs."""
    account: Annotated[str, Field(min_length=1, max_length=128)] | None = None
    """The id or the name of its account; without one, every account of the provider."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Parameters that are fixed for this candidate, whatever a request asks for."""
    weight: Annotated[float, Field(ge=0, le=1_000_000, allow_inf_nan=False)] = 1
    """How often it is drawn in comparison with the others, where the strategy is `weighted`."""


class Preset(Section):
    """Candidates for one medium, with a strategy."""

    name: Annotated[str, Field(max_length=64, pattern=r"^([a-z0-9]+(-[a-z0-9]+)*)?$")] = ""
    """What requests call it; made from the title where it is empty."""
    title: Annotated[str, Field(min_length=1, max_length=200, pattern=r"[A-Za-z0-9]")]
    """What people call it."""
    description: Annotated[str, Field(max_length=2000)] = ""
    """What it is for."""
    media: Media
    """What it makes."""
    strategy: Strategy = "fallback"
    """In which order the candidates are tried, and how their results are combined."""
    candidates: Annotated[list[Entry], Field(min_length=1, max_length=50)]
    """What may serve, in order."""
    defaults: dict[str, Any] = Field(default_factory=dict)
    """Parameters where a request names none."""
    priority: Annotated[int, Field(ge=-1000, le=1000)] = 0
    """Of several presets of a medium the one with the highest serves a request that names no preset."""
    enabled: bool = True
    """Whether it may be used."""
    pick: Pick = "all"
    """Of an ensemble: keep all results, take the first that comes, or let a person choose."""
    max_attempts: Annotated[int, Field(ge=1, le=20)] | None = None
    """How often each candidate is tried with a request that was proven unsent or refused."""
    aggressive: bool = False
    """Go on to the next candidate even after one has taken the work and failed, which may be paid twice."""
    on_moderation: Literal["stop", "next"] = "stop"
    """Whether the next candidate is tried when one refuses the content."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one earlier attempt of a candidate ended."""

    action: str
    account: str
    model: str | None
    good: bool
    cost: int | None
    """Micro-USD."""
    latency_ms: int | None
    at: int


def read(document: Mapping[str, Any]) -> Preset:
    """Return the preset that a document describes, with a name; raises `ParamsInvalid` with the path of each fault."""
    try:
        made = Preset.model_validate(dict(document))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise refused([{"path": ".".join(map(str, e["loc"])), "message": e["msg"]} for e in found]) from error
    name = made.name or _NOT_NAME.sub("-", made.title.lower()).strip("-")[:64].strip("-")
    return made.model_copy(update={"name": name})


def written(preset: Preset) -> dict[str, Any]:
    """Return the document of a preset as it is kept."""
    return preset.model_dump(mode="json", exclude_none=True)


def refused(faults: Sequence[Mapping[str, Any]]) -> ParamsInvalid:
    """Return the error of a preset with these faults."""
    first = faults[0]
    return ParamsInvalid(f"Preset: {first['path']!r}: {first['message']}", errors=[dict(fault) for fault in faults])


def fed(action: Action, made: Product) -> str | None:
    """Return the field by which an action takes what another one made; None if there is none."""
    schema = action.schema()
    needed = schema.get("required", ())
    fields = [name for name, media in action.accepts().items() if made in media]
    for name in sorted(fields, key=lambda name: name not in needed):
        return name
    return "prompt" if made == "text" and "prompt" in schema.get("properties", {}) else None


def warnings(preset: Preset) -> list[dict[str, str]]:
    """Return what its author should know before it is used."""
    if not preset.aggressive:
        return []
    message = "a request may be paid twice: the next candidate is tried even after one has taken the work"
    return [{"path": "aggressive", "message": message}]
