"""Jobs made by presets, over the real engine and a provider's server that keeps a bill."""

from __future__ import annotations

from typing import Any

import pytest

from maquette.core.model import Job
from maquette.core.preset import read
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from maquette.services import job as jobs
from maquette.services import preset as presets
from maquette.services.job import Submission
from maquette.store import account as accounts
from maquette.store.database import Tx
from tests.engine.studio import Stage, account, assets_of, ledger, log_of, reached, texts_of, until
from tests.engine.upstream import Upstream, billed_then_reset, status
from tests.services.house import CALLER, SMALL, opened

COURIER, HASTY = ({"action": "media.courier.txt2txt", "account": name} for name in ("courier", "hasty"))
PRINTER = {"action": "media.printer.txt2txt"}
TELEGRAPH, ECHO = {"action": "media.telegraph.txt2txt"}, {"action": "media.parlour.echo"}
REJECTED = {"error": "policy"}


@pytest.fixture
async def studio(stage: Stage, upstream: Upstream) -> Studio:
    """A process with the test providers, an account of each, and the real modules."""
    stage.packages = ("tests.engine.plugins", "maquette.modules")
    made = await stage.open()
    for provider in ("courier", "printer", "telegraph"):
        await account(made, provider, upstream.url, name=provider)
    await account(made, "courier", upstream.url, name="hasty", timeout_s=1)
    await account(made, "parlour")
    return made


