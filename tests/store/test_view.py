"""The documents' table names, read as views on both databases."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from maquette.core.action import Definition
from maquette.store import account as accounts
from maquette.store import asset as assets
from maquette.store import attempt as attempts
from maquette.store import definition as definitions
from maquette.store import job as jobs
from maquette.store.database import Store, Tx
from maquette.store.view import views
from tests.store.row import a_job, an_account, an_asset, an_attempt

COLUMNS = {
    "content_generation_metadata": "id workflow_run_id interaction_id provider prompt_id operation request_params "
    "source_data response_data created_at completed_at status error_message credits_used",
    "generated_content": "id workflow_run_id metadata_id index content_type provider_url local_path",
    "media_generations": "id conversation_id user_id generation_type prompt negative_prompt parameters template_id "
    "provider status result_path result_metadata error_message created_at completed_at",
    "media_generation_jobs": "id media_type prompt status max_attempts created_at completed_at error",
    "media_generation_events": "id job_id event_type event_data created_at",
    "llm_accounts": "id provider account_name models rate_limit_per_minute rate_limit_per_day is_active success_count "
    "failure_count total_cost created_at updated_at",
    "model_presets": "id name media_type mixing_strategy models priority is_active created_at",
    "workflow_configs": "id name media_type workflow_type strategy steps max_attempts enabled",
}


def fill(tx: Tx) -> None:
    """Insert a job that failed once, succeeded, and was made for a prompt of an interaction."""
    job = a_job(
        action="media.midjourney.txt2img",
        state="succeeded",
        parent="run_1",
        interaction="int_1",
        subject="/midjourney/prompt_a_prose",
        source={"content": "a fox"},
        params={"prompt": "a fox", "negative_prompt": "fog"},
        ended_at=5,
    )
    failed = a_job(state="failed", error={"detail": "the provider refused it"}, params={"prompt": "a"}, ended_at=6)
    jobs.insert(tx, job)
    jobs.insert(tx, failed)
    attempts.insert(tx, an_attempt(job.id, number=1, provider="midjourney", state="refused"))
    last = an_attempt(
        job.id, number=2, provider="midjourney", state="succeeded", cost_amount="4 credits", response={"task": "t"}
    )
    attempts.insert(tx, last)
    assets.insert(tx, an_asset(job=job.id, attempt=last.id, provider_url="https://cdn.example/1.png"))
    tx.emit("job.succeeded", job.id, {"state": "succeeded"})
    account = an_account(id=last.account, models=["m"], per_minute=3)
    accounts.insert(tx, replace(account, sealed={"api_key": "v1:sealed"}))
    preset = {"title": "T", "media": "image", "strategy": "weighted", "priority": 7, "enabled": True}
    body = preset | {"candidates": [{"action": "media.a.b"}], "max_attempts": 4}
    for version in (1, 2):
        definitions.insert(tx, Definition("preset_1", "preset", f"version {version}", version, body))


def rows(tx: Tx, view: str) -> list[dict[str, Any]]:
    return [dict(row) for row in tx.run(sa.text(f"select * from {view} order by id")).mappings()]


@pytest.mark.accepts("S0.61", "S0.62", "S1.32", "S3.4", "S3.5", "C21")
@pytest.mark.parametrize("view", COLUMNS)
async def test_a_table_of_the_documents_can_be_read_with_its_columns(store: Store, view: str) -> None:
    await store.write("default", fill)
    found = await store.read("default", lambda tx: rows(tx, view))
    assert found
    assert set(COLUMNS[view].split()) <= set(found[0])


@pytest.mark.accepts("S1.32", "C21")
async def test_a_generation_names_its_template_and_one_without_names_none(store: Store) -> None:
    told = {"template": {"name": "portrait-headshot", "version": 2, "values": {"name": "Mara"}}, "prompt": "Mara"}
    for source in (told, {"content": "a fox"}, "a fox", None):
        await store.write("default", lambda tx, source=source: jobs.insert(tx, a_job(source=source)))
    found = await store.read("default", lambda tx: rows(tx, "media_generations"))
    assert [row["template_id"] for row in found] == ["portrait-headshot", None, None, None]


async def test_a_generation_shows_its_last_attempt_and_what_it_was_made_for(store: Store) -> None:
    await store.write("default", fill)
    await store.write(
        "default", lambda tx: jobs.insert(tx, a_job(interaction="int_9", run="their run", source="a fox"))
    )
    made, failed, label = await store.read("default", lambda tx: rows(tx, "content_generation_metadata"))
    assert (label["workflow_run_id"], label["interaction_id"]) == ("their run", "int_9")
    assert label["source_data"] in ("a fox", '"a fox"')
    assert re.fullmatch(r"cgm_[0-9a-f]{32}", made["id"])
    told = [made[name] for name in ("provider", "prompt_id", "operation", "status", "credits_used", "workflow_run_id")]
    assert told == ["midjourney", "prompt_a_prose", "txt2img", "completed", "4 credits", "run_1"]
    assert (failed["status"], failed["error_message"]) == ("failed", "the provider refused it")
    (content,) = await store.read("default", lambda tx: rows(tx, "generated_content"))
    assert content["metadata_id"] == made["id"]
    assert content["provider_url"] == "https://cdn.example/1.png"


@pytest.mark.accepts("S3.2", "S3.3", "S3.6", "S3.9")
async def test_accounts_and_presets_are_shown_in_the_words_of_the_documents_and_no_key_is(store: Store) -> None:
    await store.write("default", fill)
    (account,) = await store.read("default", lambda tx: rows(tx, "llm_accounts"))
    assert (account["success_count"], account["failure_count"], account["rate_limit_per_minute"]) == (1, 1, 3)
    assert "sealed" not in str(account)
    (preset,) = await store.read("default", lambda tx: rows(tx, "model_presets"))
    assert (preset["name"], preset["media_type"], preset["mixing_strategy"], preset["priority"]) == (
        "version 2", "image", "weighted", 7,
    )  # fmt: skip
    (config,) = await store.read("default", lambda tx: rows(tx, "workflow_configs"))
    told = [config[name] for name in ("name", "media_type", "workflow_type", "strategy", "max_attempts")]
    assert told == ["version 2", "image", "adaptive", "weighted", 4]
    assert bool(config["enabled"]) is True


@pytest.mark.accepts("C13")
async def test_every_state_of_a_job_has_its_word_in_the_views(store: Store) -> None:
    words = {
        "queued": "pending", "running": "processing", "waiting": "processing", "succeeded": "completed",
        "failed": "failed", "cancelled": "failed",
    }  # fmt: skip
    made = {state: a_job(state=state) for state in words}
    for job in made.values():
        await store.write("default", lambda tx, job=job: jobs.insert(tx, job))
    for view, prefix in (("media_generation_jobs", "job_"), ("content_generation_metadata", "cgm_")):
        told = {row["id"]: row["status"] for row in await store.read("default", lambda tx, view=view: rows(tx, view))}
        assert {state: told[prefix + job.id[4:]] for state, job in made.items()} == words


@pytest.mark.parametrize("view", sorted(views("sqlite")))
async def test_a_view_cannot_be_written(store: Store, view: str) -> None:
    await store.write("default", fill)
    with pytest.raises(Exception, match=r"cannot (modify|delete)|view"):
        await store.write("default", lambda tx: tx.run(sa.text(f"delete from {view}")))
    assert await store.read("default", lambda tx: rows(tx, view))
