"""`text.prompts`: prompts by provider, from an idea; by a text model, or by templates alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from maquette.core.action import Result
from maquette.core.errors import GenerationFailed
from maquette.core.module import Stage, module
from maquette.core.params import Params, hint
from maquette.core.template import render
from maquette.core.workflow import unfit

_TASK = """Write prompts for image and video models from the idea below. Answer with JSON alone, of exactly the keys of
the draft; improve the wording of every value and keep its length. Where a value is an object, keep its segments.

Idea: {idea}

Draft:
{draft}"""


class Prompts(Params):
    """The idea, and the prompts as templates over it."""

    idea: Annotated[str, Field(min_length=1, max_length=20_000, json_schema_extra=hint(widget="textarea"))]
    """What all prompts are about; templates read it as `idea`."""
    prompts: Annotated[dict[str, dict[str, Any]], Field(json_schema_extra=hint(late=True))]
    """By provider, then by an id of your own: a text or an object of segments, with templates in them."""
    values: dict[str, Any] = Field(default_factory=dict)
    """Further values for the templates."""
    action: Annotated[str, Field(max_length=200)] | None = None
    """An action that writes text, to word the prompts anew; without one the templates are taken as they are."""
    params: dict[str, Any] = Field(default_factory=dict)
    """Further parameters of that action."""
    scope: dict[str, Any] = Field(default_factory=dict)
    """What the templates read besides; a workflow fills it in."""


@module("text.prompts", title="Prompts by provider")
async def prompts(params: Prompts, call: Stage) -> Result:
    """Write prompts grouped by provider from an idea: `prompts[provider][prompt_id]`, each a text or an object."""
    draft = {
        provider: {
            prompt: render(
                content,
                {**params.scope, **params.values, "idea": params.idea, "provider": provider, "prompt_id": prompt},
                f"/prompts/{provider}/{prompt}",
            )
            for prompt, content in several.items()
        }
        for provider, several in params.prompts.items()
    }
    if params.action is None:
        return Result(value={"prompts": draft})
    return Result(value={"prompts": await _worded(params, params.action, draft, call)})


async def _worded(params: Prompts, name: str, draft: Mapping[str, Any], call: Stage) -> dict[str, Any]:
    action = await call.action(name)
    schema = _shape(draft)
    shown = json.dumps(draft, ensure_ascii=False, indent=1)
    wanted = {"prompt": _TASK.format(idea=params.idea, draft=shown)} | params.params
    if "json_schema" in action.schema().get("properties", {}):
        wanted["json_schema"] = schema
    made = await call.child("words", name, wanted)
    text = made.value.get("text") or (await call.text(made.assets[0].id) if made.assets else "")
    return _read(text, schema, made.job)


def _read(text: str, schema: Mapping[str, Any], job: str) -> dict[str, Any]:
    """Return the prompts that a model wrote; raises `GenerationFailed` where they do not have the asked shape."""
    plain = text.strip().removeprefix("```json").removeprefix("```").removesuffix("```")
    try:
        found = json.loads(plain)
    except ValueError as error:
        raise GenerationFailed(f"The model's answer is no JSON: {error}", child=job) from error
    if faults := list(unfit(schema, found, "")):
        raise GenerationFailed(f"The model's answer: {faults[0]['path']}: {faults[0]['message']}", child=job)
    made: dict[str, Any] = found
    return made


def _shape(value: Any) -> dict[str, Any]:
    """Return the schema of exactly the keys of a value."""
    if isinstance(value, Mapping):
        members = {name: _shape(inner) for name, inner in value.items()}
        return {"type": "object", "properties": members, "required": list(members), "additionalProperties": False}
    return {"type": "string"}


MODULE = prompts
