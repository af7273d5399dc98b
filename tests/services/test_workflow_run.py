"""The shipped workflows, from their first step to the last, over the real engine."""

from __future__ import annotations

import pytest

from maquette.services import interaction as asking
from maquette.services import trial, workflow
from maquette.services.trial import Ask
from tests.engine.studio import Stage, reached
from tests.services.house import CALLER, answered, asked, began, ended, opened, run_of, tried


@pytest.mark.accepts("S0.1", "S0.2", "S0.3", "S0.9", "S0.55", "S0.57", "S0.65")
async def test_the_example_of_the_document_runs_from_prompts_to_the_enlarged_choice(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    run = await began(studio, "prompts-to-picture", idea="a green kite")
    view = await asked(studio, run)
    data = view.question.data
    assert list(data) == ["sora", "leonardo", "midjourney", "stable_diffusion"]
    assert list(data["midjourney"]) == ["prompt_a", "prompt_b", "prompt_a_prose", "prompt_b_prose"]
    assert list(data["midjourney"]["prompt_a"]) == [
        "subject", "environment", "objects", "motion", "atmosphere", "particles",
    ]  # fmt: skip
    assert data["sora"]["sora_1"].startswith("a green kite, ")
    first = await tried(studio, view, "/midjourney/prompt_a", stylize=250)
    again = await tried(studio, view, "/midjourney/prompt_a")
    other = await tried(studio, view, "/stable_diffusion/prompt_b", width=256, height=256)
    assert (await run_of(studio, run)).job.state == "waiting"
    done = await answered(studio, view, {"selected_content_id": other.replace("asset_", "gc_")})
    assert done.mode == "history"
    assert done.interaction.response is not None
    assert done.interaction.response["selected_content_id"] == other
    assert len(done.interaction.response["all_metadata_ids"]) == 3
    assert len({first, again, other}) == 3
    final = await ended(studio, run)
    assert final.job.state == "succeeded", final.job.error
    assert [step.state for step in final.steps] == ["succeeded"] * 3
    assert final.state_values["selected_image"] == other
    enlarged = final.steps[2].result["assets"][0]
    job = (await reached(studio, final.job)).id
    assert job == run
    assert enlarged != other


@pytest.mark.accepts("S0.8", "S0.26", "S0.27")
async def test_every_key_of_the_document_is_served_and_says_by_whom(stage: Stage) -> None:
    studio = await opened(stage)
    view = await asked(studio, await began(studio, "prompts-to-picture"))
    who = view.served_by["generate"]
    assert list(who) == ["sora", "leonardo", "midjourney", "stable_diffusion"]
    assert all(served.action == "media.painter.txt2img" for served in who.values())
    assert "2026-09-24" in (who["sora"].note or "")
    taken = await trial.act(studio, CALLER, view.interaction.id, "generate", Ask("/sora/sora_2", {}))
    (warning, *_) = [each for each in taken.job.warnings if each["field"] == "action"]
    assert (warning["asked"], warning["used"]) == ("media.sora.txt2img", "media.painter.txt2img")
    assert "2026-09-24" in warning["why"]


@pytest.mark.accepts("S0.65", "S1.70")
async def test_the_story_becomes_a_film(stage: Stage) -> None:
    studio = await opened(stage)
    run = await began(studio, "short-story", idea="a blue house")
    view = await asked(studio, run)
    chosen = await tried(studio, view, "/stable_diffusion/scene", width=128, height=128)
    await answered(studio, view, {"selected_content_id": chosen})
    final = await ended(studio, run)
    assert final.job.state == "succeeded", final.job.error
    assert len(final.state_values["film"]["assets"]) == 1


async def test_an_order_is_a_form_pictures_and_a_choice(stage: Stage) -> None:
    studio = await opened(stage)
    run = await began(studio, "order-a-picture")
    form = await asked(studio, run)
    assert form.step_title == "What shall it be?"
    assert form.workflow_title == "Order a picture"
    await answered(studio, form, {"subject": "a tree", "mood": "bright", "count": 2})
    choice = await asked(studio, run)
    assets = [each["asset_id"] for each in choice.question.data["choices"]]
    assert len(assets) == 2
    await answered(studio, choice, {"chosen": assets[1]})
    final = await ended(studio, run)
    assert final.state_values["chosen"] == assets[1]


async def test_what_is_shipped_is_listed_and_valid(stage: Stage) -> None:
    studio = await opened(stage)
    found = await workflow.listed(studio, CALLER)
    assert [view.name for view in found] == ["order-a-picture", "prompts-to-picture", "short-story"]
    for view in found:
        assert view.origin == "shipped"
        assert await workflow.check(studio, CALLER, {**view.document, "name": f"my {view.name}"}) == []
    page = await asking.page(studio, CALLER, {"state": "open"}, None, 10)
    assert list(page.items) == []
