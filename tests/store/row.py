"""Rows of every kind, with only what a test says of them differing from the usual."""

from __future__ import annotations

from typing import Any

from maquette.core.ids import new_id
from maquette.core.interaction import Interaction, Question
from maquette.core.model import Account, Asset, Attempt, Job
from maquette.store.key import Key
from maquette.store.process import Process

MINE = "default"
OTHER = "elsewhere"
AT = 1_800_000_000_000


def a_job(**words: Any) -> Job:
    usual: dict[str, Any] = {
        "id": new_id("job"),
        "workspace": MINE,
        "action": "media.painter.txt2img",
        "produces": "image",
        "params": {"prompt": "a heron"},
        "plan": [{"action": "media.painter.txt2img", "account": "account_1", "params": {"prompt": "a heron"}}],
        "state": "queued",
        "warnings": [],  # a list, as JSON gives it back
        "created_at": AT,
    }
    return Job(**usual | words)


def an_attempt(job: str, **words: Any) -> Attempt:
    usual: dict[str, Any] = {
        "id": new_id("attempt"),
        "workspace": MINE,
        "job": job,
        "number": 1,
        "action": "media.painter.txt2img",
        "account": "account_1",
        "provider": "painter",
        "base_url": None,
        "token": "4be0643f-1d98-473b-97cd-ca98a65347dd",
        "state": "prepared",
        "created_at": AT,
    }
    return Attempt(**usual | words)


def an_asset(**words: Any) -> Asset:
    usual: dict[str, Any] = {
        "id": new_id("asset"),
        "workspace": MINE,
        "media": "image",
        "mime": "image/png",
        "size": 3,
        "digest": "0" * 64,
        "blob": "default/original/00/00/picture.png",
        "created_at": AT,
    }
    return Asset(**usual | words)


def an_interaction(**words: Any) -> Interaction:
    usual: dict[str, Any] = {
        "id": new_id("int"),
        "workspace": MINE,
        "job": "job_1",
        "run": "job_0",
        "key": "choose",
        "title": "Which?",
        "question": Question("Which?", data={"zebra": 1, "a": 2, "mouse": 3}).row(),
        "state": "open",
        "created_at": AT,
    }
    return Interaction(**usual | words)


def an_account(**words: Any) -> Account:
    usual: dict[str, Any] = {
        "id": new_id("account"),
        "workspace": MINE,
        "provider": "openai",
        "name": "first",
        "settings": {"base_url": "http://127.0.0.1:9"},
        "created_at": AT,
    }
    return Account(**usual | words)


def a_key(**words: Any) -> Key:
    usual: dict[str, Any] = {
        "id": new_id("key"),
        "workspace": MINE,
        "name": "laptop",
        "role": "member",
        "digest": new_id("digest"),
        "created_at": AT,
    }
    return Key(**usual | words)


def a_process(**words: Any) -> Process:
    usual: dict[str, Any] = {
        "id": new_id("process"),
        "host": "a.test",
        "pid": 7,
        "born": "1",
        "kind": "server",
        "executor": "executor_1",
        "beat": 0,
    }
    return Process(**usual | words)
