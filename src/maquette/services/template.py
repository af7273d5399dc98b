"""Templates: write, look at, and fill in by values, a conversation and a style.

What a request brings for itself goes before the workspace's template, and that before the one that came with the
installation. Deleting the workspace's brings the shipped one back.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from maquette.core import pattern as documents
from maquette.core import wildcard
from maquette.core.action import Definition
from maquette.core.errors import Conflict, NotFound, TemplateInvalid
from maquette.core.ids import new_id
from maquette.core.pattern import KIND, OWN_WORDS, STYLE, Style, Template
from maquette.core.prompt import fill, is_blank, joined
from maquette.core.wildcard import WILDCARD
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import transcript
from maquette.services.audit import note_definition
from maquette.services.caller import Caller, require
from maquette.store import account as accounts
from maquette.store import definition as definitions
from maquette.store.database import Tx
from maquette.store.definition import Written


@dataclass(frozen=True, slots=True)
class TemplateView:
    """A template as it is now."""

    definition: Definition
    template: Template
    created_at: int | None
    origin: str
    """`user`, or `shipped` for one that came with the installation."""
    resets: bool = False
    """Whether it stands in the place of a shipped one, which comes back when it is deleted."""


async def listed(studio: Studio, caller: Caller) -> Sequence[TemplateView]:
    """Return every template by category and name, each as it is in force."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, KIND))
    shipped = await _shipped(studio)
    own = {each.definition.name: _own(each, shipped) for each in written}
    found = [*own.values(), *(view for name, view in shipped.items() if name not in own)]
    return sorted(found, key=lambda view: (view.template.category, view.template.subcategory, view.definition.name))


async def get(studio: Studio, caller: Caller, template: str) -> TemplateView:
    """Return a template by id or name: of the workspace, else the shipped one; raises `NotFound`."""
    found = await listed(studio, caller)
    for view in [
        *(v for v in found if v.definition.id == template),
        *(v for v in found if v.template.name == template),
    ]:
        return view
    shipped = {view.definition.id: name for name, view in (await _shipped(studio)).items()}
    if template in shipped:  # the id of one whose place the workspace's has taken
        return next(view for view in found if view.template.name == shipped[template])
    raise NotFound(f"No template {template!r}", hint="GET /api/v1/templates lists them.")


async def create(studio: Studio, caller: Caller, document: Mapping[str, Any]) -> TemplateView:
    """Check and keep a new template; raises `ParamsInvalid` with every fault, or `Conflict` for a taken name."""
    require(caller, "member")
    body = documents.read(document)

    def unit(tx: Tx) -> Definition:
        if definitions.named(tx, KIND, body.name) is not None:
            raise Conflict(
                f"There is a template {body.name!r} already", hint="Choose another name, or change that one."
            )
        return keep(tx, caller, body, None)

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def update(studio: Studio, caller: Caller, template: str, document: Mapping[str, Any]) -> TemplateView:
    """Keep a further version of a template; of a shipped one, the workspace's own in its place."""
    require(caller, "member")
    old = await get(studio, caller, template)
    body = documents.read({"name": old.template.name, **document})

    def unit(tx: Tx) -> Definition:
        now = definitions.named(tx, KIND, old.definition.id) if old.origin == "user" else None
        taken = definitions.named(tx, KIND, body.name)
        if taken is not None and (now is None or taken.id != now.id):
            raise Conflict(f"The name {body.name!r} is taken by another template")
        if old.origin == "user" and now is None:
            raise Conflict(f"The template {old.template.name!r} is gone")
        return keep(tx, caller, body, now)

    made = await studio.store.write(caller.workspace, unit)
    return await get(studio, caller, made.id)


async def delete(studio: Studio, caller: Caller, template: str) -> None:
    """Delete a template of the workspace; a shipped one of its name comes back. Raises `Conflict` for a shipped one."""
    require(caller, "member")
    view = await get(studio, caller, template)
    if view.origin == "shipped":
        raise Conflict(
            f"{view.template.name!r} came with this installation and is not deleted",
            hint="Change it: the change is kept for this workspace alone, and can be taken back.",
        )
    await studio.store.write(caller.workspace, lambda tx: _remove(tx, caller, view))


