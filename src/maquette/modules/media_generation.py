"""`media.generation`: a person tries prompts with whatever provider they are for, again and again, and picks one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Result
from maquette.core.classic import medium_of
from maquette.core.errors import ParamsInvalid, TemplateInvalid
from maquette.core.interaction import Question, Select, SubAction, places, variables
from maquette.core.module import Stage, module
from maquette.core.params import Params, hint
from maquette.core.template import partly, render

_SCHEMA_WORDS = frozenset({"type", "properties", "$ref", "oneOf", "anyOf", "allOf", "additionalProperties"})
_ORDER = ["subject", "environment", "objects", "motion", "atmosphere", "particles"]


class Try(Params):
    """One action that may be tried on each prompt."""

    title: str = "Generate"
    """What its button says."""
    pending_title: str = "Generating\u2026"
    """What the button says meanwhile."""
    target: str = "/{provider}/{prompt_id}"
    """Where in the data it hangs."""
    key: str = ""
    """The variable that chooses schema and defaults; the first of the target if none is named."""
    action_type: str = ""
    """The action's name over the target's variables."""
    action_type_template: str = ""
    """The same by its other name."""
    param_schema: Any = None
    """One schema for all, one for each key, or a template of it."""
    param_defaults: Any = None
    """Likewise."""
    compose: dict[str, Any] = Field(default_factory=lambda: {"field": "prompt", "order": _ORDER, "separator": ", "})
    """How the content becomes a prompt."""


class Generation(Params):
    """What to show, what may be tried, and what is asked."""

    title: Annotated[str, Field(max_length=500)] = "Generate"
    """The heading."""
    description: str = ""
    """What stands below it."""
    operation: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$")] = "txt2img"
    """What is done to each prompt."""
    data: dict[str, Any]
    """The prompts: by provider, then by an id of their own; a text or an object of segments."""
    display_schema: dict[str, Any] | None = None
    """How to show the content of one prompt, or the whole."""
    display_of: Literal["content", "data"] = "content"
    """What the display schema is of: each prompt's content, or the whole data."""
    sub_actions: Annotated[dict[str, Any], Field(json_schema_extra=hint(late=True))] = Field(default_factory=dict)
    """The actions that may be tried, by name; without any, the operation on each prompt's provider."""
    scope: dict[str, Any] = Field(default_factory=dict)
    """What the templates of the sub-actions read; a workflow fills it in."""
    min: Annotated[int, Field(ge=1, le=100)] = 1
    """How many results must be chosen at least."""
    max: Annotated[int, Field(ge=1, le=100)] = 1
    """How many may be chosen."""
    submit_title: str = "Continue"
    """What the button says that ends the question."""
    deadline_s: Annotated[int, Field(ge=1)] | None = None
    """How long to wait for an answer."""
    on_deadline: Literal["fail", "remind"] = "fail"
    """What follows without one."""


@module("media.generation", title="Generate and choose")
async def generation(params: Generation, call: Stage) -> Result:
    """Show prompts, let a person generate from each as often as they like, and go on with the one that they choose."""
    written = params.sub_actions or {"generate": {"action_type": "media.{{ provider }}." + params.operation}}
    subs = {name: _sub(name, found, params) for name, found in written.items()}
    medium = medium_of(params.operation)
    question = Question(
        title=params.title,
        description=params.description,
        data=params.data,
        display_schema=_display(params, next(iter(subs.values())).target),
        sub_actions=subs,
        select=Select(min=params.min, max=max(params.min, params.max), media=[medium]),
        submit_title=params.submit_title,
        deadline_s=params.deadline_s,
        on_deadline=params.on_deadline,
        extra={"operation": params.operation},
    )
    answer = dict(await call.ask("choose", question))
    chosen = answer[question.select.field] if question.select else None
    assets = [chosen] if isinstance(chosen, str) else list(chosen or ())
    return Result(value={f"selected_{medium}": chosen, "assets": assets, **answer})


def _sub(name: str, found: Any, params: Generation) -> SubAction:
    """Read one sub-action; raises `ParamsInvalid`."""
    known = set(Try.model_fields)
    strange = [word for word in found if word not in known] if isinstance(found, Mapping) else [name]
    if strange:
        message = f"a sub-action has {', '.join(sorted(known))}"
        raise ParamsInvalid(
            f"Sub-action {name!r}: {message}", errors=[{"path": f"sub_actions.{name}.{strange[0]}", "message": message}]
        )
    given = Try.model_validate(dict(found))
    key = given.key or next(iter(variables(given.target)), "")
    keys = list(dict.fromkeys(found[key] for _, found, _ in places(given.target, params.data) if key in found))
    return SubAction(
        title=given.title,
        target=given.target,
        action_type=partly(given.action_type or given.action_type_template, params.scope),
        key=key,
        param_schema=_by_key(given.param_schema, key, keys, params.scope, shared=_is_schema),
        param_defaults=_by_key(given.param_defaults, key, keys, params.scope, shared=lambda it: not _is_map(it, keys)),
        compose=given.compose,
        pending_title=given.pending_title,
    )


def _is_schema(value: Mapping[str, Any]) -> bool:
    return bool(_SCHEMA_WORDS & value.keys())


def _is_map(value: Mapping[str, Any], keys: Sequence[str]) -> bool:
    return bool(value) and value.keys() <= set(keys) and all(isinstance(inner, Mapping) for inner in value.values())


def _by_key(value: Any, key: str, keys: Sequence[str], scope: Mapping[str, Any], *, shared: Any) -> dict[str, Any]:
    """Return what a template, one value for all or a map of values comes to for each key; a key may be missing."""
    made = dict[str, Any]()
    for each in keys:
        own = value
        if isinstance(value, Mapping) and not shared(value):
            own = value.get(each)
        try:
            found = render(own, {**scope, key: each})
        except TemplateInvalid as error:
            if error.details.get("name") != each:
                raise
            continue  # nothing is said of this one: it has no settings
        if isinstance(found, Mapping):
            made[each] = dict(found)
    return made


def _display(params: Generation, target: str) -> dict[str, Any]:
    """Return the schema of the whole data, around that of one content where only that is given."""
    content: dict[str, Any] = params.display_schema or {
        "oneOf": [{"type": "string", "x-display": "prose"}, {"type": "object", "x-display": "fields"}]
    }
    if params.display_schema is not None and params.display_of == "data":
        return content
    depth = target.count("/")
    for level in range(depth, 0, -1):
        shown = "sections" if level == 1 and depth > 1 else "cards"
        content = {"type": "object", "x-display": shown, "additionalProperties": content}
    return content


MODULE = generation
