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