async def submitted(studio: Studio, *candidates: Any, params: Any = None, **more: Any) -> Job:
    body = {"title": "Mine", "media": "text", "max_attempts": 1, "candidates": list(candidates), **more}
    made = await presets.create(studio, CALLER, read(body))
    wanted = Wanted(None, params or {"prompt": "a fox"}, preset=made.definition.name)
    return (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job


async def states(studio: Studio, job: Job) -> list[tuple[str, str]]:
    return [(attempt.provider, attempt.state) for attempt in await ledger(studio, job)]


@pytest.mark.accepts("S3.14", "S3.24")
async def test_a_candidate_that_refuses_is_followed_by_the_next(studio: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(401))
    job = await reached(studio, await submitted(studio, PRINTER, COURIER))
    assert (job.state, job.strategy, job.position) == ("succeeded", "fallback", 1)
    assert await states(studio, job) == [("printer", "refused"), ("courier", "succeeded")]
    assert upstream.bill == ["a fox"]


async def test_two_candidates_that_differ_in_their_parameters_alone_are_two(studio: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(401))
    one, two = ({**PRINTER, "params": {"n": number}} for number in (1, 2))
    job = await reached(studio, await submitted(studio, one, two))
    assert job.state == "succeeded"
    assert [seen.body["n"] for seen in upstream.calls("POST /print")] == [1, 2]


@pytest.mark.accepts("S3.25")
async def test_the_choice_is_told_in_the_log_with_its_figures(studio: Studio) -> None:
    job = await reached(studio, await submitted(studio, PRINTER, COURIER, strategy="adaptive"))
    (told,) = [event.data for event in await log_of(studio, job) if event.type == "preset.chosen"]
    assert (told["preset"], told["version"], told["strategy"]) == (job.preset, 1, "adaptive")
    assert [each["account"] for each in told["order"]] == [each["account"] for each in job.plan]
    assert all({"score", "successes", "failures"} <= each.keys() for each in told["order"])


@pytest.mark.accepts("S3.11", "S3.25")
async def test_adaptive_learns_from_the_ledger_which_candidate_works(studio: Studio, upstream: Upstream) -> None:
    made = await presets.create(
        studio,
        CALLER,
        read({
            "title": "Learns", "media": "text", "strategy": "adaptive", "max_attempts": 1,
            "candidates": [PRINTER, ECHO],
        }),
    )  # fmt: skip
    upstream.fail("POST /print", *(status(400) for _ in range(60)))
    first = list[str]()
    for _ in range(40):
        wanted = Wanted(None, {"prompt": "a fox"}, preset=made.definition.id)
        job = (await jobs.submit(studio, CALLER, Submission(wanted, {}, at_once=True))).job
        first.append(job.plan[0]["action"])
        assert (await reached(studio, job)).state == "succeeded"
    assert first[20:].count("media.parlour.echo") >= 17


async def test_an_accepted_failure_ends_the_job_and_nobody_else_is_paid(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    submit = await submitted(studio, COURIER, ECHO)
    await until(lambda: bool(upstream.tasks))
    for task in upstream.tasks.values():
        task.status = "failed"
    job = await reached(studio, submit)
    assert (job.state, await states(studio, job)) == ("failed", [("courier", "failed")])


async def test_an_aggressive_preset_goes_on_after_an_accepted_failure(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    submit = await submitted(studio, COURIER, ECHO, aggressive=True)
    await until(lambda: bool(upstream.tasks))
    for task in upstream.tasks.values():
        task.status = "failed"
    job = await reached(studio, submit)
    assert job.state == "succeeded"
    assert await states(studio, job) == [("courier", "failed"), ("parlour", "succeeded")]


@pytest.mark.parametrize("aggressive", [False, True])
async def test_a_lost_answer_waits_for_a_person_unless_the_preset_is_aggressive(
    studio: Studio, upstream: Upstream, *, aggressive: bool
) -> None:
    upstream.fail("POST /tasks", billed_then_reset)
    submit = await submitted(studio, TELEGRAPH, PRINTER, aggressive=aggressive)
    job = await reached(studio, submit, "attention", "succeeded")
    known = await states(studio, job)
    if aggressive:
        assert known == [("telegraph", "unknown"), ("printer", "succeeded")]
        assert len(upstream.bill) == 2
    else:
        assert (job.waiting_for, known, len(upstream.bill)) == ("attention", [("telegraph", "unknown")], 1)


async def test_what_comes_late_after_an_aggressive_preset_went_on_is_kept(
    stage: Stage, studio: Studio, upstream: Upstream
) -> None:
    upstream.held = True
    job = await reached(studio, await submitted(studio, HASTY, ECHO, aggressive=True))
    assert job.state == "succeeded"
    assert await states(studio, job) == [("courier", "accepted"), ("parlour", "succeeded")]
    upstream.finish()
    stage.ahead(120)

    async def late() -> bool:
        return (await states(studio, job))[0] == ("courier", "succeeded")

    await until(late)
    assert sorted(await texts_of(studio, job)) == ["a fox 0", "echo of a fox"]
    assert [attempt.late for attempt in await ledger(studio, job)] == [True, False]


async def test_a_process_that_ends_after_going_on_does_not_go_back_to_the_work_left_behind(
    stage: Stage, studio: Studio, upstream: Upstream
) -> None:
    upstream.held = True

    def rest(tx: Tx) -> None:
        (printer,) = accounts.listed(tx, "printer")
        accounts.cool(tx, printer.id, tx.now + 30_000)

    await studio.store.write("default", rest)
    submit = await submitted(studio, HASTY, PRINTER, aggressive=True)
    await reached(studio, submit, "account")
    await stage.kill(studio)
    stage.ahead(40)
    fresh = await stage.open()
    job = await reached(fresh, submit)
    assert job.state == "succeeded", job.error
    assert await states(fresh, job) == [("courier", "accepted"), ("printer", "succeeded")]
    assert upstream.bill == ["a fox", "a fox"]


@pytest.mark.parametrize(("rule", "ends"), [("stop", "failed"), ("next", "succeeded")])
async def test_a_refusal_of_the_content_stops_the_job_unless_the_preset_goes_on(
    studio: Studio, upstream: Upstream, rule: str, ends: str
) -> None:
    upstream.fail("POST /print", status(400, REJECTED))
    job = await reached(studio, await submitted(studio, PRINTER, ECHO, on_moderation=rule))
    assert job.state == ends, job.error
    assert (await states(studio, job))[0] == ("printer", "refused")
    assert upstream.bill == []


async def test_moderation_after_acceptance_is_not_paid_for_again(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    submit = await submitted(studio, COURIER, ECHO, on_moderation="next")
    await until(lambda: bool(upstream.tasks))
    for task in upstream.tasks.values():
        task.status = "rejected"
    job = await reached(studio, submit)
    assert (job.state, [name for name, _ in await states(studio, job)]) == ("failed", ["courier"])


@pytest.mark.accepts("S3.15")
async def test_an_ensemble_runs_all_at_once_and_keeps_each_result(studio: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(400))
    job = await reached(studio, await submitted(studio, PRINTER, COURIER, ECHO, strategy="ensemble"))
    assert job.state == "succeeded", job.error
    assert job.result is not None
    assert [each["candidate"] for each in job.result["results"]] == [1, 2]
    assert (len(job.result["assets"]), len(job.result["failed"])) == (2, 1)
    (view, _) = await jobs.get(studio, CALLER, job.id)
    assert [asset.id for asset in view.assets] == job.result["assets"]


async def test_an_ensemble_fails_only_when_all_fail(studio: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(400))
    job = await reached(studio, await submitted(studio, PRINTER, strategy="ensemble"))
    assert (job.state, (job.error or {})["code"]) == ("failed", "generation_failed")


async def test_the_first_of_an_ensemble_ends_it_and_the_rest_is_stopped(studio: Studio, upstream: Upstream) -> None:
    upstream.held = True
    job = await reached(studio, await submitted(studio, COURIER, ECHO, strategy="ensemble", pick="first"))
    assert job.result is not None
    assert (job.state, [each["candidate"] for each in job.result["results"]]) == ("succeeded", [1])
    (view, _) = await jobs.get(studio, CALLER, job.id)
    slow = next(child for child in view.children if child.state != "succeeded")
    stopped = await reached(studio, (await jobs.get(studio, CALLER, slow.id))[0].job)
    assert stopped.state == "cancelled"


async def test_a_person_chooses_among_what_an_ensemble_made(stage: Stage) -> None:
    studio = await opened(stage)
    wanted = Wanted(None, {"prompt": "a red disc", **SMALL}, preset="sketch-and-choose")
    job = (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job

    async def asked() -> Any:
        found = (await asking.page(studio, CALLER, {"state": "open", "run": job.id}, None, 10)).items
        return found[0] if found else None

    view = await until(asked)
    choices = [each["asset_id"] for each in view.question.data["choices"]]
    assert len(choices) == 3
    await asking.answer(studio, CALLER, view.interaction.id, {"chosen": choices[1]})
    done = await reached(studio, job)
    assert done.result is not None
    assert (done.state, done.result["assets"], len(done.result["results"])) == ("succeeded", [choices[1]], 3)


@pytest.mark.accepts("S3.25")
async def test_the_choice_of_a_person_counts_for_whoever_made_it_and_against_the_other(studio: Studio) -> None:
    job = await submitted(studio, COURIER, PRINTER, strategy="ensemble", pick="person")

    async def asked() -> Any:
        found = (await asking.page(studio, CALLER, {"state": "open", "run": job.id}, None, 10)).items
        return found[0] if found else None

    view = await until(asked)
    choices = [each["asset_id"] for each in view.question.data["choices"]]
    await asking.answer(studio, CALLER, view.interaction.id, {"chosen": choices[1]})
    done = await reached(studio, job)
    assert done.state == "succeeded", done.error
    tried = [
        attempt
        for child in (await jobs.get(studio, CALLER, job.id))[0].children
        for attempt in await ledger(studio, (await jobs.get(studio, CALLER, child.id))[0].job)
    ]
    assert [(attempt.provider, attempt.vote) for attempt in tried] == [("courier", False), ("printer", True)]
    both = read({"title": "Both", "media": "text", "strategy": "adaptive", "candidates": [COURIER, PRINTER]})
    made = await presets.create(studio, CALLER, both)
    plan = await presets.plan(studio, CALLER, made.definition.id, {"prompt": "a fox"}, strict=False)
    told = {each.arm.action: (each.figures["successes"], each.figures["failures"]) for each in plan.ranked}
    # The newer of the four outcomes count a little more, whichever they are.
    assert told["media.printer.txt2txt"] == pytest.approx((2, 0), abs=0.2)
    assert told["media.courier.txt2txt"] == pytest.approx((1, 1), abs=0.2)


@pytest.mark.accepts("S3.15")
async def test_in_a_sequence_each_feeds_the_next(stage: Stage) -> None:
    studio = await opened(stage)
    body = {
        "title": "Larger", "media": "image", "strategy": "sequential",
        "candidates": [
            {"action": "media.painter.txt2img"},
            {"action": "media.painter.upscale", "params": {"factor": 3}},
        ],
    }  # fmt: skip
    await presets.create(studio, CALLER, read(body))
    wanted = Wanted(None, {"prompt": "a red disc", **SMALL}, preset="larger")
    job = await reached(studio, (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job)
    assert job.state == "succeeded", job.error
    (view, _) = await jobs.get(studio, CALLER, job.id)
    small, large = [(await assets_of(studio, (await jobs.get(studio, CALLER, c.id))[0].job))[0] for c in view.children]
    assert ((small.width, large.width), job.result and job.result["assets"]) == ((64, 192), [large.id])


async def test_a_text_feeds_the_prompt_of_the_next(stage: Stage) -> None:
    studio = await opened(stage)
    wanted = Wanted(None, {"prompt": "a lighthouse"}, preset="brief-to-document")
    job = await reached(studio, (await jobs.submit(studio, CALLER, Submission(wanted, {}))).job)
    assert job.state == "succeeded", job.error
    (view, _) = await jobs.get(studio, CALLER, job.id)
    last = (await jobs.get(studio, CALLER, view.children[1].id))[0]
    assert "lighthouse" in last.job.params["prompt"].lower()
    assert last.assets[0].media == "document"


async def test_a_job_keeps_the_version_of_its_preset_and_a_retry_uses_it_again(
    studio: Studio, upstream: Upstream
) -> None:
    upstream.fail("POST /print", status(400))
    failed = await reached(studio, await submitted(studio, PRINTER))
    changed = read({"title": "Mine", "media": "text", "candidates": [ECHO]})
    await presets.update(studio, CALLER, "mine", changed)
    await presets.delete(studio, CALLER, "mine")
    again = await reached(studio, (await jobs.retry(studio, CALLER, failed.id, None)).job)
    assert (again.state, again.action, again.preset_version) == ("succeeded", "media.printer.txt2txt", 1)
    assert again.preset == failed.preset


async def test_an_ensemble_that_is_tried_again_still_counts_for_its_preset(studio: Studio, upstream: Upstream) -> None:
    upstream.fail("POST /print", status(400))
    failed = await reached(studio, await submitted(studio, PRINTER, strategy="ensemble"))
    again = await reached(studio, (await jobs.retry(studio, CALLER, failed.id, None)).job)
    assert again.state == "succeeded", again.error
    assert (again.preset, again.preset_version, again.strategy, again.produces) == (
        failed.preset,
        1,
        "ensemble",
        "text",
    )
