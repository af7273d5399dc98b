"""Lists over the real engine: one at a time, past failures, stopped, and tried again without paying twice."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from maquette.core.model import Job
from maquette.engine.studio import Studio
from maquette.services import asset as assets
from maquette.services import job as jobs
from maquette.services.asset import Upload
from maquette.store import tree
from tests.engine.studio import Stage, reached, submit
from tests.services.house import CALLER, SMALL, opened

PAINT = "media.painter.txt2img"


async def listed(studio: Studio, **params: Any) -> Job:
    return await submit(studio, "list.run", params={"action": PAINT, "params": SMALL, **params})


async def ended(studio: Studio, **params: Any) -> Job:
    return await reached(studio, await listed(studio, **params))


async def children(studio: Studio, job: str) -> list[Job]:
    return await studio.store.read("default", lambda tx: tree.steps(tx, job))


@pytest.mark.accepts("S1.55", "S4.20", "S4.21", "S4.22")
async def test_a_row_that_fails_or_lacks_its_prompt_stops_no_other(stage: Stage) -> None:
    studio = await opened(stage)
    rows = [{"prompt": "a fox"}, {"prompt": "a hen", "seed": "x"}, {"prompt": ""}, {"prompt": "a cow"}]
    job = await ended(studio, rows=rows)
    assert job.state == "succeeded", job.error
    assert job.result is not None
    assert job.result["tally"] == {"succeeded": 2, "failed": 1, "skipped": 1, "total": 4}
    assert [row["state"] for row in job.result["rows"]] == ["succeeded", "failed", "skipped", "succeeded"]
    assert job.result["rows"][1]["error"]["code"] == "params_invalid"
    assert (len(job.result["assets"]), len(await children(studio, job.id))) == (2, 2)


@pytest.mark.accepts("S4.19", "S4.23")
async def test_rows_run_one_after_the_other_and_each_end_is_told(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, rows=[{"prompt": f"a fox {number}"} for number in range(4)])
    ran = await children(studio, job.id)
    for before, after in pairwise(ran):
        assert (before.ended_at or 0) <= after.created_at
    from maquette.store import event as events

    told = await studio.store.read("default", lambda tx: events.after(tx, 0, job=job.id))
    steps = [each.data["message"] for each in told if each.type == "job.progressed"]
    assert steps[-1] == "3 of 4"
    assert steps == sorted(steps)


@pytest.mark.accepts("S4.19")
async def test_several_rows_run_at_once_where_that_is_asked(stage: Stage) -> None:
    studio = await opened(stage)
    job = await ended(studio, rows=[{"prompt": f"a fox {number}"} for number in range(4)], at_once=4)
    ran = await children(studio, job.id)
    assert max(child.created_at for child in ran) <= min(child.ended_at or 0 for child in ran)


@pytest.mark.accepts("S4.22")
async def test_what_can_serve_no_row_is_told_before_any_runs(stage: Stage) -> None:
    studio = await opened(stage)
    wrong = await ended(studio, rows=[{"promt": "a fox"}])
    assert wrong.error is not None
    assert (wrong.state, wrong.error["code"]) == ("failed", "params_invalid")
    assert "did you mean 'prompt'" in wrong.error["detail"]
    unknown = await ended(studio, action="media.painter.txt2imgg", rows=[{"prompt": "a fox"}])
    assert unknown.error is not None and unknown.error["code"] == "unknown_action"
    lacking = await ended(studio, action="media.openai.txt2img", rows=[{"prompt": "a fox"}], params={})
    assert lacking.error is not None and lacking.error["code"] == "account_unknown"
    assert not [each for job in (wrong, unknown, lacking) for each in await children(studio, job.id)]


async def test_a_list_comes_from_a_file_with_formulas_that_stay_text(stage: Stage, tmp_path: Path) -> None:
    studio = await opened(stage)
    path = tmp_path / "list.csv"
    path.write_text("prompt,seed\n=1+1,3\na hen,4\n", encoding="utf-8-sig")
    file = await assets.upload(studio, CALLER, Upload(path, "text/csv", "list.csv"))
    job = await ended(studio, file=file.id)
    assert job.state == "succeeded", job.error
    ran = await children(studio, job.id)
    assert [(child.params["prompt"], child.params["seed"]) for child in ran] == [("=1+1", 3), ("a hen", 4)]


@pytest.mark.accepts("S1.55")
async def test_only_what_failed_is_tried_again(stage: Stage) -> None:
    studio = await opened(stage)
    rows = [{"prompt": "a fox"}, {"prompt": "a hen", "seed": "x"}, {"prompt": "a cow"}]
    first = await ended(studio, rows=rows)
    again = await reached(studio, (await jobs.retry(studio, CALLER, first.id, None)).job)
    assert again.result is not None and first.result is not None
    assert again.result["tally"] == first.result["tally"]
    assert again.result["assets"] == first.result["assets"]
    assert [child.plan for child in await children(studio, again.id)] == [[], []], "what was done is taken over"
    whole = await ended(studio, rows=[{"prompt": "a fox"}])
    with pytest.raises(Exception, match="succeeded"):
        await jobs.retry(studio, CALLER, whole.id, None)


@pytest.mark.accepts("S1.55")
async def test_a_stopped_list_keeps_what_it_made_and_goes_on_when_tried_again(stage: Stage) -> None:
    studio = await opened(stage)
    rows = [{"prompt": f"a fox {number}"} for number in range(6)]
    begun = await listed(studio, rows=rows)
    while not [child for child in await children(studio, begun.id) if child.state == "succeeded"]:
        await reached(studio, begun, "children", "succeeded")
    await studio.engine.cancel("default", begun.id)
    stopped = await reached(studio, begun)
    assert stopped.state == "cancelled"
    kept = {child.child_key for child in await children(studio, begun.id) if child.state == "succeeded"}
    again = await reached(studio, (await jobs.retry(studio, CALLER, begun.id, None)).job)
    assert again.result is not None
    assert again.result["tally"]["succeeded"] == 6
    taken = {child.child_key for child in await children(studio, again.id) if not child.plan}
    assert kept and kept <= taken
