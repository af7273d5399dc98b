"""Each built-in module, over the real engine."""

from __future__ import annotations

import io
from typing import Any

import pytest

from maquette.core.errors import ParamsInvalid
from maquette.core.model import Job
from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from maquette.services.interaction import InteractionView
from tests.engine.studio import Stage, account, assets_of, reached, submit
from tests.services.house import CALLER, SMALL, answered, opened, tried

DRAFT = {"midjourney": {"a": {"subject": "{{ idea }}", "environment": "snow"}, "b": "{{ idea }} at {{ hour }}"}}


async def ended(studio: Studio, name: str, /, **params: Any) -> Job:
    return await reached(studio, await submit(studio, name, params=params))


async def question_of(studio: Studio, job: Job) -> InteractionView:
    await reached(studio, job, "person", "failed")
    found = (await asking.page(studio, CALLER, {"job": job.id}, None, 10)).items
    assert found, (await reached(studio, job)).error
    return found[0]


async def painted(studio: Studio, **params: Any) -> list[str]:
    job = await ended(studio, "media.painter.txt2img", prompt="a red circle", **SMALL, **params)
    return [asset.id for asset in await assets_of(studio, job)]


@pytest.mark.accepts("S0.3", "S0.5", "S0.7")
async def test_prompts_come_from_templates_alone(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, "text.prompts", idea="a fox", prompts=DRAFT, values={"hour": "dawn"})
    assert job.result == {
        "prompts": {"midjourney": {"a": {"subject": "a fox", "environment": "snow"}, "b": "a fox at dawn"}}
    }


async def test_prompts_come_from_any_text_action_that_answers_in_json(stage: Stage) -> None:
    stage.packages = ("tests.engine.plugins", "maquette.modules")
    studio = await stage.open()
    await account(studio, "scribe")
    wanted = {"idea": "a fox", "prompts": DRAFT, "values": {"hour": "dawn"}, "action": "media.scribe.txt2txt"}
    job = await ended(studio, "text.prompts", **wanted)
    assert job.result is not None, job.error
    assert job.result["prompts"]["midjourney"]["a"] == {"subject": "A FOX", "environment": "SNOW"}
    bad = await ended(studio, "text.prompts", **wanted, params={"say": '{"midjourney": {"a": 3}}'})
    assert bad.error is not None
    assert (bad.state, "/midjourney" in bad.error["detail"]) == ("failed", True)


async def test_an_unknown_name_in_a_prompt_is_told_with_its_place(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, "text.prompts", idea="a fox", prompts={"x": {"a": "{{ ide }}"}})
    assert job.error is not None
    assert (job.error["code"], job.error["errors"][0]["path"]) == ("template_invalid", "/prompts/x/a")
    assert "'idea'" in job.error["detail"]


DATA = {"midjourney": {"a": "a fox", "b": {"subject": "a fox"}}, "leonardo": {"c": "a hen"}}
STEP = {"schemas": {"midjourney": {"type": "object", "properties": {"n": {"type": "integer", "maximum": 2}}}}}


@pytest.mark.accepts("S0.10", "S0.11", "S0.13", "S0.14", "S0.15", "S0.16", "S0.17", "S0.44")
async def test_a_generation_asks_with_the_schemas_of_each_provider(stage: Stage) -> None:
    studio = await opened(stage)
    subs = {
        "generate": {
            "action_type_template": "media.{{ provider }}.{{ state.operation }}",
            "param_schema": "{{ step.schemas[provider] }}",
            "param_defaults": {"midjourney": {"n": 2}},
        },
        "sketch": {"action_type": "media.painter.txt2img", "param_schema": {"type": "object"}, "title": "Sketch"},
    }
    scope = {"step": STEP, "state": {"operation": "txt2img"}}
    content = {"type": "string", "x-display": "prose"}
    job = await submit(
        studio,
        "media.generation",
        params={"title": "Look", "data": DATA, "sub_actions": subs, "scope": scope, "display_schema": content},
    )
    view = await question_of(studio, job)
    asked = view.question
    assert (asked.title, asked.extra["operation"], list(asked.sub_actions)) == (
        "Look",
        "txt2img",
        ["generate", "sketch"],
    )
    generate, sketch = asked.sub_actions["generate"], asked.sub_actions["sketch"]
    assert generate.action_type == "media.{{ provider }}.txt2img"
    assert generate.param_schema == STEP["schemas"], "leonardo has none, and that is no fault"
    assert generate.param_defaults == {"midjourney": {"n": 2}}
    assert list(sketch.param_schema) == ["midjourney", "leonardo"]
    assert asked.display_schema["additionalProperties"]["additionalProperties"] == content
    assert asked.display_schema["x-display"] == "sections"


@pytest.mark.accepts("S0.13")
async def test_a_display_schema_of_the_whole_is_taken_as_it_is(stage: Stage) -> None:
    studio = await opened(stage)
    whole = {"type": "object", "x-display": "tabs"}
    params = {"data": DATA, "display_schema": whole, "display_of": "data"}
    view = await question_of(studio, await submit(studio, "media.generation", params=params))
    assert view.question.display_schema == whole


