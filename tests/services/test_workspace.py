"""A caller sees and changes the things of its own workspace and of no other."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from maquette.core.config import Config
from maquette.core.errors import NotFound
from maquette.core.model import Asset
from maquette.engine.plan import Wanted
from maquette.engine.resolve import Decision
from maquette.engine.studio import Studio, build
from maquette.services import account, asset, attention, follow, job, key, start
from maquette.services.asset import Span
from maquette.services.caller import Caller
from maquette.services.job import Submission
from maquette.store import asset as assets
from maquette.store import event as events
from maquette.store import key as keys

OURS, THEIRS = Caller("default", "key_1", "admin"), Caller("other", "key_2", "admin")


@pytest.fixture
async def studio(home: Path) -> AsyncIterator[Studio]:
    made = await build(Config(home=home))
    await start.ensure(made)
    await made.store.write("other", lambda tx: keys.ensure_workspace(tx, "Other"))
    await made.engine.hub.start()
    yield made
    await made.close()


async def test_nothing_of_another_workspace_can_be_read_changed_or_followed(studio: Studio) -> None:
    wanted = Wanted("media.painter.txt2img", {"prompt": "x", "width": 64, "height": 64})
    mine = (await job.submit(studio, OURS, Submission(wanted, {}))).job.id
    row = Asset("asset_" + "1" * 32, "default", "image", "image/png", 1, "0" * 64, "k", 0)
    await studio.store.write("default", lambda tx: assets.insert(tx, row))
    held = (await account.listed(studio, OURS))[0].account.id
    assert (await job.get(studio, OURS, mine))[0].job.id == mine
    for attempt in (
        lambda: job.get(studio, THEIRS, mine),
        lambda: job.cancel(studio, THEIRS, mine),
        lambda: job.retry(studio, THEIRS, mine, None),
        lambda: job.preview(studio, THEIRS, mine),
        lambda: attention.resolve(studio, THEIRS, mine, Decision("give_up")),
        lambda: follow.known(studio, THEIRS, mine),
        lambda: asset.get(studio, THEIRS, row.id),
        lambda: asset.delete(studio, THEIRS, row.id),
        lambda: asset.thumb(studio, THEIRS, row.id, "320"),
        lambda: asset.ancestors(studio, THEIRS, row.id),
        lambda: account.get(studio, THEIRS, held),
        lambda: account.delete(studio, THEIRS, held),
        lambda: account.check(studio, THEIRS, held),
    ):
        with pytest.raises(NotFound):
            await attempt()
    assert (await job.page(studio, THEIRS, {}, None, 50)).items == []
    assert (await asset.page(studio, THEIRS, {}, Span(None, 50))).items == []
    assert await account.listed(studio, THEIRS) == []
    assert await studio.store.read("other", events.last) == 0


async def test_a_parent_of_another_workspace_is_not_there(studio: Studio) -> None:
    wanted = Wanted("media.painter.txt2img", {"prompt": "x"})
    mine = (await job.submit(studio, OURS, Submission(wanted, {}))).job.id
    child = Wanted("media.painter.txt2img", {"prompt": "x"}, parent=mine)
    with pytest.raises(NotFound):
        await job.submit(studio, THEIRS, Submission(child, {}))


async def test_one_idempotency_key_in_two_workspaces_is_two_keys(studio: Studio) -> None:
    made, token = await key.create(studio, OURS, key.KeyDraft("x", "viewer"), ())
    assert (await key.authenticate(studio, token)) == Caller("default", made.id, "viewer")
    wanted = Wanted("media.painter.txt2img", {"prompt": "x"})
    first = await job.submit(studio, OURS, Submission(wanted, {"a": 1}, "same"))
    again = await job.submit(studio, OURS, Submission(wanted, {"a": 1}, "same"))
    assert (again.replayed, again.job.id) == (True, first.job.id)
    assert await studio.store.read("other", lambda tx: tx.emitted) == []


async def test_following_another_workspace_shows_none_of_our_events(studio: Studio) -> None:
    wanted = Wanted("media.painter.txt2img", {"prompt": "x"})
    await job.submit(studio, OURS, Submission(wanted, {}))
    async with aclosing(follow.workspace(studio, OURS, 0)) as ours:
        assert (await anext(ours)) is not None
    last = await studio.store.read("default", events.last)
    async with aclosing(follow.workspace(studio, THEIRS, last)) as theirs:
        first = await anext(theirs)
    assert isinstance(first, follow.Reset)
    assert first.as_of == 0
