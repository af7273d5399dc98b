"""Keeping house: what rules let go and what they never touch, pictures in fewer bytes, filters, and whose day it is."""

from __future__ import annotations

import asyncio
import json
import struct
import zlib
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from maquette.core.action import Definition
from maquette.core.errors import ParamsInvalid
from maquette.core.housekeeping import Housekeeping, Rule
from maquette.core.interaction import Interaction
from maquette.core.model import Asset, Job
from maquette.engine import housekeeping as house
from maquette.engine.disposal import GRACE_MS
from maquette.engine.housekeeping import DAY_MS
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import asset as files
from maquette.services import housekeeping
from maquette.services import job as service
from maquette.services.caller import Caller
from maquette.services.job import JobView, Submission
from maquette.store import asset as assets
from maquette.store import definition as definitions
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store.database import Tx
from maquette.store.table import inputs
from maquette.store.table_content import content_images, contents
from maquette.store.table_conversation import messages
from tests.engine.studio import ShiftedClock, Stage, reached, until
from tests.services.house import CALLER, SMALL, opened
from tests.store.row import a_job, an_asset

OLD = Rule(older_than_days=30)
OTHER = Caller("elsewhere", "key_2", "admin")


@pytest.fixture
async def studio(any_stage: Stage) -> Studio:
    made = await opened(any_stage)
    made.store.clock = ShiftedClock()
    return made


def later(studio: Studio, ms: int) -> None:
    clock = studio.store.clock
    assert isinstance(clock, ShiftedClock)
    clock.ahead_ms += ms


async def kept(studio: Studio, *rows_: Asset | Job | Interaction) -> None:
    def unit(tx: Tx) -> None:
        for row in rows_:
            if isinstance(row, Asset):
                assets.insert(tx, row)
            elif isinstance(row, Job):
                jobs.insert(tx, row)
            else:
                interactions.insert(tx, row)

    await studio.store.write("default", unit)


def an_interaction(**values: Any) -> Interaction:
    given: dict[str, Any] = {
        "id": "int_" + "1" * 32, "workspace": "default", "job": "job_1", "run": "job_1", "key": "k", "title": "t",
        "question": {}, "state": "open", "created_at": 1,
    }  # fmt: skip
    return Interaction(**given | values)


def old(number: int, **values: Any) -> Asset:
    digest = f"{number:064x}"
    named: dict[str, Any] = {"id": f"asset_{number:032x}", "digest": digest, "blob": f"default/original/{digest}.png"}
    return an_asset(**{"created_at": 1, "size": 1_000_000} | named | values)


async def go(studio: Studio, *rules: Rule) -> list[str]:
    """Return the last digits of what some rules would let go."""
    settings = Housekeeping(rules=list(rules))
    await housekeeping.change(studio, CALLER, settings)
    return sorted(each.asset.id[-2:].lstrip("0") for each in await housekeeping.plan(studio, CALLER))


@pytest.mark.accepts("S1.78")
async def test_rules_choose_by_age_size_medium_and_sum(studio: Studio) -> None:
    now = studio.store.clock.now()
    await kept(
        studio, old(1), old(2, created_at=now), old(3, media="video", size=9_000_000), old(4, size=3_000_000),
    )  # fmt: skip
    assert await go(studio, OLD) == ["1", "3", "4"]
    assert await go(studio, Rule(older_than_days=30, media=["video"])) == ["3"]
    assert await go(studio, Rule(larger_than_mb=2)) == ["3", "4"]
    assert await go(studio, Rule(larger_than_mb=2, media=["image"])) == ["4"]
    assert await go(studio, Rule(most_mb=12)) == ["1", "2"], "the newest 12 MB stay: 4 and 3"
    assert await go(studio, Rule(most_mb=100)) == []
    assert await go(studio) == []


