"""Templates over HTTP: write them, fill them in, hand them on."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Query, Response

from maquette.api.ask_template import PackAsk, PreviewAsk, RenderAsk, TemplateId, VaryAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_template import PreviewShape, RenderedShape, TakenShape, TemplateShape, VariedShape
from maquette.core import pattern, wildcard
from maquette.core.errors import ParamsInvalid
from maquette.core.form import normalise
from maquette.core.pattern import Pack, Template
from maquette.services import pack as packs
from maquette.services import template as templates

DOORS = Doors("/api/v1/templates", "templates")


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[TemplateShape]:
    """List every template as it is in force, by category; those of the workspace in place of shipped ones."""
    return Listing[TemplateShape](items=[TemplateShape.of(view) for view in await templates.listed(studio, caller)])


@DOORS.post("", "member", status_code=201)
async def create(template: Template, studio: TheStudio, caller: TheCaller) -> TemplateShape:
    """Keep a new template; each fault is named by its path."""
    return TemplateShape.of(await templates.create(studio, caller, pattern.written(template)))


@DOORS.get("/pack", "viewer")
async def export(
    studio: TheStudio, caller: TheCaller, names: Annotated[str | None, Query(max_length=4_000)] = None
) -> Pack:
    """Return the workspace's templates, or those whose names are given with commas between, with their lists."""
    return await packs.export(studio, caller, [name.strip() for name in (names or "").split(",") if name.strip()])


@DOORS.post("/pack", "member")
async def take(ask: PackAsk, studio: TheStudio, caller: TheCaller) -> TakenShape:
    """Take a pack of templates over, all of it or nothing."""
    if ask.url is not None:
        return TakenShape.of(await packs.fetch(studio, caller, ask.url))
    return TakenShape.of(await packs.take(studio, caller, ask.pack or {}))


@DOORS.post("/preview", "viewer")
async def preview(ask: PreviewAsk) -> PreviewShape:
    """Show what a template that is not kept would become with its examples."""
    try:
        template = pattern.parsed(Template, ask.template, "The template")
    except ParamsInvalid as error:
        return PreviewShape(prompt="", negative_prompt="", missing=[], faults=error.details["errors"])
    found = list(pattern.faults(template))
    if any(fault["path"] in ("base_prompt", "negative_prompt") for fault in found):
        return PreviewShape(prompt="", negative_prompt="", missing=[], faults=found)
    prompt, avoided, missing = templates.example(template, ask.values)
    fields = normalise(pattern.schema(template))
    return PreviewShape(prompt=prompt, negative_prompt=avoided, missing=missing, faults=found, fields=fields)


@DOORS.post("/vary", "viewer")
async def vary(ask: VaryAsk, studio: TheStudio, caller: TheCaller) -> VariedShape:
    """Write out what a varied prompt becomes: every combination, or some that are drawn."""
    lines = wildcard.from_lists(await templates.lists(studio, caller))

    def written() -> VariedShape:
        tree = wildcard.read(ask.prompt, lines)
        made = wildcard.every(tree) if ask.n is None else wildcard.drawn(tree, ask.seed, ask.n)
        return VariedShape(prompts=made, combinations=wildcard.counted(tree))

    return await asyncio.to_thread(written)


@DOORS.get("/{template}", "viewer")
async def show(template: TemplateId, studio: TheStudio, caller: TheCaller) -> TemplateShape:
    """Show one template, by id or name."""
    return TemplateShape.of(await templates.get(studio, caller, template))


@DOORS.get(
    "/{template}/picture", "viewer", response_class=Response,
    responses={200: {"content": {"image/webp": {}}, "description": "The example picture."}},
)  # fmt: skip
async def picture(template: TemplateId, studio: TheStudio, caller: TheCaller) -> Response:
    """Show the example picture of a template that came with the installation, painted by the built-in painter."""
    content = await templates.picture(studio, caller, template)
    return Response(content, media_type="image/webp", headers={"Cache-Control": "private, max-age=86400"})


@DOORS.put("/{template}", "member")
async def change(template: TemplateId, body: Template, studio: TheStudio, caller: TheCaller) -> TemplateShape:
    """Keep a further version of a template; of a shipped one, the workspace's own in its place."""
    return TemplateShape.of(await templates.update(studio, caller, template, pattern.written(body)))


@DOORS.delete("/{template}", "member", status_code=204)
async def remove(template: TemplateId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a template of the workspace; a shipped one of its name comes back."""
    await templates.delete(studio, caller, template)


@DOORS.post("/{template}/reset", "member")
async def reset(template: TemplateId, studio: TheStudio, caller: TheCaller) -> TemplateShape:
    """Take back what the workspace changed of a shipped template."""
    return TemplateShape.of(await templates.reset(studio, caller, template))


@DOORS.post("/{template}/render", "viewer")
async def render(template: TemplateId, ask: RenderAsk, studio: TheStudio, caller: TheCaller) -> RenderedShape:
    """Fill a template in; a variable without a value is an error that names it."""
    return RenderedShape.of(await templates.filled(studio, caller, ask.filling(template)))
