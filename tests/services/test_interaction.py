"""Questions: many tries at once, one answer, and everything that may go wrong in between, said in words."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from maquette.core.errors import Conflict, Forbidden, NotFound, ParamsInvalid, UnknownAction
from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from maquette.services import trial
from maquette.services.interaction import InteractionView
from maquette.services.trial import Ask
from maquette.store import asset as assets
from tests.engine.studio import Stage, reached, submit
from tests.services.house import CALLER, SMALL, answered, asked, began, ended, opened, run_of, tried

DATA = {"midjourney": {"a": {"subject": "a fox", "environment": "snow"}}, "leonardo": {"b": "a hen", "c": "an owl"}}
SCHEMA = {
    "midjourney": {"type": "object", "properties": {"stylize": {"type": "integer", "maximum": 1000}}},
    "leonardo": {"type": "object", "properties": {"n": {"type": "integer", "minimum": 1, "maximum": 2}}},
}
SUBS = {
    "generate": {
        "action_type": "media.{{ provider }}.txt2img",
        "param_schema": SCHEMA,
        "param_defaults": {"leonardo": {**SMALL, "n": 2}, "midjourney": {**SMALL, "stylize": 50}},
    }
}


async def question(studio: Studio, **params: Any) -> InteractionView:
    """Ask with the data above, outside any workflow."""
    job = await submit(studio, "media.generation", params={"data": DATA, "sub_actions": SUBS, **params})
    await reached(studio, job, "person")
    return (await asking.page(studio, CALLER, {"job": job.id}, None, 10)).items[0]


async def act(studio: Studio, view: InteractionView, path: str, name: str = "generate", **params: Any) -> Any:
    return (await trial.act(studio, CALLER, view.interaction.id, name, Ask(path, params))).job


@pytest.mark.accepts("S0.17", "S0.38", "S0.39")
async def test_a_try_knows_what_it_was_made_for_and_from_what(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    view = await question(studio)
    job = await act(studio, view, "/midjourney/a")
    assert (job.interaction, job.subject, job.parent) == (view.interaction.id, "/midjourney/a", view.interaction.job)
    assert job.source == DATA["midjourney"]["a"]
    assert job.params["prompt"] == "a fox, snow"
    other = await act(studio, view, "/leonardo/b", prompt="a hen, from above", n=1)
    assert (other.params["prompt"], other.params["n"]) == ("a hen, from above", 1)
    assert (await reached(studio, other)).state == "succeeded"


@pytest.mark.accepts("S0.1", "S0.2", "S0.50")
async def test_fifty_tries_at_once_change_nothing_of_the_run(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio)
    paths = ["/midjourney/a", "/leonardo/b", "/leonardo/c"] * 17
    jobs = await asyncio.gather(*(act(studio, view, path, width=64) for path in paths[:50]))
    assert len({job.id for job in jobs}) == 50
    for job in jobs:
        assert (await reached(studio, job)).state == "succeeded"
    after, _ = await asking.get(studio, CALLER, view.interaction.id)
    assert (after.interaction.state, sum(len(found) for found in after.results.values())) == ("open", 50)


@pytest.mark.accepts("S0.51", "S0.52")
async def test_tries_append_in_order_and_load_with_the_question(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio)
    made = [await tried(studio, view, "/leonardo/b", n=1) for _ in range(3)]
    after, _ = await asking.get(studio, CALLER, view.interaction.id)
    assert [each.assets[0].id for each in after.results["/leonardo/b"]] == made
    assert list(after.results) == ["/leonardo/b"]


async def test_a_page_of_questions_is_read_in_a_fixed_number_of_queries(stage: Stage) -> None:
    studio = await opened(stage)
    counts = list[int]()
    for _ in range(2):
        view = await question(studio)
        for path in ("/leonardo/b", "/leonardo/c"):
            await tried(studio, view, path, n=1)
        counts.append(min([await counted(studio) for _ in range(5)]))  # others of this process read in between
    assert counts[0] == counts[1]


async def counted(studio: Studio) -> int:
    sent = 0

    def note(*_: Any) -> None:
        nonlocal sent
        sent += 1

    sa.event.listen(studio.store.engine, "before_cursor_execute", note)
    rows, _ = await studio.store.read(
        "default", lambda tx: (asking._rows(tx, asking.interactions.page(tx, {}, None, 10)), 0)
    )
    sa.event.remove(studio.store.engine, "before_cursor_execute", note)
    assert rows.found
    return sent


@pytest.mark.parametrize(
    ("path", "params", "where"),
    [
        ("/leonardo", {}, "path"),
        ("/leonardo/z", {}, "path"),
        ("leonardo/b", {}, "path"),
        ("/leonardo/b", {"n": 9}, "/n"),
        ("/leonardo/b", {"n": "2"}, "/n"),
    ],
)
async def test_a_try_that_does_not_fit_is_told_where(stage: Stage, path: str, params: Any, where: str) -> None:
    studio = await opened(stage)
    view = await question(studio)
    with pytest.raises(ParamsInvalid) as caught:
        await act(studio, view, path, **params)
    assert caught.value.details["errors"][0]["path"] == where


@pytest.mark.accepts("S0.20")
async def test_what_a_question_does_not_offer_is_refused_by_name(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio)
    with pytest.raises(NotFound) as missing:
        await act(studio, view, "/leonardo/b", name="genarate")
    assert missing.value.details["near"] == ["generate"]
    one = view.interaction.id
    with pytest.raises(UnknownAction, match=r"^Unknown action type: media\.leonardo\.txt2imh$"):
        await trial.act_by_type(studio, CALLER, one, "media.leonardo.txt2imh", Ask("/leonardo/b"))
    with pytest.raises(Forbidden):
        await trial.act_by_type(studio, CALLER, one, "media.midjourney.txt2img", Ask("/leonardo/b"))
    taken = await trial.act_by_type(studio, CALLER, one, "media.leonardo.txt2img", Ask("/leonardo/b"))
    assert taken.job.subject == "/leonardo/b"


async def test_the_form_of_a_try_is_the_declared_one_or_that_of_the_action(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio)
    form = await trial.form(studio, CALLER, view.interaction.id, "generate", "/leonardo/b")
    assert list(form.schema["properties"]) == ["n"]
    assert form.defaults == {**SMALL, "n": 2, "prompt": "a hen"}
    plain = await question(studio, sub_actions={})
    own = await trial.form(studio, CALLER, plain.interaction.id, "generate", "/leonardo/b")
    assert {"width", "seed"} <= own.schema["properties"].keys()
    assert "prompt" not in own.schema["properties"]
    assert "stands in" in (own.served_by.note or "")


async def test_words_that_a_stand_in_lacks_are_dropped_and_told(stage: Stage) -> None:
    studio = await opened(stage)
    job = await act(studio, await question(studio), "/midjourney/a", stylize=200)
    told = {warning["field"]: warning for warning in job.warnings}
    assert (told["stylize"]["asked"], told["stylize"]["used"]) == (200, None)
    assert told["action"]["used"] == "media.painter.txt2img"


@pytest.mark.accepts("S0.56")
async def test_a_selection_is_held_to_what_this_question_made(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    view, other = await question(studio), await question(studio)
    mine = await tried(studio, view, "/leonardo/b", n=2)
    foreign = await tried(studio, other, "/leonardo/b", n=1)
    gone = await tried(studio, view, "/leonardo/c", n=1)
    await studio.store.write("default", lambda tx: assets.update(tx, gone, deleted_at=tx.now) and None)
    bad: list[tuple[Any, str]] = [
        ({}, "nothing is chosen"),
        ({"selected_content_id": None}, "nothing is chosen"),
        ({"selected_content_id": foreign}, "not among"),
        ({"selected_content_id": "asset_" + "0" * 32}, "not among"),
        ({"selected_content_id": gone}, "was deleted"),
        ({"selected_content_id": [mine, gone]}, "choose 1"),
        ({"selected_content_id": mine, "note": "x"}, "nothing of that name"),
        ({"selected_content_id": mine, "all_metadata_ids": ["cgm_" + "0" * 32]}, "no try of this"),
    ]
    for response, said in bad:
        with pytest.raises(ParamsInvalid, match=said):
            await answered(studio, view, response)
    assert (await asking.get(studio, CALLER, view.interaction.id))[0].mode == "active"
    done = await answered(studio, view, {"selected_content_id": mine, "all_metadata_ids": []})
    assert done.interaction.response is not None
    tries = [each.job.id for found in done.results.values() for each in found]
    assert sorted(done.interaction.response["all_metadata_ids"]) == sorted(f"cgm_{job[4:]}" for job in tries)
    assert done.interaction.answered_by == "key_1"


@pytest.mark.accepts("S0.55", "S0.58")
async def test_an_answered_question_is_history(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio)
    chosen = await tried(studio, view, "/leonardo/b", n=1)
    await answered(studio, view, {"selected_content_id": chosen})
    with pytest.raises(Conflict, match="was answered by key_1") as caught:
        await answered(studio, view, {"selected_content_id": chosen})
    assert caught.value.details["answered_at"]
    with pytest.raises(Conflict, match="was answered"):
        await act(studio, view, "/leonardo/b")
    again, _ = await asking.get(studio, CALLER, view.interaction.id)
    assert (again.mode, list(again.results)) == ("history", ["/leonardo/b"])


async def test_twenty_answers_at_once_are_one(any_stage: Stage) -> None:
    studio = await opened(any_stage)
    view = await question(studio)
    chosen = [each.id for each in (await tries_of(studio, view))]
    answers = (answered(studio, view, {"selected_content_id": chosen[number % 2]}) for number in range(20))
    outcomes = await asyncio.gather(*answers, return_exceptions=True)
    assert [isinstance(each, Conflict) for each in outcomes].count(True) == 19
    (won,) = [each for each in outcomes if isinstance(each, InteractionView)]
    assert won.interaction.response is not None
    job = await reached(studio, (await asking_job(studio, view)))
    assert job.result is not None
    assert job.result["selected_image"] == won.interaction.response["selected_content_id"]


async def tries_of(studio: Studio, view: InteractionView) -> Any:
    await tried(studio, view, "/leonardo/b", n=2)
    after, _ = await asking.get(studio, CALLER, view.interaction.id)
    return after.results["/leonardo/b"][0].assets


async def asking_job(studio: Studio, view: InteractionView) -> Any:
    from maquette.store import job as jobs

    return await studio.store.read("default", lambda tx: jobs.get(tx, view.interaction.job))


async def test_an_answer_after_the_deadline_is_refused_and_a_try_goes_nowhere(stage: Stage) -> None:
    studio = await opened(stage)
    view = await question(studio, deadline_s=60)
    chosen = await tried(studio, view, "/leonardo/b", n=1)
    stage.ahead(61)
    with pytest.raises(Conflict):
        await answered(studio, view, {"selected_content_id": chosen})
    job = await reached(studio, await asking_job(studio, view))
    assert job.error is not None
    assert job.error["code"] == "interaction_expired"


@pytest.mark.accepts("S0.51")
async def test_a_restart_while_waiting_and_while_generating_loses_nothing(any_stage: Stage) -> None:
    first = await opened(any_stage)
    run = await began(first, "prompts-to-picture")
    view = await asked(first, run)
    kept = await tried(first, view, "/leonardo/anime_xl", width=64, height=64)
    job = await act(first, view, "/midjourney/prompt_b")
    await any_stage.kill(first)
    second = await opened(any_stage)
    assert (await reached(second, job)).state == "succeeded"
    again = await asked(second, run)
    assert list(again.results) == ["/leonardo/anime_xl", "/midjourney/prompt_b"]
    await answered(second, again, {"selected_content_id": kept})
    assert (await ended(second, run)).job.state == "succeeded"


async def test_a_provider_that_was_uninstalled_while_a_run_waits_is_waited_for(stage: Stage) -> None:
    studio = await opened(stage)
    run = await began(studio, "prompts-to-picture")
    view = await asked(studio, run)
    chosen = await tried(studio, view, "/leonardo/anime_xl", width=64, height=64)
    await stage.close(studio)
    stage.packages = ("tests.engine.plugins", "maquette.modules")
    without = await stage.open()
    with pytest.raises(UnknownAction):
        await act(without, view, "/leonardo/anime_xl")
    await answered(without, view, {"selected_content_id": chosen})
    job = (await run_of(without, run)).job
    waiting = await reached(without, job, "attention")
    assert waiting.error is not None
    assert (waiting.error["code"], "media.painter.upscale" in waiting.error["detail"]) == ("unknown_action", True)
    await stage.close(without)
    back = await opened(stage)
    stage.ahead(31)
    final = await ended(back, run)
    assert (final.job.state, final.job.error) == ("succeeded", None)


async def test_a_viewer_may_look_and_not_touch(stage: Stage) -> None:
    from maquette.services.caller import Caller

    studio = await opened(stage)
    view = await question(studio)
    viewer = Caller("default", "key_2", "viewer")
    assert (await asking.get(studio, viewer, view.interaction.id))[0].mode == "active"
    with pytest.raises(Forbidden):
        await asking.answer(studio, viewer, view.interaction.id, {})
    stranger = Caller("elsewhere", "key_3", "admin")
    with pytest.raises(NotFound):
        await asking.get(studio, stranger, view.interaction.id)
