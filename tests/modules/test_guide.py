"""The module that is shown to makers works as it is shown."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from maquette.core.model import Job
from maquette.engine.studio import Studio
from maquette.services import interaction as asking
from tests.engine.studio import Stage, job_of, submit, until
from tests.house.tree import ROOT
from tests.services.house import CALLER


async def test_the_module_of_the_guide_asks_until_two_answers_agree(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = re.search(r"```python\n(.+?)```", (ROOT / "docs/how-to/add-a-module.md").read_text(), re.DOTALL)
    assert shown is not None
    folder = tmp_path / "guide_for_tests"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "ask_twice.py").write_text(shown[1])
    monkeypatch.syspath_prepend(str(tmp_path))
    stage.packages = ("tests.engine.plugins", "guide_for_tests")
    studio = await stage.open()
    job = await submit(studio, "ask.twice", params={"title": "Left or right?"})
    for count, word in enumerate(["left", "right", "right"], 1):
        await until(lambda count=count: asks(studio, job, count))
        (view, *_) = (await asking.page(studio, CALLER, {"job": job.id}, None, 10)).items
        await asking.answer(studio, CALLER, view.interaction.id, {"answer": word})
    done = await until(lambda: ended(studio, job))
    assert done.result == {"answer": "right", "tries": 3}
    for name in ("guide_for_tests", "guide_for_tests.ask_twice"):
        sys.modules.pop(name, None)


async def asks(studio: Studio, job: Job, count: int) -> bool:
    found = (await asking.page(studio, CALLER, {"job": job.id}, None, 10)).items
    return len(found) == count and found[0].interaction.state == "open"


async def ended(studio: Studio, job: Job) -> Job | None:
    found = await job_of(studio, job)
    return found if found.state == "succeeded" else None
