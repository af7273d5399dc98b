"""Articles and their pictures over the real engine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maquette.core.errors import (
    AccountUnknown,
    ArticleUnfit,
    Conflict,
    GenerationDisabled,
    NotFound,
    ParamsInvalid,
    TemplateInvalid,
    UnknownAction,
)
from maquette.services import asset as assets
from maquette.services import content as contents
from maquette.services import content_document as documents
from maquette.services import illustrate, illustration, job
from maquette.services import template as templates
from maquette.services.content import Wished
from maquette.services.illustrate import Ask
from tests.engine.studio import Stage, log_of
from tests.services.articles import KITES, PAINTED, handed_in, made, set_up, view_of
from tests.services.house import CALLER, opened

STRANGER = replace(CALLER, workspace="other")


@pytest.mark.accepts("S4.5", "S4.9", "S4.11", "S4.15", "S4.16", "S4.17", "S4.20", "S4.23", "S4.35", "S4.37", "S4.42")
async def test_an_article_gets_all_its_pictures_by_one_job(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    view = await handed_in(studio, settings={**PAINTED, "desktop_enabled": True, "mobile_enabled": True})
    assert [each.slot.kind for each in view.slots] == ["featured", "desktop", "mobile", "in_article", "in_article"]
    assert all(each.slot.status == "pending" and each.slot.prompt for each in view.slots)
    ended = await made(studio, [view.content.id])
    assert (ended["images_generated"], ended["images_failed"]) == (5, 0), ended
    assert ended["message"] == "5 images generated successfully"
    view = await view_of(studio, view.content.id)
    assert [each.slot.status for each in view.slots] == ["generated"] * 5
    assert {each.slot.kind: _shape(view, each.slot.asset) for each in view.slots} == {
        "featured": (64, 64), "desktop": (96, 64), "mobile": (64, 96), "in_article": (72, 64),
    }  # fmt: skip
    assert {asset.mime for asset in view.assets.values()} == {"image/webp"}
    document = await documents.document(studio, CALLER, view.content.id)
    text = document.content.decode()
    assert len(document.placed) == 3
    assert text.count("![") + text.count("<picture>") == 3
    source = await assets.get(studio, CALLER, view.content.source)
    assert await contents.data(studio, source) == KITES.encode()


def _shape(view: contents.ContentView, asset: str | None) -> tuple[int | None, int | None]:
    found = view.assets[asset or ""]
    return found.width, found.height


@pytest.mark.accepts("C20", "S4.19", "C11")
async def test_the_job_tells_the_mean_of_its_pictures_and_never_goes_back(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio)
    ended = await made(studio, [view.content.id])
    told = [event.data for event in await log_of(studio, ended["job"]) if event.type == "job.progressed"]
    fractions = [float(each["fraction"]) for each in told]
    assert fractions == sorted(fractions)
    assert [each["phase"] for each in told[:3]] == ["INIT", "PREP", "AI_CALL"]
    assert told[1]["message"] == "Preparing to generate 3 images"
    assert "Generating image 2 of 3 with AI" in [each["message"] for each in told]
    assert "Saving 1 image" in [each["message"] for each in told]
    children = (await job.get(studio, CALLER, ended["job"].id))[0].children
    begun = [each.id for each in children]
    assert len(begun) == 6  # each picture is painted and then brought into its format
    assert begun == sorted(begun)


@pytest.mark.accepts("C20")
async def test_a_job_of_one_picture_goes_through_the_bands_themselves(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio, images=[Wished("featured", "a red kite")])
    ended = await made(studio, [view.slots[0].slot.id])
    told = [e.data for e in await log_of(studio, ended["job"]) if e.type == "job.progressed"]
    assert [(each["phase"], round(each["fraction"] * 100)) for each in told] == [
        ("INIT", 0), ("PREP", 10), ("AI_CALL", 25), ("PARSE", 70), ("SAVE", 85),
    ]  # fmt: skip


@pytest.mark.accepts("S4.8", "S4.10")
@pytest.mark.parametrize(("form", "mime"), [("webp", "image/webp"), ("jpg", "image/jpeg"), ("png", "image/png")])
async def test_type_and_format_are_those_of_the_settings(stage: Stage, form: str, mime: str) -> None:
    studio = await opened(stage)
    view = await handed_in(studio, images=[Wished("featured", "a kite")])
    await made(studio, [view.content.id], image_format=form, image_type="cartoon")
    view = await view_of(studio, view.content.id)
    (picture,) = view.assets.values()
    assert picture.mime == mime
    child = (await job.get(studio, CALLER, view.slots[0].child or ""))[0].job
    assert "cartoon" in child.params["prompt"]
    assert "Kites over the harbour" in child.params["prompt"]
    assert [warning["field"] for warning in child.warnings] == ["negative_prompt"]


@pytest.mark.accepts("S4.21", "S4.22", "S4.37")
async def test_one_that_fails_stops_none_and_only_that_one_is_tried_again(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    shown = [Wished("featured", "a kite"), Wished("in_article", ""), Wished("in_article", "a tail")]
    view = await handed_in(studio, images=shown)
    first, bare, last = (each.slot for each in view.slots)
    begun = await made(studio, [view.content.id], params={"width": 64, "height": 64})
    assert begun["images_generated"] == 2
    stands = {each.slot.id: each.slot for each in (await view_of(studio, view.content.id)).slots}
    assert (stands[bare.id].status, stands[bare.id].error) == ("skipped", illustrate.NO_PROMPT)
    assert stands[first.id].status == stands[last.id].status == "generated"
    with pytest.raises(Conflict, match="No pending images with prompts found") as none:
        await illustrate.begin(studio, CALLER, Ask([view.content.id]))
    assert "It has no prompt" in none.value.advice
    after = await contents.reword(studio, CALLER, bare.id, {"prompt": "two sticks of bamboo"})
    assert {each.slot.id: each.slot.status for each in after.slots}[bare.id] == "pending"
    assert (await made(studio, [view.content.id]))["images_generated"] == 1
    now = {each.slot.id: each.slot for each in (await view_of(studio, view.content.id)).slots}
    assert now[first.id].asset == stands[first.id].asset
    assert now[bare.id].status == "generated"


@pytest.mark.accepts("S4.22")
async def test_what_is_missing_stops_before_anything_begins(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio)
    with pytest.raises(UnknownAction):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"action": "media.nobody.txt2img"}))
    with pytest.raises(AccountUnknown):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"account": "nobody's"}))
    with pytest.raises(ParamsInvalid, match="wings"):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"params": {"wings": 2}}))
    with pytest.raises(GenerationDisabled):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"is_active": False}))
    with pytest.raises(TemplateInvalid, match="post_name"):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"image_prompt_template": "{post_name}"}))
    with pytest.raises(ParamsInvalid, match="max_in_article_images"):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], changes={"max_in_article_images": 6}))
    assert (await job.page(studio, CALLER, {}, None, 10)).items == []
    assert {each.slot.status for each in (await view_of(studio, view.content.id)).slots} == {"pending"}


@pytest.mark.accepts("S4.18", "S4.36")
async def test_ids_must_be_there_and_of_the_same_workspace(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio, legacy_id=41, images=[Wished("featured", "a kite", legacy_id=7)])
    for unknown in ("img_0", 99, "content_0"):
        with pytest.raises(NotFound, match=str(unknown)):
            await illustrate.begin(studio, CALLER, Ask([unknown]))
    with pytest.raises(NotFound):
        await illustrate.begin(studio, STRANGER, Ask([view.content.id]))
    with pytest.raises(NotFound):
        await contents.get(studio, STRANGER, view.content.id)
    with pytest.raises(NotFound):
        await contents.reword(studio, STRANGER, view.slots[0].slot.id, {"prompt": "mine"})
    assert (await contents.page(studio, STRANGER, None, 10)).items == []
    with pytest.raises(Conflict, match="41"):
        await handed_in(studio, legacy_id=41)
    assert (await made(studio, [7]))["images_generated"] == 1
    assert (await made(studio, [41], only="all"))["images_generated"] == 1


async def test_pressed_twice_it_is_made_once(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio)
    begun = await illustrate.begin(studio, CALLER, Ask([view.content.id]))
    with pytest.raises(Conflict, match="No pending images") as busy:
        await illustrate.begin(studio, CALLER, Ask([view.content.id]))
    assert "It is just being made" in busy.value.advice
    assert len(begun.images) == 3


@pytest.mark.accepts("S4.6", "S4.39", "S4.44")
async def test_settings_are_those_of_the_workspace_and_can_be_reset(stage: Stage) -> None:
    studio = await opened(stage)
    await set_up(studio, max_in_article_images=1, image_prompt_template="{image_prompt} in {image_type} manner")
    view = await handed_in(studio, settings={})
    assert [each.slot.kind for each in view.slots] == ["featured", "in_article"]
    await made(studio, [view.content.id])
    view = await view_of(studio, view.content.id)
    child = (await job.get(studio, CALLER, view.slots[0].child or ""))[0].job
    assert child.params["prompt"].endswith("in realistic manner")
    old = {"service": "painter", "runwareModel": "runware:97@1", "image_type": "artistic"}
    read = illustration.read(old)
    assert (read.provider, read.model, read.asked) == ("painter", "runware:97@1", "media.painter.txt2img")
    assert (await illustration.reset(studio, CALLER)).max_in_article_images == 3
    assert (await illustration.current(studio, CALLER)).max_in_article_images == 3


@pytest.mark.accepts("S4.12")
@pytest.mark.parametrize("text", ["{post_title}: {image_prompt}", "{{ post_title }}: {{ image_prompt }}"])
async def test_the_words_are_those_of_the_template_in_either_syntax(stage: Stage, text: str) -> None:
    studio = await opened(stage)
    form = "double" if "{{" in text else "brace"
    document = {"name": "article-image", "title": "Ours", "category": "Article", "format": form, "base_prompt": text}
    await templates.create(studio, CALLER, document)
    view = await handed_in(studio, images=[Wished("featured", "a blue kite")])
    await made(studio, [view.content.id])
    view = await view_of(studio, view.content.id)
    child = (await job.get(studio, CALLER, view.slots[0].child or ""))[0].job
    assert child.params["prompt"] == "Kites over the harbour: a blue kite"
    await templates.update(studio, CALLER, "article-image", document | {"base_prompt": "always the same"})
    with pytest.raises(TemplateInvalid, match="image_prompt"):
        await illustrate.begin(studio, CALLER, Ask([view.content.id], only="all"))


async def test_an_article_without_a_place_is_kept_and_says_why(stage: Stage) -> None:
    studio = await opened(stage)
    view = await handed_in(studio, "# Only code\n\n```\nrun()\n```\n\n- a list\n")
    assert view.slots == []
    with pytest.raises(ArticleUnfit, match="no place for an image"):
        await illustrate.begin(studio, CALLER, Ask([view.content.id]))
    document = await documents.document(studio, CALLER, view.content.id)
    assert document.content == b"# Only code\n\n```\nrun()\n```\n\n- a list\n"


async def test_an_article_of_a_million_words_is_refused_and_its_file_kept(stage: Stage) -> None:
    studio = await opened(stage)
    with pytest.raises(ArticleUnfit, match="1,000,000 words; at most 200,000") as long:
        await handed_in(studio, "word " * 1_000_000)
    kept = await assets.get(studio, CALLER, long.value.details["asset"])
    assert kept.size == 5_000_000
    assert (await contents.page(studio, CALLER, None, 10)).items == []