@pytest.mark.accepts("S1.78")
async def test_what_is_kept_chosen_named_or_in_use_never_goes(studio: Studio) -> None:
    question = an_interaction(question={"data": {"a": {"asset_id": old(6).id}}})
    answered = an_interaction(
        id="int_" + "2" * 32, key="l", state="answered",
        response={"selected": old(3).id, "all_metadata_ids": ["cgm_1"], "reason": "x"},
    )  # fmt: skip
    run = a_job(state="waiting", plan=[], params={"inputs": {"start": old(5).id}})
    step = a_job(state="succeeded", parent=run.id, child_key="one")
    try_ = a_job(state="succeeded", interaction=question.id)
    passed = a_job(state="succeeded", interaction=answered.id)
    await kept(
        studio, old(1), old(2), old(3, job=passed.id), old(4), old(5), old(6), old(7, job=step.id),
        old(8, job=try_.id), old(9, job=passed.id), old(10), run, step, try_, passed, question, answered,
    )  # fmt: skip

    def unit(tx: Tx) -> None:
        tx.run(sa.insert(inputs), {"asset": old(4).id, "job": run.id, "workspace": "default"})
        body = {"params": {"image": old(10).id}}
        definitions.insert(tx, Definition("preset_1", "preset", "p", 1, body))

    await studio.store.write("default", unit)
    await housekeeping.keep(studio, CALLER, old(2).id, kept=True)
    assert await go(studio, OLD) == ["1", "9"]
    assert await go(studio, Rule(older_than_days=30, drafts=True)) == ["9"]
    await housekeeping.keep(studio, CALLER, old(2).id, kept=False)
    assert await go(studio, OLD) == ["1", "2", "9"]


@pytest.mark.accepts("S1.78")
async def test_what_an_article_or_a_conversation_shows_never_goes(studio: Studio) -> None:
    said = a_job(state="succeeded")
    await kept(studio, old(1), old(2), old(3), old(4, job=said.id), said)
    at = {"workspace": "default", "created_at": 1}
    article = {"id": "content_1", "title": "t", "format": "markdown", "source": old(2).id, "settings": {}, **at}
    slot = {
        "id": "img_1", "workspace": "default", "content": "content_1", "kind": "featured", "position": 0, "prompt": "p",
        "alt": "", "caption": "", "edited": False, "status": "generated", "asset": old(3).id, "cost_micro_usd": 0,
    }  # fmt: skip
    message = {"id": "msg_1", "conversation": "conv_1", "role": "user", "text": "t", "job": said.id, **at}

    def unit(tx: Tx) -> None:
        for table, row in ((contents, article), (content_images, slot), (messages, message)):
            tx.run(sa.insert(table), row)

    await studio.store.write("default", unit)
    assert await go(studio, OLD) == ["1"]


@pytest.mark.accepts("S1.78")
async def test_a_dry_run_changes_nothing_and_tidying_bins_what_it_told(studio: Studio) -> None:
    await kept(studio, old(1), old(2, created_at=studio.store.clock.now()))
    assert await go(studio, OLD) == ["1"]
    assert (await files.get(studio, CALLER, old(1).id)).deleted_at is None
    done = await housekeeping.tidy(studio, CALLER)
    assert [each.asset.id for each in done.gone] == [old(1).id]
    assert [each.id for each in (await files.page(studio, CALLER, {}, files.Span(None, 10))).items] == [old(2).id]
    assert (await files.restore(studio, CALLER, old(1).id)).deleted_at is None


async def test_what_is_kept_between_the_look_and_the_bin_stays(studio: Studio) -> None:
    await kept(studio, old(1), old(2))
    await go(studio, OLD)
    found = await housekeeping.plan(studio, CALLER)
    await housekeeping.keep(studio, CALLER, old(1).id, kept=True)
    gone = await studio.store.write("default", lambda tx: house._bin(tx, some=found))
    assert [each.asset.id for each in gone] == [old(2).id]