@pytest.mark.accepts("S0.57", "A6")
async def test_a_generation_goes_on_with_the_one_that_was_chosen(stage: Stage) -> None:
    studio = await opened(stage)
    job = await submit(studio, "media.generation", params={"data": DATA})
    view = await question_of(studio, job)
    chosen = await tried(studio, view, "/leonardo/c", **SMALL)
    await answered(studio, view, {"selected_content_id": chosen})
    done = await reached(studio, job)
    assert done.result is not None
    assert (done.result["selected_image"], done.result["assets"]) == (chosen, [chosen])


async def test_a_sub_action_with_a_word_that_none_has_is_refused(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, "media.generation", data=DATA, sub_actions={"go": {"action": "media.painter.txt2img"}})
    assert job.error is not None
    assert job.error["errors"][0]["path"] == "sub_actions.go.action"


async def test_an_action_runs_without_a_person(stage: Stage) -> None:
    studio = await opened(stage)
    params = {"prompt": "a red circle", **SMALL, "n": 2}
    job = await ended(studio, "media.generate", action="media.painter.txt2img", params=params)
    assert job.result is not None
    assert len(job.result["assets"]) == 2
    text = await ended(studio, "media.generate", action="media.writer.txt2txt", params={"prompt": "a boat"})
    assert text.result is not None
    assert "boat" in text.result["text"].lower()
    wrong = await ended(studio, "media.generate", action="media.painter.txt2imh")
    assert wrong.error is not None
    assert wrong.error["code"] == "unknown_action"


async def test_a_form_returns_what_was_filled_in(stage: Stage) -> None:
    studio = await opened(stage)
    fields = {"properties": {"name": {"type": "string", "minLength": 2}}, "required": ["name"]}
    job = await submit(studio, "ask.form", params={"form": fields, "title": "Who?"})
    await answered(studio, await question_of(studio, job), {"name": "Ada"})
    assert (await reached(studio, job)).result == {"name": "Ada"}


@pytest.mark.parametrize("most", [1, 2])
async def test_a_choice_of_words_is_held_to_them(stage: Stage, most: int) -> None:
    studio = await opened(stage)
    job = await submit(studio, "ask.choose", params={"options": ["tea", "milk", "rum"], "max": most})
    view = await question_of(studio, job)
    for bad in ({"chosen": "beer"}, {}, {"chosen": ["tea", "milk", "rum"]}, {"chosen": "tea", "more": 1}):
        with pytest.raises(ParamsInvalid):
            await answered(studio, view, bad)
    right = "milk" if most == 1 else ["tea", "rum"]
    await answered(studio, view, {"chosen": right})
    assert (await reached(studio, job)).result == {"chosen": right, "assets": []}


async def test_a_choice_falls_to_the_first_at_its_deadline(stage: Stage) -> None:
    studio = await opened(stage)
    params = {"options": ["tea", "milk"], "deadline_s": 30, "on_deadline": "default"}
    job = await submit(studio, "ask.choose", params=params)
    await question_of(studio, job)
    stage.ahead(31)
    assert (await reached(studio, job)).result == {"chosen": "tea", "assets": []}


async def test_a_choice_of_nothing_is_refused(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, "ask.choose", title="Nothing")
    assert job.error is not None
    assert job.error["code"] == "params_invalid"


async def test_an_export_converts_pictures_and_leaves_the_rest(stage: Stage) -> None:
    from PIL import Image

    studio = await opened(stage)
    (picture,) = await painted(studio)
    text = (await assets_of(studio, await ended(studio, "media.writer.txt2txt", prompt="a boat")))[0].id
    job = await ended(studio, "asset.export", assets=[text, picture], format="jpeg", max_side=32, name="boat")
    assert job.result is not None, job.error
    kept, made = job.result["assets"]
    assert kept == text
    assert [each["name"].partition(".")[0] for each in job.result["files"]] == ["boat-1", "boat-2"]
    found = await asking_asset(studio, made)
    assert (found.mime, found.width, found.height) == ("image/jpeg", 32, 32)
    content = b"".join([chunk async for chunk in studio.blobs.read(found.blob)])
    with Image.open(io.BytesIO(content)) as opened_picture:
        assert opened_picture.format == "JPEG"


async def asking_asset(studio: Studio, asset: str) -> Any:
    from maquette.store import asset as assets

    return await studio.store.read("default", lambda tx: assets.get(tx, asset))


async def test_an_export_of_originals_makes_no_copies(stage: Stage) -> None:
    studio = await opened(stage)
    made = await painted(studio, n=2)
    job = await ended(studio, "asset.export", assets=made)
    assert job.result is not None
    assert job.result["assets"] == made


async def test_a_choice_of_assets_takes_one_of_them(stage: Stage) -> None:
    studio = await opened(stage)
    first, second, other = await painted(studio, n=3)
    job = await submit(studio, "ask.choose", params={"assets": [first, second]})
    view = await question_of(studio, job)
    with pytest.raises(ParamsInvalid, match="not among"):
        await answered(studio, view, {"chosen": other})
    await answered(studio, view, {"chosen": second})
    assert (await reached(studio, job)).result == {"chosen": second, "assets": [second]}
