"""Presets over HTTP: write them, and try a request out without making a job."""

from __future__ import annotations

from maquette.api.ask import PresetId, PresetTrial
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_preset import PresetPlanShape, PresetShape
from maquette.core.preset import Preset, warnings
from maquette.services import preset as presets

DOORS = Doors("/api/v1/presets", "presets")


@DOORS.get("", "viewer")
async def page(studio: TheStudio, caller: TheCaller) -> Listing[PresetShape]:
    """List the newest version of every preset, the highest priority first, then those that came with the server."""
    return Listing[PresetShape](items=[PresetShape.of(view) for view in await presets.listed(studio, caller)])


@DOORS.post("", "member", status_code=201)
async def create(preset: Preset, studio: TheStudio, caller: TheCaller) -> PresetShape:
    """Keep a new preset; each fault is named by its path."""
    return PresetShape.of(await presets.create(studio, caller, preset))


@DOORS.get("/{preset}", "viewer")
async def show(preset: PresetId, studio: TheStudio, caller: TheCaller) -> PresetShape:
    """Show one preset, by id or name."""
    return PresetShape.of(await presets.get(studio, caller, preset))


@DOORS.put("/{preset}", "member")
async def change(preset: PresetId, body: Preset, studio: TheStudio, caller: TheCaller) -> PresetShape:
    """Keep a further version of a preset; jobs that have begun go on with theirs."""
    return PresetShape.of(await presets.update(studio, caller, preset, body))


@DOORS.delete("/{preset}", "member", status_code=204)
async def remove(preset: PresetId, studio: TheStudio, caller: TheCaller) -> None:
    """Delete a preset; jobs that it made go on."""
    await presets.delete(studio, caller, preset)


@DOORS.post("/{preset}/plan", "viewer")
async def plan(preset: PresetId, ask: PresetTrial, studio: TheStudio, caller: TheCaller) -> PresetPlanShape:
    """Tell which candidates would serve a request, why the others would not, and for how much; nothing is run."""
    route = await presets.plan(studio, caller, preset, ask.params, strict=ask.strict)
    return PresetPlanShape.of(route, warnings(route.preset))
