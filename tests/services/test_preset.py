"""Presets: kept in versions, checked before they are kept, tried out without a job, and counted."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import Conflict, NotFound, ParamsInvalid
from maquette.core.preset import Preset, read
from maquette.engine.plan import Wanted
from maquette.engine.route import estimate
from maquette.engine.studio import Studio
from maquette.services import job as jobs
from maquette.services import preset as presets
from maquette.services import stats
from maquette.services.job import Submission
from tests.engine.studio import Stage, reached
from tests.services.house import CALLER, SMALL, opened

PAINTER = {"action": "media.painter.txt2img"}


def body(*candidates: Any, **more: Any) -> Preset:
    return read({"title": "My pictures", "media": "image", "candidates": list(candidates) or [PAINTER], **more})


async def refusal(studio: Studio, preset: Preset) -> dict[str, str]:
    """Return the faults for which a preset is not kept, by path."""
    with pytest.raises(ParamsInvalid) as caught:
        await presets.create(studio, CALLER, preset)
    return {fault["path"]: fault["message"] for fault in caught.value.details["errors"]}


@pytest.mark.accepts("S3.3")
async def test_a_preset_is_kept_listed_changed_and_deleted(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    made = await presets.create(studio, CALLER, body(priority=3))
    assert (made.definition.name, made.definition.version, made.origin) == ("my-pictures", 1, "user")
    with pytest.raises(Conflict, match="already"):
        await presets.create(studio, CALLER, body())
    changed = await presets.update(studio, CALLER, "my-pictures", body(title="Other", name="other"))
    assert (changed.definition.id, changed.definition.version) == (made.definition.id, 2)
    assert (await presets.listed(studio, CALLER))[0].definition.name == "other"
    await presets.delete(studio, CALLER, "other")
    with pytest.raises(NotFound):
        await presets.get(studio, CALLER, made.definition.id)
    with pytest.raises(Conflict, match="came with"):
        await presets.delete(studio, CALLER, "local-image")


async def test_every_fault_is_named_by_its_path_and_nothing_is_kept(stage: Stage) -> None:
    studio = await opened(stage)
    before = len(await presets.listed(studio, CALLER))
    found = await refusal(
        studio,
        body(
            {"action": "media.painter.txt2imgg"},
            {**PAINTER, "account": "gone"},
            {**PAINTER, "params": {"width": "wide", "colour": 1}},
            {"action": "media.writer.txt2txt"},
            {"action": "ask.form"},
            defaults={"nonsense": 1},
        ),
    )
    assert set(found) == {
        "candidates.0.action",
        "candidates.1.account",
        "candidates.2.params.width",
        "candidates.2.params.colour",
        "candidates.3.action",
        "candidates.4.action",
        "defaults.nonsense",
    }
    assert "no account 'gone'" in found["candidates.1.account"]
    assert "makes text, not image" in found["candidates.3.action"]
    weightless = body({**PAINTER, "weight": 0}, {**PAINTER, "weight": 0}, strategy="weighted")
    assert "every weight is 0" in (await refusal(studio, weightless))["candidates"]
    assert len(await presets.listed(studio, CALLER)) == before


async def test_a_misspelt_action_is_answered_with_what_was_meant(stage: Stage) -> None:
    studio = await opened(stage)
    with pytest.raises(ParamsInvalid) as caught:
        await presets.create(studio, CALLER, body({"action": "media.painter.txt2imgg"}))
    assert "media.painter.txt2img" in caught.value.details["errors"][0]["near"]


async def test_a_preset_that_nothing_could_serve_is_kept_only_when_switched_off(stage: Stage) -> None:
    studio = await opened(stage)
    keyed = {"action": "media.openai.txt2img"}
    assert "no candidate has an enabled account" in (await refusal(studio, body(keyed)))["candidates"]
    assert (await presets.create(studio, CALLER, body(keyed, enabled=False))).preset.enabled is False


async def test_a_chain_whose_step_cannot_take_what_the_one_before_makes_is_refused(stage: Stage) -> None:
    studio = await opened(stage)
    found = await refusal(studio, body({"action": "media.narrator.speech"}, PAINTER, strategy="sequential"))
    assert "takes no audio" in found["candidates.1.action"]


async def test_what_may_be_paid_twice_is_said_where_it_is_switched_on(stage: Stage) -> None:
    studio = await opened(stage)
    made = await presets.create(studio, CALLER, body(aggressive=True))
    assert [each["path"] for each in made.warnings] == ["aggressive"]
    assert "aggressive" in await refusal(studio, body(aggressive=True, strategy="ensemble", name="two"))


@pytest.mark.accepts("S3.18", "S3.50")
async def test_every_medium_has_a_preset_without_a_key_and_the_six_of_the_document_are_there(stage: Stage) -> None:
    studio = await opened(stage)
    shipped = [view for view in await presets.listed(studio, CALLER) if view.origin == "shipped"]
    assert {
        "DALL-E 3 Simple",
        "DALL-E Adaptive",
        "GPT-4 Simple",
        "Multi-LLM Adaptive",
        "Document Simple",
        "Document Adaptive",
    } <= {view.preset.title for view in shipped}
    sample = {"prompt": "a red disc"}
    keyless = set[str]()
    for view in shipped:
        known = [fault for fault in presets.faults(studio.registry, [], view.preset) if fault["path"] != "candidates"]
        assert known == []
        if not any(".openai." in entry.action for entry in view.preset.candidates):
            route = await presets.plan(studio, CALLER, view.definition.name, sample, strict=False)
            assert list(route.left_out) == [], view.definition.name
            keyless.add(view.preset.media)
    assert keyless == {"image", "video", "audio", "text", "document"}


@pytest.mark.accepts("S2.32")
async def test_a_dry_run_tells_order_price_and_who_is_left_out_and_makes_no_job(stage: Stage) -> None:
    studio = await opened(stage)
    made = await presets.create(studio, CALLER, body({"action": "media.openai.txt2img"}, PAINTER))
    route = await presets.plan(studio, CALLER, made.definition.id, {"prompt": "a", "quality": "high"}, strict=False)
    assert [each.candidate.action for each in route.planned] == ["media.painter.txt2img"]
    assert [(each.index, each.code) for each in route.left_out] == [(0, "account_unknown")]
    assert route.planned[0].candidate.warnings[0]["field"] == "quality"
    assert (estimate(route)["max"], estimate(route)["known"]) == (0, True)
    assert list((await jobs.page(studio, CALLER, {}, None, 10)).items) == []


@pytest.mark.accepts("S3.17")
async def test_of_several_presets_of_a_medium_the_one_with_the_highest_priority_serves(stage: Stage) -> None:
    studio = await opened(stage)
    await presets.create(studio, CALLER, body(name="low", priority=1, defaults={"seed": 1}))
    await presets.create(studio, CALLER, body(name="high", priority=9, defaults={"seed": 2}))
    await presets.create(studio, CALLER, body(name="off", priority=99, enabled=False))
    wanted = Wanted(None, {"prompt": "a red disc", **SMALL}, media="image")
    job = await reached(studio, (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job)
    assert (job.state, job.plan[0]["params"]["seed"]) == ("succeeded", 2)
    assert job.preset == (await presets.get(studio, CALLER, "high")).definition.id


@pytest.mark.accepts("S3.16", "S3.28", "S3.51")
async def test_figures_are_kept_for_each_preset_and_each_account(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    made = await presets.create(studio, CALLER, body(defaults=SMALL))
    for prompt in ("a red disc", "a blue disc"):
        wanted = Wanted(None, {"prompt": prompt}, preset="my-pictures")
        await reached(studio, (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job)
    found = await stats.figures(studio, CALLER, 1)
    (row,) = found.presets
    assert (row.name, row.jobs, row.succeeded, row.success_rate) == (made.definition.id, 2, 2, 1.0)
    (account,) = found.accounts
    assert (account.attempts, account.succeeded) == (2, 2)
    assert found.titles[row.name] == "My pictures"