@pytest.mark.accepts("S1.78")
async def test_a_workspace_is_tidied_once_a_day_and_no_other_is_touched(studio: Studio) -> None:
    tools = studio.engine.tools
    await kept(studio, old(1))
    await studio.store.write("elsewhere", lambda tx: assets.insert(tx, old(2, workspace="elsewhere")))
    await house.daily(tools)
    assert (await files.get(studio, CALLER, old(1).id)).deleted_at is None, "nobody has set a rule"
    await go(studio, OLD)
    await house.daily(tools)
    assert (await files.get(studio, CALLER, old(1).id)).deleted_at is None, "a day to look at what the rule would do"
    later(studio, DAY_MS + 1)
    await asyncio.gather(house.daily(tools), house.daily(tools))
    await until(lambda: binned(studio, old(1)))  # the server's own sweep may have been the first
    assert (await files.get(studio, OTHER, old(2).id)).deleted_at is None
    await kept(studio, old(3))
    await house.daily(tools)
    assert (await files.get(studio, CALLER, old(3).id)).deleted_at is None, "the day is not over"
    later(studio, DAY_MS + 1)
    await house.daily(tools)
    await until(lambda: binned(studio, old(1), old(3)))


async def binned(studio: Studio, *wanted: Asset) -> bool:
    found = await studio.store.read("", lambda tx: assets.binned(tx, tx.now + 1, 9))
    return [each.id for each in found] == [each.id for each in wanted]


async def made(studio: Studio, params: Mapping[str, Any] = SMALL, **words: Any) -> JobView:
    given = Wanted("media.painter.txt2img", {"prompt": "a red disc on a white ground", **params}, **words)
    taken = await service.submit(studio, CALLER, Submission(given, {}))
    await reached(studio, taken.job)
    return (await service.get(studio, CALLER, taken.job.id))[0]


async def drawn(studio: Studio, asset: Asset) -> Asset:
    """Wait until the small pictures of an asset are there."""

    async def look() -> Asset | None:
        found = await files.get(studio, CALLER, asset.id)
        return found if found.thumbhash else None

    return await until(look)


async def content(studio: Studio, asset: Asset) -> bytes:
    return b"".join([piece async for piece in files.content(studio, asset, 0, asset.size)])


@pytest.mark.accepts("S1.78")
async def test_a_picture_is_stored_smaller_with_the_same_pixels_and_its_recipe(studio: Studio) -> None:
    before = await drawn(studio, (await made(studio)).assets[0])
    original = await content(studio, before)
    await housekeeping.change(studio, CALLER, Housekeeping(compress=True))
    done = await housekeeping.tidy(studio, CALLER)
    after = await files.get(studio, CALLER, before.id)
    smaller = await content(studio, after)
    assert (done.compressed, done.saved) == (1, len(original) - len(smaller))
    assert (after.mime, after.size, after.name[-5:]) == ("image/webp", len(smaller), ".webp")
    one, other = (Image.open(BytesIO(each)).convert("RGBA") for each in (original, smaller))
    assert one.tobytes() == other.tobytes()
    recipe = json.loads(smaller.partition(b"<maquette:recipe>")[2].partition(b"</maquette:recipe>")[0])
    assert recipe["job"] == before.job
    assert after.notes["compression"]["was"]["digest"] == before.digest
    assert (await housekeeping.tidy(studio, CALLER)).compressed == 0
    later(studio, GRACE_MS + DAY_MS)
    await studio.engine.tools.disposal.sweep()
    folder = Path(studio.config.home)
    assert not list(folder.rglob(f"{before.digest}*")), "the original and its small pictures are gone"
    assert list(folder.rglob(f"{after.digest}.webp"))


def deep_gray() -> bytes:
    target = BytesIO()
    Image.new("I;16", (64, 64), 300).save(target, "PNG")
    return target.getvalue()


