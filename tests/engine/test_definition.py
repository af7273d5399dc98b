"""What is imported in one process runs in the others at once, and what is taken away is gone there too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from typing_extensions import override

from maquette.core.action import Action, Definition
from maquette.core.errors import UnknownAction
from maquette.engine.studio import Studio
from maquette.store import account as accounts
from maquette.store.database import Tx
from tests.engine.plugins.courier import Courier
from tests.engine.studio import Stage, account, reached, submit, texts_of, until
from tests.engine.upstream import Upstream

MADE = "media.courier.mine"


class Learning(Courier):
    """A courier that has one more action for each definition."""

    @override
    def actions(self, definitions: Sequence[Definition] = ()) -> Iterator[Action]:
        known = {action.name: action for action in Courier().actions()}
        yield from known.values()
        for found in definitions:
            title = f"{found.name} {found.version}"
            yield replace(known["media.courier.txt2txt"], name=MADE, title=title)


async def opened(stage: Stage, *, runs_jobs: bool, deaf: bool = False) -> Studio:
    studio = await stage.open(alone=False, runs_jobs=runs_jobs, deaf=deaf)
    studio.registry._loaded["courier"] = Learning()
    return studio


async def write(studio: Studio, definition: Definition | None) -> None:
    def unit(tx: Tx) -> None:
        if definition is None:
            accounts.undefine(tx, "definition_1")
        else:
            accounts.define(tx, definition, "courier")
        tx.emit("catalog.changed", None, {"provider": "courier"})

    await studio.store.write("default", unit)
    await studio.engine.definitions.load()


def version(number: int) -> Definition:
    return Definition("definition_1", "graph", "mine", number, {})


def title(studio: Studio) -> str:
    try:
        return studio.registry.action(MADE).title
    except UnknownAction:
        return ""


@pytest.mark.accepts("S2.19")
async def test_every_process_hears_of_an_import_a_new_version_and_a_removal(postgres_stage: Stage) -> None:
    here, there = await opened(postgres_stage, runs_jobs=False), await opened(postgres_stage, runs_jobs=False)
    for change, expected in ((version(1), "mine 1"), (version(2), "mine 2"), (None, "")):
        await write(here, change)
        assert title(here) == expected
        await until(lambda expected=expected: title(there) == expected)


async def test_a_job_of_a_fresh_import_runs_in_a_worker_that_has_not_heard_of_it_yet(
    postgres_stage: Stage, upstream: Upstream
) -> None:
    here = await opened(postgres_stage, runs_jobs=False)
    there = await opened(postgres_stage, runs_jobs=True, deaf=True)
    await account(here, "courier", upstream.url)
    await write(here, version(1))
    assert title(there) == ""
    job = await reached(here, await submit(here, MADE, prompt="a fox"))
    assert job.state == "succeeded", job.error
    assert await texts_of(here, job) != []
    assert title(there) == "mine 1"
