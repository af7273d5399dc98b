"""Conversations as services: replies and media as jobs of the real engine, and nothing that is lost."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.errors import KeyReused, NotFound, ParamsInvalid, TemplateInvalid
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import conversation as conversations
from maquette.services import job as jobs
from maquette.services import reply, template, transcript
from maquette.services.caller import Caller
from maquette.services.reply import Saying
from maquette.services.template import Filling
from maquette.store import key as keys
from tests.engine.studio import Stage, reached
from tests.services.house import CALLER, SMALL, opened

THEIRS = Caller("other", "key_2", "admin")
TEXT = Wanted(None, {}, media="text")
IMAGE = Wanted(None, SMALL, media="image")


@pytest.fixture
async def studio(stage: Stage) -> Studio:
    return await opened(stage)


async def begun(studio: Studio, *texts: str) -> str:
    talk = (await conversations.create(studio, CALLER)).id
    for text in texts:
        await reply.say(studio, CALLER, Saying(talk, text))
    return talk


async def told(studio: Studio, talk: str) -> list[tuple[str, str]]:
    return [(each.role, each.text) for each in await transcript.said(studio, CALLER, talk)]


@pytest.mark.accepts("S1.34")
async def test_a_message_is_answered_by_a_job_whose_text_is_kept_with_the_answer(studio: Studio) -> None:
    talk = await begun(studio)
    said = await reply.say(studio, CALLER, Saying(talk, "Write about a red fox", reply=TEXT, at_once=True))
    assert said.taken is not None
    job = await reached(studio, said.taken.job)
    assert job.state == "succeeded", job.error
    assert job.action == "media.writer.txt2txt"
    assert (job.source or {})["conversation"] == talk
    (asked, answer) = await told(studio, talk)
    assert asked == ("user", "Write about a red fox")
    assert answer[0] == "assistant"
    assert "fox" in answer[1]
    assert (await conversations.get(studio, CALLER, talk)).title == "Write about a red fox"
    found = (await conversations.messages(studio, CALLER, talk)).items
    assert found[0].job is not None
    assert "language model" in found[0].job.assets[0].notes["label"]


async def test_a_refused_reply_leaves_nothing_said_and_no_job(studio: Studio) -> None:
    talk = await begun(studio)
    for wrong, error in (
        (Wanted("media.painter.txt2img", SMALL), ParamsInvalid),
        (Wanted("media.writer.txt2txt", {"tone": "rude"}), ParamsInvalid),
        (Wanted("media.nobody.txt2txt", {}), NotFound),
        (Wanted(None, {}, preset="no-such"), NotFound),
    ):
        with pytest.raises(error):
            await reply.say(studio, CALLER, Saying(talk, "Hello", reply=wrong))
    with pytest.raises(ParamsInvalid, match="system"):
        await reply.say(studio, CALLER, Saying(talk, "Hello", "system", TEXT))
    assert await told(studio, talk) == []
    assert (await jobs.page(studio, CALLER, {}, None, 9)).items == []


async def test_a_repeat_with_its_key_says_nothing_twice(studio: Studio) -> None:
    talk = await begun(studio)
    saying = Saying(talk, "A fox", reply=TEXT, body={"text": "A fox"}, key="once")
    first, second = [await reply.say(studio, CALLER, saying) for _ in range(2)]
    assert first.taken
    assert second.taken
    assert (first.taken.replayed, second.taken.replayed) == (False, True)
    assert [view.message.id for view in first.messages] == [view.message.id for view in second.messages]
    await reached(studio, first.taken.job)
    assert len(await told(studio, talk)) == 2
    with pytest.raises(KeyReused):
        await reply.say(studio, CALLER, Saying(talk, "B", reply=TEXT, body={"text": "B"}, key="once"))


@pytest.mark.accepts("S1.12")
async def test_media_are_made_from_the_last_message_and_kept_with_the_conversation(studio: Studio) -> None:
    talk = await begun(studio, "a red disc on white")
    said = await reply.generate(studio, CALLER, Saying(talk, "", reply=IMAGE))
    assert said.taken is not None
    job = await reached(studio, said.taken.job)
    assert (job.state, job.params["prompt"]) == ("succeeded", "a red disc on white")
    newest = (await conversations.messages(studio, CALLER, talk)).items[0]
    assert newest.job is not None
    assert [asset.media for asset in newest.job.assets] == ["image"]
    own = await reply.generate(
        studio, CALLER, Saying(talk, "", reply=Wanted(None, {**SMALL, "prompt": "x"}, media="image"))
    )
    assert own.taken is not None
    assert own.taken.job.params["prompt"] == "x"
    with pytest.raises(ParamsInvalid, match="nothing yet"):
        await reply.generate(studio, CALLER, Saying(await begun(studio), "", reply=IMAGE))


async def test_a_conversation_deleted_in_the_middle_of_a_generation_loses_nothing(stage: Stage) -> None:
    studio = await opened(stage, testing={"painter": {"latency_s": 1.0}})
    talk = await begun(studio, "a red disc")
    said = await reply.generate(studio, CALLER, Saying(talk, "", reply=IMAGE, at_once=True))
    assert said.taken is not None
    await conversations.delete(studio, CALLER, talk)
    assert (await jobs.get(studio, CALLER, said.taken.job.id))[0].job.state == "running"
    with pytest.raises(NotFound):
        await conversations.messages(studio, CALLER, talk)
    job = await reached(studio, said.taken.job)
    assert job.state == "succeeded"
    assert len((await jobs.get(studio, CALLER, job.id))[0].assets) == 1
    with pytest.raises(NotFound):
        await reply.generate(
            studio, CALLER, Saying(talk, "", reply=Wanted(None, {**SMALL, "prompt": "y"}, media="image"))
        )
    assert len((await jobs.page(studio, CALLER, {}, None, 9)).items) == 1


async def test_nothing_of_another_workspace_is_there(studio: Studio) -> None:
    await studio.store.write("other", lambda tx: keys.ensure_workspace(tx, "Other"))
    talk = await begun(studio, "secret")
    for attempt in (
        lambda: conversations.get(studio, THEIRS, talk),
        lambda: conversations.messages(studio, THEIRS, talk),
        lambda: conversations.rename(studio, THEIRS, talk, "x"),
        lambda: conversations.delete(studio, THEIRS, talk),
        lambda: transcript.context(studio, THEIRS, talk),
        lambda: reply.say(studio, THEIRS, Saying(talk, "x")),
        lambda: reply.say(studio, THEIRS, Saying(talk, "x", reply=TEXT)),
        lambda: reply.generate(studio, THEIRS, Saying(talk, "", reply=IMAGE)),
        lambda: reply.summarised(studio, THEIRS, Saying(talk, ""), 3),
    ):
        with pytest.raises(NotFound):
            await attempt()
    assert (await conversations.page(studio, THEIRS, None, 9)).items == []
    assert await told(studio, talk) == [("user", "secret")]


@pytest.mark.accepts("S1.14", "S1.29")
async def test_a_conversation_is_read_and_summarised_without_a_key(studio: Studio) -> None:
    talk = await begun(studio, "The hero is called Tom.", "Tom sits in a garden at dusk.", "Nothing else is said.")
    found = await transcript.context(studio, CALLER, talk)
    assert (found["character_name"], found["setting"], found["time_of_day"]) == ("Tom", "a garden", "dusk")
    short = await reply.summarised(studio, CALLER, Saying(talk, ""), 1)
    assert short in ("The hero is called Tom.", "Tom sits in a garden at dusk.", "Nothing else is said.")
    taken = await reply.summarised(studio, CALLER, Saying(talk, "", reply=TEXT), 2)
    assert not isinstance(taken, str)
    assert "Tom sits in a garden" in taken.job.params["prompt"]
    job = await reached(studio, taken.job)
    assert job.state == "succeeded"
    assert len(await told(studio, talk)) == 3, "a summary is no message"


async def test_an_import_is_all_or_nothing(studio: Studio) -> None:
    rows: list[dict[str, Any]] = [{"role": "user", "content": "A fox"}, {"role": "assistant", "content": "In snow."}]
    (made,) = await conversations.importing(studio, CALLER, rows)
    assert (made.messages, made.conversation.title) == (2, "A fox")
    assert await told(studio, made.conversation.id) == [("user", "A fox"), ("assistant", "In snow.")]
    with pytest.raises(ParamsInvalid):
        await conversations.importing(
            studio, CALLER, [{"messages": rows}, {"messages": [{"role": "x", "content": "y"}]}]
        )
    assert len((await conversations.page(studio, CALLER, None, 9)).items) == 1


@pytest.mark.accepts("S1.11", "S1.12", "S1.20")
async def test_a_template_is_filled_from_the_conversation(studio: Studio) -> None:
    talk = await begun(studio, "The hero is called Tom.", "Tom sits in a garden at dusk.")
    document = {
        "name": "scene",
        "title": "Scene",
        "category": "Test",
        "base_prompt": "{{ who }} in {{ place }}, {{ light }}",
        "negative_prompt": "fog",
        "default_params": SMALL,
        "context_mappings": {"who": "character_name", "place": "setting", "light": "mood"},
    }
    await template.create(studio, CALLER, document)
    bare = Wanted(None, {}, media="image")
    with pytest.raises(TemplateInvalid, match="light"):
        await reply.generate(studio, CALLER, Saying(talk, "", reply=bare, filling=Filling("scene", conversation=talk)))
    filling = Filling("scene", {"light": "warm light"}, conversation=talk)
    said = await reply.generate(studio, CALLER, Saying(talk, "", reply=bare, filling=filling))
    assert said.taken is not None
    job = await reached(studio, said.taken.job)
    assert job.params["prompt"] == "Tom in a garden, warm light"
    assert job.source is not None
    assert (job.source["template"]["name"], job.source["conversation"]) == ("scene", talk)
    with pytest.raises(NotFound):
        await template.rendered(studio, THEIRS, "portrait-headshot", {}, talk)
