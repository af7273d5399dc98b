"""Fill templates in: by values, by a conversation's context and a style; alone, or as the parameters of a job."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maquette.core import pattern as documents
from maquette.core import wildcard
from maquette.core.errors import NotFound, TemplateInvalid
from maquette.core.pattern import STYLE, Style, Template
from maquette.core.prompt import fill, joined
from maquette.core.wildcard import WILDCARD
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import template as templates
from maquette.services.caller import Caller
from maquette.store import definition as definitions

_SEEDS = 2**32


@dataclass(frozen=True, slots=True)
class Filling:
    """What a request asks of a template."""

    name: str
    """The id or the name of the template."""
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    conversation: str | None = None
    """The conversation whose context fills what `values` leaves open."""
    context: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Context that the caller brings itself."""
    style: str | None = None
    """A style in place of the template's; an empty one is none."""
    own: Mapping[str, str] = field(default_factory=dict[str, str])
    """Texts for this request alone, in place of the template's: `base_prompt`, `negative_prompt`."""
    seed: int | None = None
    """By which a varied prompt is drawn; without one, by chance."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A template that was filled in."""

    prompt: str
    negative_prompt: str
    params: Mapping[str, Any]
    """The default parameters of the template."""
    used_values: Mapping[str, Any]
    """The value of each variable, wherever it came from."""
    template: str
    """The id of the template."""
    name: str
    version: int
    style: str
    seed: int | None = None
    """By which a varied prompt was drawn; None where nothing varies."""

    def source(self) -> dict[str, Any]:
        """Return what a job keeps of it."""
        told = {"name": self.name, "version": self.version, "values": dict(self.used_values)}
        told |= {"style": self.style} if self.style else {}
        told |= {"seed": self.seed} if self.seed is not None else {}
        return {"template": told, "prompt": self.prompt}


async def styles(studio: Studio) -> Sequence[Style]:
    """Return every style, by category and title."""
    found = await asyncio.to_thread(studio.registry.shipped, STYLE)
    made = [documents.parsed(Style, each.body, "The style") for each in found]
    return sorted(made, key=lambda style: (style.category, style.title))


async def filled(studio: Studio, caller: Caller, filling: Filling) -> Rendered:
    """Fill a template in.

    Raises:
        NotFound: There is no such template, style or conversation.
        TemplateInvalid: A variable has no value (each is named), or a text is no template.
    """
    view = await templates.get(studio, caller, filling.name)
    template = documents.read(documents.written(view.template) | dict(filling.own)) if filling.own else view.template
    context = dict(filling.context)
    if filling.conversation is not None:
        context = dict(await context_of(studio, caller, filling.conversation)) | context
    values = documents.chosen(template, filling.values, context)
    style = await _style(studio, template.style if filling.style is None else filling.style)
    prompt, avoided = _texts(template, values)
    seed: int | None = None
    if template.dynamic:
        seed = filling.seed if filling.seed is not None else random.randrange(_SEEDS)  # noqa: S311
        tree = wildcard.read(prompt, wildcard.from_lists(await lists(studio, caller)))
        (prompt,) = wildcard.drawn(tree, seed)
    return Rendered(
        prompt=joined([prompt, style.prompt]) if style else prompt,
        negative_prompt=joined([avoided, style.negative_prompt]) if style else avoided,
        params=template.default_params,
        used_values=values,
        template=view.definition.id,
        name=template.name,
        version=view.definition.version,
        style=style.name if style else "",
        seed=seed,
    )


def _texts(template: Template, values: Mapping[str, Any]) -> tuple[str, str]:
    prompt = fill(template.base_prompt, values, template.format, "base_prompt").strip()
    if not prompt:
        message = "filled in, the prompt is empty"
        raise TemplateInvalid(message, errors=[{"path": "base_prompt", "message": message}])
    return prompt, fill(template.negative_prompt, values, template.format, "negative_prompt").strip()


async def rendered(
    studio: Studio, caller: Caller, name: str, values: Mapping[str, Any], conversation: str | None = None
) -> Rendered:
    """Fill the template of a name in; raises what `filled` raises."""
    return await filled(studio, caller, Filling(name, values, conversation))


async def applied(studio: Studio, caller: Caller, wanted: Wanted, filling: Filling) -> Wanted:
    """Return what is wanted with the filled template under its own parameters; its source says which it was."""
    seed = wanted.params.get("seed")
    if filling.seed is None and isinstance(seed, int) and seed >= 0:
        filling = replace(filling, seed=seed)
    made = await filled(studio, caller, filling)
    params = dict(made.params) | {"prompt": made.prompt}
    params |= {"negative_prompt": made.negative_prompt} if made.negative_prompt else {}
    params |= {word: value for word, value in wanted.params.items() if value is not None}
    return replace(wanted, params=params, source={**(wanted.source or {}), **made.source()})


async def lists(studio: Studio, caller: Caller) -> Mapping[str, Sequence[str]]:
    """Return the lines of every list, those of the workspace before shipped ones of the same name."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, WILDCARD))
    shipped = await asyncio.to_thread(studio.registry.shipped, WILDCARD)
    found = {each.name: each.body["lines"] for each in shipped}
    return found | {each.definition.name: each.definition.body["lines"] for each in written}


async def context_of(studio: Studio, caller: Caller, conversation: str) -> Mapping[str, Any]:
    """Return what a conversation says, as the context of templates; raises `NotFound`."""
    raise NotFound(f"No conversation {conversation!r}")


async def _style(studio: Studio, name: str) -> Style | None:
    if not name:
        return None
    for style in await styles(studio):
        if style.name == name:
            return style
    raise NotFound(f"No style {name!r}", hint="GET /api/v1/styles lists them.")
