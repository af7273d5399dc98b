"""Prompts that vary, grids of values and fuller words, over the real engine."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.model import Job
from maquette.core.pattern import Wordlist
from maquette.engine.studio import Studio
from maquette.services import job as jobs
from maquette.services import wordlist
from tests.engine.studio import Stage, account, reached, submit
from tests.services.house import CALLER, SMALL, opened

PAINTER = "media.painter.txt2img"
FREE: dict[str, Any] = {"required": []}


async def ended(studio: Studio, name: str, /, **params: Any) -> Job:
    return await reached(studio, await submit(studio, name, params=params))


async def test_every_combination_is_run_and_each_item_keeps_its_prompt(stage: Stage) -> None:
    studio = await opened(stage)
    await wordlist.save(studio, CALLER, Wordlist(name="hue", lines=["red", "blue"]))
    asked = {"action": PAINTER, "params": SMALL, "prompt": "a __hue__ {disc|square}", "mode": "all"}
    job = await ended(studio, "prompt.vary", **asked)
    assert job.state == "succeeded", job.error
    assert job.result is not None
    prompts = [item["prompt"] for item in job.result["items"]]
    assert prompts == ["a red disc", "a red square", "a blue disc", "a blue square"]
    for item in job.result["items"]:
        child, _ = await jobs.get(studio, CALLER, item["job"])
        assert child.job.params["prompt"] == item["prompt"]
        assert [asset.id for asset in child.assets] == item["assets"]
    drawn = await ended(studio, "prompt.vary", **(asked | {"mode": "draw", "n": 2, "seed": 3}))
    again = await ended(studio, "prompt.vary", **(asked | {"mode": "draw", "n": 2, "seed": 3}))
    assert drawn.result is not None
    assert again.result is not None
    assert [i["prompt"] for i in drawn.result["items"]] == [i["prompt"] for i in again.result["items"]]
    many = await ended(studio, "prompt.vary", **(asked | {"prompt": "{1-300}"}))
    assert (many.state, (many.error or {}).get("code")) == ("failed", "template_invalid")


async def test_a_grid_runs_every_cell_and_composes_a_sheet_in_its_order(stage: Stage) -> None:
    studio = await opened(stage)
    axes = [{"name": "hue", "vary": "{red|green}"}, {"name": "seed", "values": [1, 2, 3]}]
    params = {"action": PAINTER, "params": {**SMALL, "prompt": "a {{ hue }} disc"}, "axes": axes, "title": "Discs"}
    job = await ended(studio, "prompt.grid", **params)
    assert job.state == "succeeded", job.error
    assert job.result is not None
    assert [(i["values"]["hue"], i["values"]["seed"]) for i in job.result["items"]] == [
        ("red", 1), ("green", 1), ("red", 2), ("green", 2), ("red", 3), ("green", 3),
    ]  # fmt: skip
    assert {i["prompt"] for i in job.result["items"]} == {"a red disc", "a green disc"}
    (sheet,) = job.result["sheets"]
    view = await jobs.page(studio, CALLER, {"action": "media.converter.contact_sheet"}, None, 5)
    made = view.items[0].assets[0]
    assert (made.id, made.width) == (sheet, 16 + 2 * (320 + 16))
    wide = await ended(
        studio, "prompt.grid", **(params | {"axes": [{"name": "seed", "values": list(range(64))}, axes[0]]})
    )
    assert (wide.state, (wide.error or {}).get("code")) == ("failed", "params_invalid")
    lost = await ended(studio, "prompt.grid", **(params | {"params": {**SMALL, "prompt": "a {{ hue }} {{ shape }}"}}))
    assert "'shape'" in (lost.error or {})["detail"]


async def test_a_cell_that_fails_does_not_stop_the_others(stage: Stage) -> None:
    stage.packages = ("tests.engine.plugins", "maquette.modules")
    studio = await stage.open()
    await account(studio, "scribe")
    axis = {"name": "json_schema", "values": [{"required": ["gone"]}, FREE]}
    asked = {"action": "media.scribe.txt2txt", "params": {"prompt": "x", "say": "yes"}, "axes": [axis]}
    job = await ended(studio, "prompt.grid", **asked)
    assert job.state == "succeeded", job.error
    assert job.result is not None
    assert [("error" in item, len(item["assets"])) for item in job.result["items"]] == [(True, 0), (False, 1)]
    assert (job.result["failed"], job.result["sheets"]) == (1, [])
    none = await ended(studio, "prompt.grid", **(asked | {"axes": [axis | {"values": [{"required": ["gone"]}]}]}))
    assert none.state == "failed"


@pytest.mark.accepts("S1.62")
async def test_a_prompt_is_worded_more_fully_and_the_original_is_kept(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, "prompt.enhance", prompt="a fox in the snow")
    assert job.state == "succeeded", job.error
    assert job.result is not None
    assert job.result["original"] == "a fox in the snow"
    assert job.result["prompt"].startswith("a fox in the snow, ")
    assert job.result["by"] == "media.writer.txt2txt"


async def test_any_action_that_writes_text_words_it(stage: Stage) -> None:
    stage.packages = ("tests.engine.plugins", "maquette.modules")
    studio = await stage.open()
    await account(studio, "scribe")
    say = {"json_schema": FREE, "say": '```\nPrompt: "A red fox, snow, low sun"\n```'}
    job = await ended(studio, "prompt.enhance", prompt="fox", action="media.scribe.txt2txt", params=say)
    assert job.state == "succeeded", job.error
    assert job.result == {"prompt": "A red fox, snow, low sun", "original": "fox", "by": "media.scribe.txt2txt"}
    bad = await ended(
        studio, "prompt.enhance", prompt="fox", action="media.scribe.txt2txt", params=say | {"say": "``````"}
    )
    assert bad.state == "failed"
