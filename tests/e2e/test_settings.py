"""Settings: an account drawn from its provider's schema, proven before it is kept; files to import; keys."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open, Serve
from tests.e2e.invented import Invented
from tests.e2e.tab import Tab


@pytest.mark.accepts("A1", "S2.16", "S2.14")
def test_an_account_of_an_unheard_of_provider_is_made_and_a_wrong_one_is_not_kept(
    serve: Serve, tmp_path: Path, open_page: Open, invented: Invented
) -> None:
    with serve(tmp_path / "home", extra=invented.environ) as server:
        set_up(server, open_page(server, "/settings"), invented)


def set_up(server: Running, tab: Tab, invented: Invented) -> None:
    tab.page.get_by_role("link", name=re.compile(invented["title"])).click()
    expect(tab.page.get_by_role("heading", name=invented["title"])).to_be_visible()
    field = tab.page.get_by_label(re.compile(invented["secret"], re.IGNORECASE)).first
    expect(field).to_have_attribute("type", "password")
    field.fill("nonsense")
    tab.page.get_by_role("button", name="Save").click()
    expect(tab.page.get_by_role("alert")).to_contain_text(f"The word of {invented['title']} is wrong")
    with server.caller() as client:
        assert client.get("/api/v1/accounts", params={"provider": invented["provider"]}).json()["items"] == []
        field.fill(invented["password"])
        tab.page.get_by_role("button", name="Test connection").click()
        expect(tab.page.get_by_text(re.compile("Connected in"))).to_be_visible()
        assert client.get("/api/v1/accounts", params={"provider": invented["provider"]}).json()["items"] == []
        tab.page.get_by_role("button", name="Save").click()
        expect(tab.page.get_by_role("article")).to_have_count(1)
        (kept,) = client.get("/api/v1/accounts", params={"provider": invented["provider"]}).json()["items"]
    tab.page.get_by_role("button", name="Edit").click()
    assert invented["password"] not in tab.page.content()
    expect(field).to_have_value("")
    tab.page.get_by_role("textbox", name="Name").fill("renamed")
    tab.page.get_by_role("button", name="Save").click()
    expect(tab.page.get_by_role("article", name="renamed")).to_be_visible()
    tab.page.get_by_role("article").get_by_role("button", name="Test connection").click()
    expect(tab.page.get_by_text(re.compile("Connected in"))).to_be_visible()
    tab.page.get_by_role("button", name="Edit").click()
    tab.page.get_by_role("button", name="Delete", exact=True).click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tab.page.get_by_role("article")).to_have_count(0)
    with server.caller() as client:
        assert client.get(f"/api/v1/accounts/{kept['id']}").status_code == 404


@pytest.mark.accepts("S2.16")
def test_a_provider_that_needs_nothing_is_proven_with_one_press(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/settings/painter")
    tab.page.get_by_role("button", name="Test connection").click()
    expect(tab.page.get_by_text(re.compile(r"Connected in .*s"))).to_be_visible()


def test_a_server_that_is_not_there_is_named_in_plain_words(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/settings/openai")
    tab.page.get_by_label("Base URL").fill("http://127.0.0.1:9/v1")
    tab.page.get_by_label("API key").fill("a word")
    tab.page.get_by_role("button", name="Test connection").click()
    alert = tab.page.get_by_role("alert")
    expect(alert).to_contain_text("127.0.0.1:9 does not answer: connection refused")
    raw = alert.get_by_text(re.compile("ClientConnectorError"))
    expect(raw).to_be_hidden()
    alert.get_by_text("Details", exact=True).click()
    expect(raw).to_be_visible()


@pytest.mark.accepts("S2.19")
def test_a_provider_that_takes_a_file_takes_it_here_and_a_bad_one_says_why(
    server: Running, open_page: Open, tmp_path: Path
) -> None:
    with server.caller() as client:
        takes = [each for each in client.get("/api/v1/providers").json()["items"] if each.get("imports")]
    assert takes
    tab = open_page(server, f"/settings/{takes[0]['name']}")
    (tmp_path / "broken.json").write_text("{")
    tab.page.get_by_label("File", exact=True).set_input_files(tmp_path / "broken.json")
    tab.page.get_by_role("button", name="Import").click()
    expect(tab.page.get_by_role("alert")).to_contain_text("Line 2, column 1")
    (tmp_path / "empty.json").write_text(json.dumps({}))
    tab.page.get_by_label("File", exact=True).set_input_files(tmp_path / "empty.json")
    tab.page.get_by_role("button", name="Import").click()
    expect(tab.page.get_by_role("alert")).not_to_contain_text("Line 2, column 1")
    expect(tab.page.get_by_role("alert")).to_be_visible()


def test_a_key_is_shown_once_and_revoked(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/settings")
    tab.page.get_by_label("What for").fill("a script of mine")
    tab.page.get_by_role("button", name="Make a key").click()
    token = tab.page.get_by_role("textbox", name="The key").input_value()
    with server.caller(None, authorization=f"Bearer {token}") as client:
        assert client.get("/api/v1/session").json()["role"] == "member"
        tab.page.get_by_role("button", name="Done").click()
        assert token not in tab.page.content()
        row = tab.page.get_by_role("listitem").filter(has_text="a script of mine")
        row.get_by_role("button", name="Revoke").click()
        tab.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
        expect(row).to_have_count(0)
        assert client.get("/api/v1/session").status_code == 401


def test_a_key_is_narrowed_to_what_it_is_for_and_a_wrong_scope_is_said_at_its_field(
    server: Running, open_page: Open
) -> None:
    tab = open_page(server, "/settings")
    tab.page.get_by_label("What for").fill("a frame on the wall")
    tab.page.get_by_text("Narrower", exact=True).click()
    scopes = tab.page.get_by_label("With these alone")
    scopes.fill("pictures")
    scopes.press("Enter")
    tab.page.get_by_label("Jobs a minute").fill("3")
    tab.page.get_by_role("button", name="Make a key").click()
    expect(tab.page.get_by_text("there is no scope 'pictures'")).to_be_visible()
    tab.look("key")
    tab.page.get_by_role("button", name="Remove pictures").click()
    scopes.fill("assets:read,")
    tab.page.get_by_role("button", name="Make a key").click()
    token = tab.page.get_by_role("textbox", name="The key").input_value()
    tab.page.get_by_role("button", name="Done").click()
    row = tab.page.get_by_role("listitem").filter(has_text="a frame on the wall")
    expect(row).to_contain_text("Makes things · only assets:read · 3 jobs a minute")
    with server.caller(None, authorization=f"Bearer {token}") as client:
        assert client.get("/api/v1/assets").status_code == 200
        assert client.get("/api/v1/jobs").status_code == 403
    row.get_by_role("button", name="Revoke").click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    expect(row).to_have_count(0)


@pytest.mark.accepts("S3.9")
def test_an_account_shows_its_successes_its_failures_and_how_much_room_it_has(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    with server.caller() as client:
        client.patch(f"/api/v1/accounts/{account}", json={"per_day": 5000})
        for prompt in ("swift and fine", "refuse this one"):
            body = {"action": invented.action, "params": {"prompt": prompt}}
            client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=20"})
        health = client.get(f"/api/v1/accounts/{account}").json()["health"]["attempts"]
        client.patch(f"/api/v1/accounts/{account}", json={"per_day": None})
        tab = open_page(server, f"/settings/{invented['provider']}")
        card = tab.page.get_by_role("article")
        words = {"succeeded": "succeeded", "failed": "failed", "refused": "refused", "not_sent": "never sent"}
        shown = [f"{health[state]} {word}" for state, word in words.items() if state in health]
        assert health["succeeded"]
        assert len(shown) > 1, health
        for each in shown:
            expect(card).to_contain_text(each)
        room = card.get_by_role("group", name=re.compile("^Room of"))
        expect(room.get_by_role("progressbar", name=re.compile("at once"))).to_be_visible()
        tab.look("account")


@pytest.mark.accepts("S1.58")
def test_models_are_listed_refreshed_chosen_and_priced(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    with server.caller() as client:
        price = {"rules": [{"per": "image", "usd": "0.04"}], "source": "a contract"}
        set_price = client.put(f"/api/v1/prices/{invented['provider']}/{invented['model']}", json=price)
        assert set_price.status_code == 200, set_price.text
        tab = open_page(server, f"/settings/{invented['provider']}")
        card = tab.page.get_by_role("article")
        card.get_by_text("Models: all that it offers").click()
        rows = card.get_by_role("checkbox")
        expect(rows).to_have_count(2)
        expect(card.get_by_role("listitem").filter(has_text=invented["model_title"])).to_contain_text("$0.04 per image")
        expect(card.get_by_role("listitem").filter(has_text=invented["film_title"])).to_contain_text("price unknown")
        card.get_by_role("checkbox", name=re.compile(invented["film_title"])).uncheck()
        card.get_by_role("button", name="Save 1 model").click()
        expect(card.get_by_text("Models: 1 model chosen")).to_be_visible()
        assert client.get(f"/api/v1/accounts/{account}").json()["models"] == [invented["model"]]
        with tab.page.expect_response(re.compile(rf"/accounts/{account}/models")):
            card.get_by_role("button", name="Refresh").click()
        tab.look("models")
        card.get_by_role("button", name="Use whatever it offers").click()
        expect(card.get_by_text("Models: all that it offers")).to_be_visible()
        assert client.get(f"/api/v1/accounts/{account}").json()["models"] is None
