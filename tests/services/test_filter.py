"""A filter that fails or is gone lets nothing pass, and never costs a result that was paid."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from maquette.core.filter import Specimen
from maquette.core.housekeeping import Housekeeping
from maquette.engine.plan import Wanted
from maquette.engine.studio import Studio
from maquette.services import housekeeping
from maquette.services import job as service
from maquette.services.job import JobView, Submission
from tests.engine.studio import ShiftedClock, Stage, reached
from tests.services.house import CALLER, SMALL, opened

BROKEN = """
from maquette.core.filter import FilterSettings


class Broken:
    title = "Broken"
    settings = FilterSettings

    def prompt(self, text, settings):
        if "storm" in text:
            raise RuntimeError("no model")

    def output(self, specimen, settings):
        raise RuntimeError("no model")


FILTER = Broken()
"""


@pytest.fixture
async def studio(stage: Stage) -> Studio:
    made = await opened(stage)
    made.store.clock = ShiftedClock()
    return made


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A distribution that offers a filter which fails."""
    place = tmp_path / "site"
    (info := place / "broken_example-1.dist-info").mkdir(parents=True)
    (place / "broken_example.py").write_text(BROKEN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: broken-example\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[maquette.filters]\nbroken = broken_example:FILTER\n")
    monkeypatch.syspath_prepend(place)
    return info


async def made(studio: Studio, prompt: str) -> JobView:
    given = Wanted("media.painter.txt2img", {"prompt": prompt, **SMALL})
    taken = await service.submit(studio, CALLER, Submission(given, {}))
    await reached(studio, taken.job)
    return (await service.get(studio, CALLER, taken.job.id))[0]


@pytest.mark.accepts("S1.49")
async def test_a_filter_that_fails_refuses_and_the_result_lies_in_quarantine(studio: Studio, broken: Path) -> None:
    await housekeeping.change(studio, CALLER, Housekeeping.model_validate({"filters": [{"filter": "broken"}]}))
    refused = await made(studio, "a storm")
    assert refused.job.error is not None
    assert (refused.job.error["code"], refused.attempts) == ("content_filtered", [])
    hidden = await made(studio, "a fox")
    assert hidden.job.error is not None
    assert "RuntimeError" in hidden.job.error["detail"]
    assert [piece async for piece in studio.blobs.read(hidden.job.error["quarantine"])]


async def test_a_filter_that_is_gone_lets_nothing_pass(studio: Studio, broken: Path) -> None:
    await housekeeping.change(studio, CALLER, Housekeeping.model_validate({"filters": [{"filter": "broken"}]}))
    shutil.rmtree(broken)
    assert isinstance(studio.store.clock, ShiftedClock)
    studio.store.clock.ahead_ms += 10_000
    view = await made(studio, "a fox")
    assert (view.job.state, view.attempts) == ("failed", [])
    judge = await studio.engine.tools.screens.judge("default")
    assert judge is not None
    why = await judge(Specimen("image", broken, "0" * 64, None))
    assert why is not None and "broken" in why
