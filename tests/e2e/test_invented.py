"""A provider and a module that the interface was not built with work in all of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open, Serve, opened
from tests.e2e.invented import Invented
from tests.e2e.question import WORK_MS, begun, card, generate, results, submit
from tests.e2e.tab import Tab


@pytest.mark.accepts("A1", "A2", "A3")
def test_a_question_of_an_unheard_of_module_is_shown_tried_chosen_and_answered(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    run = begun(server, invented)
    tab = open_page(server, "/needs-you")
    with server.caller() as client:
        (asked,) = client.get("/api/v1/interactions", params={"run": run}).json()["items"]
    link = tab.page.get_by_role("link", name=re.compile(invented["question"]))
    link.and_(tab.page.locator(f'[href$="{asked["id"]}"]')).click()
    plain, rich = (card(tab, invented["shelf"], invented[name]) for name in ("plain_idea", "rich_idea"))
    expect(rich.get_by_role("term").filter(has_text=re.compile(invented["other"], re.IGNORECASE))).to_be_visible()
    plain.get_by_text("Settings", exact=True).click()
    dial = plain.get_by_label(invented["dial_title"]).first
    expect(dial).to_have_value("7")
    dial.fill("3")
    with invented.shut():
        plain.get_by_role("button", name=invented["verb"]).click()
        expect(plain.get_by_role("button", name=f"{invented['verb']} in hand")).to_be_disabled()
        expect(plain.get_by_role("progressbar")).to_be_visible()
    expect(results(plain)).to_have_count(1, timeout=WORK_MS)
    generate(rich, invented["verb"])
    results(plain).first.check()
    results(rich).first.check()
    expect(results(plain).first).not_to_be_checked()
    tab.page.get_by_label(re.compile(invented["remark_title"])).fill("well done")
    submit(tab, invented["submit"]).click()
    expect(submit(tab, invented["submit"])).to_have_count(0)
    with server.caller() as client:
        client.get(f"/api/v1/jobs/{run}/events")
        found = client.get(f"/api/v1/runs/{run}").json()
        jobs = client.get("/api/v1/jobs", params={"action": invented.action, "limit": 2}).json()["items"]
    assert found["state_values"][invented["remark"]] == "well done"
    assert found["state_values"][invented["picked"]] == jobs[0]["assets"][0]["id"]
    assert jobs[1]["params"][invented["dial"]] == 3
    assert jobs[0]["params"]["prompt"] == "a hill, at dusk"


@pytest.mark.accepts("A1", "S1.25", "S1.26", "S1.27", "S3.41")
def test_what_an_unheard_of_provider_offers_is_made_on_the_first_page(
    serve: Serve, tmp_path: Path, open_page: Open, invented: Invented
) -> None:
    with serve(tmp_path / "home", extra=invented.environ) as server:
        opened(server, invented)
        make(server, open_page(server, f"/?action={invented.action}"), invented)


def make(server: Running, tab: Tab, invented: Invented) -> None:
    composer = tab.page.get_by_role("form", name="Create")
    expect(composer).to_contain_text(invented["offer"])
    composer.get_by_role("textbox", name="Prompt").fill("guess a cold morning")
    composer.get_by_text("Settings", exact=True).click()
    composer.get_by_text("More", exact=True).click()
    composer.get_by_role("spinbutton", name=re.compile(invented["dial"], re.IGNORECASE)).fill("9")
    with invented.shut():
        tab.page.keyboard.press("Control+Enter")
        made = tab.page.get_by_role("article").first
        expect(made.get_by_role("progressbar")).to_be_visible()
        # A share that nobody knows is not made up.
        expect(made.get_by_role("progressbar")).not_to_have_attribute("value", re.compile(".*"))
    expect(made.get_by_role("img", name=re.compile("guess a cold morning"))).to_be_visible(timeout=WORK_MS)
    made.get_by_role("button", name="Regenerate").click()
    expect(tab.page.get_by_role("article")).to_have_count(2, timeout=WORK_MS)
    with server.caller() as client:
        jobs = client.get("/api/v1/jobs").json()["items"]
    assert [job["params"][invented["dial"]] for job in jobs] == [9, 9]