def deep_colour() -> bytes:
    """Write a PNG of 16 bits a channel by hand, which the decoder would read as eight without a word."""
    lines = (b"\0" + b"\x12\x34" * 3 * 64) * 64
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", 64, 64, 16, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines)),
        (b"IEND", b""),
    ]
    chunks = [
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize("draw", [deep_gray, deep_colour])
async def test_a_picture_that_cannot_be_stored_without_loss_stays_as_it_is(
    studio: Studio, draw: Callable[[], bytes]
) -> None:
    before = await drawn(studio, (await made(studio)).assets[0])
    deep = draw()
    blob = f"default/original/ab/cd/{'ab' * 32}.png"
    await studio.blobs.put(blob, deep)
    await studio.store.write("default", lambda tx: assets.update(tx, before.id, blob=blob, size=len(deep)))
    await housekeeping.change(studio, CALLER, Housekeeping(compress=True))
    done = await housekeeping.tidy(studio, CALLER)
    after = await files.get(studio, CALLER, before.id)
    assert (done.compressed, after.blob, after.mime) == (0, blob, "image/png")
    assert "eight bits" in after.notes["compression"]["left"]
    assert await content(studio, after) == deep


def screens(name: str, **settings: Any) -> Housekeeping:
    return Housekeeping.model_validate({"filters": [{"filter": name, "settings": settings}]})


@pytest.mark.accepts("S1.49")
async def test_a_listed_word_stops_a_request_before_any_attempt(studio: Studio) -> None:
    assert (await made(studio, {**SMALL, "prompt": "a gun"})).job.state == "succeeded", "off, as it comes"
    await housekeeping.change(studio, CALLER, screens("words", words=["gun", "hate speech"]))
    later(studio, 10_000)
    view = await made(studio, {**SMALL, "prompt": "A Gun."})
    assert (view.job.state, list(view.attempts)) == ("failed", [])
    assert view.job.error is not None
    assert view.job.error["code"] == "content_filtered"
    assert "gun" not in view.job.error["detail"].lower()
    assert (await made(studio, {**SMALL, "prompt": "a begun day"})).job.state == "succeeded"


@pytest.mark.accepts("S1.49")
async def test_a_picture_that_looks_like_a_listed_one_goes_to_quarantine_and_is_not_lost(studio: Studio) -> None:
    known = (await made(studio, {**SMALL, "seed": 1})).assets[0]
    mark = await housekeeping.fingerprint(studio, CALLER, known.id)
    await housekeeping.change(studio, CALLER, screens("pictures", fingerprints=[mark]))
    later(studio, 10_000)
    view = await made(studio, {"width": 96, "height": 96, "seed": 1})
    assert view.job.state == "failed"
    assert view.job.error is not None
    assert "'pictures'" in view.job.error["detail"]
    hidden = b"".join([piece async for piece in studio.blobs.read(view.job.error["quarantine"])])
    assert Image.open(BytesIO(hidden)).size == (96, 96)
    assert [attempt.state for attempt in view.attempts] == ["not_sent"], "drawn here: nothing was sent to anybody"
    other = await made(studio, {**SMALL, "prompt": "a blue boat on a lake at night"})
    assert other.job.state == "succeeded"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"filters": [{"filter": "nobody"}]}, "filters.0.filter"),
        ({"filters": [{"filter": "words", "settings": {"words": []}}]}, "filters.0.settings.words"),
        ({"filters": [{"filter": "pictures", "settings": {"fingerprints": ["xyz"]}}]},
         "filters.0.settings.fingerprints.0"),
    ],
)  # fmt: skip
async def test_a_filter_that_is_not_there_or_set_wrongly_is_refused(
    studio: Studio, body: dict[str, Any], path: str
) -> None:
    with pytest.raises(ParamsInvalid) as refusal:
        await housekeeping.change(studio, CALLER, Housekeeping.model_validate(body))
    assert refusal.value.details["errors"][0]["path"] == path
    assert (await housekeeping.get(studio, CALLER)).filters == []
