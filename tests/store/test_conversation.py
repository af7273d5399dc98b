"""Conversations and messages on both databases: pages by id, one workspace, nothing of what was deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from maquette.core.conversation import Conversation, Message
from maquette.core.errors import NotFound
from maquette.core.ids import new_id
from maquette.store import conversation as rows
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from tests.store.row import AT, MINE, OTHER, a_job


def a_talk(workspace: str = MINE, title: str = "A fox") -> Conversation:
    return Conversation(new_id("conv"), workspace, title, AT, AT)


def a_message(talk: Conversation, text: str, job: str | None = None) -> Message:
    return Message(new_id("msg"), talk.workspace, talk.id, "user", text, AT, job)


async def test_conversations_come_in_pages_newest_first(store: Store) -> None:
    made = [a_talk(title=str(number)) for number in range(5)]
    await store.write(MINE, lambda tx: [rows.insert(tx, each) for each in made])
    await store.write(OTHER, lambda tx: rows.insert(tx, a_talk(OTHER)))
    first = await store.read(MINE, lambda tx: rows.page(tx, None, 3))
    rest = await store.read(MINE, lambda tx: rows.page(tx, first[-1].id, 3))
    assert [*first, *rest] == list(reversed(made))


@pytest.mark.accepts("C19")
async def test_a_conversation_is_found_by_its_number_of_old_the_newest_of_several_and_by_an_index(store: Store) -> None:
    first, second, gone = (replace(a_talk(), legacy_id="7") for _ in range(3))
    other = replace(a_talk(OTHER), legacy_id="8")
    await store.write(MINE, lambda tx: [rows.insert(tx, each) for each in (first, second, gone)])
    await store.write(MINE, lambda tx: rows.change(tx, gone.id, deleted_at=AT))
    await store.write(OTHER, lambda tx: rows.insert(tx, other))
    assert await store.read(MINE, lambda tx: rows.imported(tx, "7")) == second.id
    with pytest.raises(NotFound, match="'8'"):
        await store.read(MINE, lambda tx: rows.imported(tx, "8"))
    names = {each["name"] for each in sa.inspect(store.engine).get_indexes("conversations")}
    assert "conversations_legacy" in names


async def test_messages_come_in_pages_newest_first_and_of_one_conversation(store: Store) -> None:
    talk, other = a_talk(), a_talk()
    said = [a_message(talk, str(number)) for number in range(5)]

    def unit(tx: Tx) -> None:
        rows.insert(tx, talk)
        rows.insert(tx, other)
        rows.say(tx, *said, a_message(other, "elsewhere"))

    await store.write(MINE, unit)
    first = await store.read(MINE, lambda tx: rows.message_page(tx, talk.id, None, 2))
    rest = await store.read(MINE, lambda tx: rows.message_page(tx, talk.id, first[-1].id, 9))
    assert [*first, *rest] == list(reversed(said))
    assert await store.read(OTHER, lambda tx: rows.message_page(tx, talk.id, None, 9)) == []
    assert await store.read(MINE, lambda tx: rows.messages_of(tx, [said[3].id, said[1].id])) == [said[1], said[3]]


async def test_what_was_deleted_is_not_there_any_more(store: Store) -> None:
    talk = a_talk()
    await store.write(MINE, lambda tx: rows.insert(tx, talk))
    for workspace in (OTHER, MINE):
        if workspace == MINE:
            gone = await store.write(MINE, lambda tx: rows.change(tx, talk.id, deleted_at=AT + 1))
            assert gone == replace(talk, deleted_at=AT + 1)
        with pytest.raises(NotFound):
            await store.read(workspace, lambda tx: rows.get(tx, talk.id))
        with pytest.raises(NotFound):
            await store.write(workspace, lambda tx: rows.change(tx, talk.id, title="x"))
    assert await store.read(MINE, lambda tx: rows.page(tx, None, 9)) == []


async def test_a_text_is_written_once(store: Store) -> None:
    talk = a_talk()
    empty = a_message(talk, "")
    await store.write(MINE, lambda tx: (rows.insert(tx, talk), rows.say(tx, empty)))
    for text in ("first", "second"):
        await store.write(MINE, lambda tx, text=text: rows.write(tx, empty.id, text))
    (now,) = await store.read(MINE, lambda tx: rows.messages_of(tx, [empty.id]))
    assert now.text == "first"


@pytest.mark.accepts("S1.32", "S1.34")
async def test_a_generation_names_the_conversation_that_it_was_made_for(store: Store) -> None:
    talk, job, alone = a_talk(), a_job(), a_job(parent="run_1")

    def unit(tx: Tx) -> None:
        rows.insert(tx, talk)
        jobs.insert(tx, job)
        jobs.insert(tx, alone)
        rows.say(tx, a_message(talk, "", job.id))

    await store.write(MINE, unit)
    query = sa.text("select id, conversation_id from media_generations")
    found = await store.read(MINE, lambda tx: {row.id: row.conversation_id for row in tx.run(query)})
    assert found == {job.id: talk.id, alone.id: None}
