"""Blank forms over HTTP, the examples of actions, and what a job came to in words."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx2
import pytest
from PIL import Image

from maquette.engine.events import outcome
from tests.api.running import ACTION, made

FORMS = "/api/v1/forms"


@pytest.mark.accepts("S3.43")
def test_the_form_of_a_preset_offers_every_action_and_account_that_there_is(admin: httpx2.Client) -> None:
    form = admin.get(f"{FORMS}/preset").json()
    candidate = form["properties"]["candidates"]["items"]["properties"]
    offered = {each["const"] for each in candidate["action"]["oneOf"]}
    actions = admin.get("/api/v1/actions").json()["items"]
    assert offered == {each["name"] for each in actions if not each["composite"] and each["produces"] != "data"}
    accounts = {each["const"] for each in candidate["account"]["oneOf"]}
    assert accounts == {each["id"] for each in admin.get("/api/v1/accounts").json()["items"]}
    assert all(each["title"] for each in candidate["action"]["oneOf"])


def test_the_form_of_a_budget_asks_for_money_and_for_nothing_that_stays(admin: httpx2.Client) -> None:
    whole, change = (admin.get(f"{FORMS}/{name}").json()["properties"] for name in ("budget", "budget-change"))
    assert whole["amount"]["x-widget"] == "money"
    assert whole.keys() - change.keys() == {"scope", "subject", "period"}
    found = admin.get(f"{FORMS}/budget/choices/subject", params={"of": "provider"}).json()["items"]
    assert {"id": "painter", "title": "painter"} in found
    assert admin.get(f"{FORMS}/budget/choices/subject", params={"of": "workspace"}).json()["items"] == []


def test_the_form_of_a_key_asks_for_all_that_a_key_can_be_but_its_end(admin: httpx2.Client) -> None:
    form = admin.get(f"{FORMS}/key").json()
    assert form["properties"].keys() == {"name", "role", "scopes", "per_minute"}
    assert {each["const"] for each in form["properties"]["role"]["oneOf"]} == {"admin", "member", "viewer"}


def test_a_form_that_is_not_there_is_answered_with_those_that_are(admin: httpx2.Client) -> None:
    answer = admin.get(f"{FORMS}/nothing")
    assert answer.status_code == 404
    assert "preset" in answer.json()["hint"]


@pytest.mark.accepts("S1.76")
def test_an_action_tells_its_examples_and_their_pictures_are_served(admin: httpx2.Client) -> None:
    action = admin.get(f"/api/v1/actions/{ACTION}").json()
    assert "x-examples" not in action["schema"]
    for example in action["examples"]:
        assert example["title"]
        assert example["quality"]
        answer = admin.get(example["picture"])
        assert answer.headers["content-type"] == "image/webp"
        assert Image.open(BytesIO(answer.content)).size == (480, 320)
    missing: Any = admin.get(f"/api/v1/actions/{ACTION}/examples/99/picture")
    assert missing.status_code == 404


@pytest.mark.accepts("S4.25")
def test_a_job_says_in_words_what_it_came_to(admin: httpx2.Client) -> None:
    job = made(admin, n=3)
    assert job["outcome"] == "3 images generated successfully"
    told = admin.get(f"/api/v1/jobs/{job['id']}/events", headers={"Accept": "text/event-stream"}).text
    assert '"outcome":"3 images generated successfully"' in told.replace(": ", ":")
    assert made(admin)["outcome"] == "1 image generated successfully"


@pytest.mark.accepts("S4.25")
def test_one_is_said_otherwise_than_several() -> None:
    assert outcome(["image"]) == "1 image generated successfully"
    assert outcome(["image", "image", "audio"]) == "2 images and 1 sound generated successfully"
    assert outcome([]) == ""