async def reset(studio: Studio, caller: Caller, template: str) -> TemplateView:
    """Take back what the workspace changed of a shipped template, and return that; raises `Conflict` if none is."""
    require(caller, "member")
    view = await get(studio, caller, template)
    if view.template.name not in await _shipped(studio):
        raise Conflict(f"{view.template.name!r} did not come with this installation, so there is nothing to go back to")
    if view.origin == "user":
        await studio.store.write(caller.workspace, lambda tx: _remove(tx, caller, view))
    return await get(studio, caller, view.template.name)


async def picture(studio: Studio, caller: Caller, template: str) -> bytes:
    """Return the example picture of a template, as WebP; raises `NotFound` for one of the workspace's own."""
    view = await get(studio, caller, template)
    found = None
    if view.origin == "shipped":
        found = await asyncio.to_thread(studio.registry.picture, KIND, view.template.name)
    if found is None:
        raise NotFound(f"Template {template!r} has no example picture")
    return found


def keep(tx: Tx, caller: Caller, body: Template, before: Definition | None) -> Definition:
    """Insert a version of a template and tell of it."""
    made = Definition(new_id("template"), KIND, body.name, 1, documents.written(body))
    if before is not None:
        made = replace(made, id=before.id, version=before.version + 1)
    definitions.insert(tx, made)
    tx.emit("catalog.changed", None, {"definition": made.id, "name": made.name})
    note_definition(tx, caller, "changed" if before else "created", made, before=before)
    return made


def _remove(tx: Tx, caller: Caller, view: TemplateView) -> None:
    accounts.undefine(tx, view.definition.id)
    tx.emit("catalog.changed", None, {"definition": view.definition.id, "name": view.definition.name})
    note_definition(tx, caller, "deleted", view.definition)


async def _shipped(studio: Studio) -> dict[str, TemplateView]:
    found = await asyncio.to_thread(studio.registry.shipped, KIND)
    return {each.name: TemplateView(each, documents.read(each.body), None, "shipped") for each in found}


def _own(written: Written, shipped: Mapping[str, TemplateView]) -> TemplateView:
    each = written.definition
    return TemplateView(each, documents.read(each.body), written.created_at, "user", each.name in shipped)


# -- filling in ------------------------------------------------------------------------------------------------------


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
    view = await get(studio, caller, filling.name)
    template = documents.read(documents.written(view.template) | dict(filling.own)) if filling.own else view.template
    context = dict(filling.context)
    if filling.conversation is not None:
        talk = await transcript.named(studio, caller, filling.conversation)
        context = dict(await transcript.context(studio, caller, talk)) | context
    values = documents.chosen(template, filling.values, context)
    style = await _style(studio, template.style if filling.style is None else filling.style)
    prompt, avoided = _texts(template, values)
    seed: int | None = None
    if template.dynamic:
        seed = filling.seed if filling.seed is not None else random.randrange(2**32)  # noqa: S311
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
    params |= {
        word: value
        for word, value in wanted.params.items()
        if value is not None and not (word in OWN_WORDS and is_blank(value))
    }
    return replace(wanted, params=params, source={**(wanted.source or {}), **made.source()})


async def lists(studio: Studio, caller: Caller) -> Mapping[str, Sequence[str]]:
    """Return the lines of every list, those of the workspace before shipped ones of the same name."""
    written = await studio.store.read(caller.workspace, lambda tx: definitions.newest(tx, WILDCARD))
    shipped = await asyncio.to_thread(studio.registry.shipped, WILDCARD)
    found = {each.name: each.body["lines"] for each in shipped}
    return found | {each.definition.name: each.definition.body["lines"] for each in written}


async def _style(studio: Studio, name: str) -> Style | None:
    if not name:
        return None
    for style in await styles(studio):
        if style.name == name:
            return style
    raise NotFound(f"No style {name!r}", hint="GET /api/v1/styles lists them.")


def example(template: Template, values: Mapping[str, Any]) -> tuple[str, str, list[str]]:
    """Return prompt and negative prompt with the given values, else the examples, else defaults; and what has none.

    A variable without any stands in the text as its name in brackets.
    """
    made, missing = dict[str, Any](), list[str]()
    for name in documents.names(template):
        told = template.variables.get(name)
        value = values.get(name) or template.values.get(name) or (told.default if told is not None else None)
        if value is None:
            missing.append(name)
        made[name] = f"[{name}]" if value is None else value
    texts = [fill(text, made, template.format) for text in (template.base_prompt, template.negative_prompt)]
    return texts[0], texts[1], missing
