"""Rows of interactions and of the tree of jobs, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from maquette.core.action import Definition
from maquette.core.errors import NotFound
from maquette.store import account as accounts
from maquette.store import attempt as attempts
from maquette.store import definition as definitions
from maquette.store import interaction as interactions
from maquette.store import job as jobs
from maquette.store import tree
from maquette.store.database import Store, Tx
from tests.store.clock import SetClock
from tests.store.row import MINE, OTHER, a_job, an_attempt, an_interaction
from tests.store.test_index import plan_of


async def test_a_question_is_kept_with_its_keys_in_their_order(store: Store) -> None:
    asked = an_interaction()
    await store.write(MINE, lambda tx: interactions.insert(tx, asked))
    found = await store.read(MINE, lambda tx: interactions.get(tx, asked.id))
    assert found == asked
    assert list(found.asked.data) == ["zebra", "a", "mouse"]
    with pytest.raises(NotFound):
        await store.read(OTHER, lambda tx: interactions.get(tx, asked.id))


async def test_a_job_has_one_question_of_a_key(store: Store) -> None:
    await store.write(MINE, lambda tx: interactions.insert(tx, an_interaction()))
    with pytest.raises(IntegrityError):
        await store.write(MINE, lambda tx: interactions.insert(tx, an_interaction()))


async def test_only_an_open_question_can_be_changed(store: Store) -> None:
    asked = an_interaction()
    await store.write(MINE, lambda tx: interactions.insert(tx, asked))
    first = await store.write(
        MINE, lambda tx: interactions.change_open(tx, asked.id, state="answered", response={"b": 1, "a": 2})
    )
    assert first is not None
    assert list(first.response or {}) == ["b", "a"]
    assert await store.write(MINE, lambda tx: interactions.change_open(tx, asked.id, state="expired")) is None
    assert await store.write(MINE, lambda tx: interactions.cancel_of(tx, asked.job)) == []


async def test_questions_are_listed_newest_first_by_state_and_run(store: Store) -> None:
    made = [an_interaction(key=str(n), state="open" if n % 2 else "answered", run=f"run_{n % 3}") for n in range(6)]
    await store.write(MINE, lambda tx: [interactions.insert(tx, each) for each in made] and None)
    await store.write(OTHER, lambda tx: interactions.insert(tx, an_interaction(workspace=OTHER, job="job_2")))
    listed = await store.read(MINE, lambda tx: interactions.page(tx, {"state": "open"}, None, 10))
    assert [each.key for each in listed] == ["5", "3", "1"]
    before = await store.read(MINE, lambda tx: interactions.page(tx, {"run": "run_0"}, made[3].id, 10))
    assert [each.key for each in before] == ["0"]
    by_run = await store.read(MINE, lambda tx: interactions.of_runs(tx, ["run_0", "run_9"]))
    assert ([each.key for each in by_run["run_0"]], by_run["run_9"]) == (["0", "3"], [])


async def test_the_list_of_open_questions_is_served_by_its_index(store: Store) -> None:
    made = [an_interaction(key=str(n), state="open" if n % 50 == 0 else "answered") for n in range(2000)]
    await store.write(MINE, lambda tx: [interactions.insert(tx, each) for each in made] and None)
    await store.write(MINE, lambda tx: tx.run(sa.text("ANALYZE")) and None)
    plan = plan_of(store, lambda tx: interactions.page(tx, {"state": "open"}, None, 20))
    assert "interactions_state" in plan, plan


def family(tx: Tx) -> None:
    """Insert three generations, each of which cost something, and a stranger."""
    for row in (
        a_job(id="job_a", cost=1, plan=[]),
        a_job(id="job_b", parent="job_a", child_key="b", cost=20, plan=[]),
        a_job(id="job_c", parent="job_b", child_key="c", cost=300),
        a_job(id="job_d", parent="job_a", interaction="int_1", cost=4000),
        a_job(id="job_e", parent="wr_label", cost=50_000),
    ):
        jobs.insert(tx, row)


async def test_a_tree_knows_its_ancestors_its_steps_and_what_it_cost(store: Store) -> None:
    await store.write(MINE, family)

    def look(tx: Tx) -> None:
        assert tree.ancestors(tx, "job_c") == ["job_b", "job_a"]
        assert tree.ancestors(tx, "job_e") == [], "a label is no job"
        assert [each.id for each in tree.steps(tx, "job_a")] == ["job_b"]
        assert tree.tries(tx, "int_1") == ["job_d"]
        assert tree.spent(tx, ["job_a", "job_b", "job_e"]) == {"job_a": 4321, "job_b": 320, "job_e": 50_000}
        assert set(tree.several(tx, ["job_a", "job_zz"])) == {"job_a"}
        assert tree.spent(tx, []) == {}

    await store.read(MINE, look)


async def test_a_definition_is_found_by_version_by_name_and_as_it_was_at_a_time(store: Store, clock: SetClock) -> None:
    def define(tx: Tx, version: int, name: str) -> int:
        definitions.insert(tx, Definition("def_1", "workflow", name, version, {"v": version}))
        return tx.now

    first = await store.write(MINE, lambda tx: define(tx, 1, "old name"))
    clock.at += 10
    await store.write(MINE, lambda tx: define(tx, 2, "new name"))

    def look(tx: Tx) -> None:
        def body(found: Definition | None) -> object:
            return found.body["v"] if found else None

        assert [each.definition.version for each in definitions.newest(tx, "workflow")] == [2]
        assert body(definitions.named(tx, "workflow", "def_1")) == 2
        assert body(definitions.named(tx, "workflow", "new name")) == 2
        assert definitions.named(tx, "workflow", "old name") is None
        assert body(definitions.named(tx, "workflow", "def_1", at=first)) == 1
        assert body(definitions.named(tx, "workflow", "old name", at=first)) == 1
        assert body(definitions.version(tx, "workflow", "def_1", 1)) == 1
        assert definitions.version(tx, "workflow", "def_1", 3) is None
        assert list(definitions.versions(tx, [("def_1", 1), ("def_1", 7)])) == [("def_1", 1)]

    await store.read(MINE, look)
    await store.write(MINE, lambda tx: accounts.undefine(tx, "def_1"))
    gone = await store.read(MINE, lambda tx: definitions.named(tx, "workflow", "def_1"))
    kept = await store.read(MINE, lambda tx: definitions.version(tx, "workflow", "def_1", 2))
    assert (gone, kept is not None) == (None, True)


@pytest.mark.accepts("S0.61", "S0.62")
async def test_the_view_of_generations_names_what_the_data_named_and_the_run(store: Store) -> None:
    def fill(tx: Tx) -> None:
        asked = an_interaction(id="int_9", run="job_run")
        interactions.insert(tx, asked)
        job = a_job(action="media.painter.txt2img", interaction="int_9", parent="job_step", subject="/sora/sora_1")
        jobs.insert(tx, job)
        attempts.insert(tx, an_attempt(job.id, state="succeeded"))

    await store.write(MINE, fill)
    columns = "provider, prompt_id, operation, workflow_run_id"
    query = sa.text(f"select {columns} from content_generation_metadata")
    assert await store.read(MINE, lambda tx: tuple(tx.run(query).one())) == ("sora", "sora_1", "txt2img", "job_run")
