"""Activity: jobs, their tries and logs, what can be done about them, and the figures."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import FilePayload, expect

from tests.api.running import ACTION, SMALL, Running, made, png
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented
from tests.e2e.question import walk_to


def asked(server: Running, invented: Invented, prompt: str, wait: int = 20) -> dict[str, Any]:
    with server.caller() as client:
        body = {"action": invented.action, "params": {"prompt": prompt}}
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        found: dict[str, Any] = client.post("/api/v1/jobs", json=body, headers=headers).json()
    return found


@pytest.mark.accepts("S3.42", "S3.44", "S4.40")
def test_a_job_appears_by_itself_and_its_drawer_tells_its_tries_and_its_log(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/activity")
    with server.caller() as client:
        made(client, prompt="a ferry at night")
    tab.page.get_by_role("link", name=re.compile("a ferry at night")).click()
    drawer = tab.page.get_by_role("dialog")
    expect(drawer.get_by_text("Succeeded").first).to_be_visible()
    expect(drawer.get_by_text(re.compile(r"^1\. "))).to_be_visible()
    expect(drawer.get_by_role("listitem").filter(has_text="Job succeeded")).to_be_visible()
    expect(drawer.get_by_text("a ferry at night").first).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(tab.page).to_have_url(re.compile("/activity$"))


@pytest.mark.accepts("S3.44")
def test_filters_narrow_the_jobs_and_stay_in_the_address(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    asked(server, invented, "refuse a ferry")
    tab = open_page(server, "/activity")
    tab.page.get_by_text("Failed", exact=True).first.wait_for()
    tab.page.get_by_role("radio", name="Failed").check()
    rows = tab.page.get_by_role("region", name="Jobs").get_by_role("link")
    expect(rows.filter(has_text="refuse a ferry").first).to_be_visible()
    expect(rows.filter(has_text="Succeeded")).to_have_count(0)
    tab.page.reload()
    expect(tab.page.get_by_role("radio", name="Failed")).to_be_checked()
    tab.page.get_by_role("combobox", name="Provider").select_option(label=invented["title"])
    expect(rows.filter(has_text="refuse a ferry").first).to_be_visible()
    tab.page.get_by_role("combobox", name="What was made").select_option(label="Videos")
    expect(tab.page.get_by_role("heading", name="Nothing matches")).to_be_visible()


@pytest.mark.accepts("S0.59", "S0.60")
def test_a_failed_job_says_why_and_is_tried_again(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    failed = asked(server, invented, "refuse a bridge")
    tab = open_page(server, f"/activity?job={failed['id']}")
    drawer = tab.page.get_by_role("dialog")
    expect(drawer.get_by_role("alert")).to_contain_text("does not draw this")
    drawer.get_by_role("button", name="Try again").click()
    expect(tab.page).not_to_have_url(re.compile(failed["id"]))
    expect(drawer.get_by_role("alert")).to_contain_text("does not draw this")


@pytest.mark.accepts("S1.26")
def test_a_job_under_way_is_cancelled(server: Running, open_page: Open, invented: Invented, account: str) -> None:
    with invented.shut():
        running = asked(server, invented, "a slow one", wait=0)
        tab = open_page(server, f"/activity?job={running['id']}")
        drawer = tab.page.get_by_role("dialog")
        expect(drawer.get_by_role("status")).to_have_text(f"mixing the {invented['colour']}")
        drawer.get_by_role("button", name="Cancel").last.click()
        expect(drawer.get_by_text("Cancelled").first).to_be_visible()
        expect(drawer.get_by_role("progressbar")).to_have_count(0)


@pytest.mark.parametrize("way", ["Give up", "Attach the result"])
def test_a_call_in_doubt_is_settled_by_a_person_who_sees_what_is_at_stake(
    server: Running, open_page: Open, invented: Invented, account: str, way: str
) -> None:
    waiting = asked(server, invented, f"vanish {way}", wait=5)
    assert waiting["waiting_for"] == "attention", waiting
    tab = open_page(server, f"/activity?job={waiting['id']}")
    drawer = tab.page.get_by_role("dialog")
    expect(drawer.get_by_text(f"Nobody knows whether {invented['title']} took this")).to_be_visible()
    expect(drawer.get_by_text("At stake:")).to_be_visible()
    settle = drawer.get_by_role("button", name="Settle it")
    expect(settle).to_be_disabled()
    drawer.get_by_role("radio", name=re.compile(way)).check()
    if way == "Attach the result":
        expect(settle).to_be_disabled()
        found = FilePayload(name="found.png", mimeType="image/png", buffer=png())
        drawer.get_by_label("or the file").set_input_files(found)
    settle.click()
    expect(drawer.get_by_text("Succeeded" if way == "Attach the result" else "Cancelled").first).to_be_visible()


@pytest.mark.accepts("S3.44")
def test_the_figures_are_drawn_from_rows_and_stand_behind_as_a_table(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        job = client.post(
            "/api/v1/jobs", json={"action": ACTION, "params": SMALL}, headers={"Prefer": "wait=30"}
        ).json()
        totals = client.get("/api/v1/stats?days=14").json()["totals"]
    assert job["state"] == "succeeded"
    tab = open_page(server, "/activity")
    figures = tab.page.get_by_role("region", name="The last 14 days")
    expect(figures.get_by_role("img", name=re.compile("Jobs a day"))).to_be_visible()
    figures.get_by_role("button", name="Table").first.click()
    table = figures.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(15)
    shown = sum(int(cell) for cell in table.get_by_role("row").last.get_by_role("cell").all_inner_texts())
    assert shown >= totals["jobs"]


def test_what_is_in_doubt_waits_under_needs_you_and_is_settled_there_by_keys(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    waiting = asked(server, invented, "vanish under needs you", wait=5)
    assert waiting["waiting_for"] == "attention", waiting
    tab = open_page(server, "/")
    tab.page.get_by_role("link", name=re.compile("Needs you")).click()
    doubt = tab.page.get_by_role("article", name="In doubt: vanish under needs you")
    expect(doubt).to_contain_text("The line went dead")
    expect(doubt).to_contain_text(re.compile("sent (just now|.* ago)"))
    expect(doubt).to_contain_text("At stake:")
    page = doubt.get_by_role("link", name=re.compile("what it has taken"))
    expect(page).to_have_attribute("href", f"https://{invented['host']}.example/taken")
    tab.look("doubt")
    again = doubt.get_by_role("radio", name=re.compile("Send it again"))
    walk_to(tab, again)
    tab.page.keyboard.press("Space")
    tab.page.keyboard.press("ArrowUp")
    expect(doubt.get_by_role("radio", name=re.compile("Give up"))).to_be_checked()
    walk_to(tab, doubt.get_by_role("button", name="Settle it"))
    tab.page.keyboard.press("Enter")
    expect(doubt).to_have_count(0)
    with server.caller() as client:
        assert client.get(f"/api/v1/jobs/{waiting['id']}").json()["state"] == "cancelled"


def test_what_is_sent_again_is_a_further_try_that_says_so(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    waiting = asked(server, invented, "vanish once more", wait=5)
    tab = open_page(server, "/needs-you")
    doubt = tab.page.get_by_role("article", name="In doubt: vanish once more")
    doubt.get_by_role("radio", name=re.compile("Send it again")).check()
    doubt.get_by_role("button", name="Settle it").click()
    expect(doubt).to_be_visible()
    with server.caller() as client:
        tab.page.goto(f"/activity?job={waiting['id']}")
        expect(tab.page.get_by_role("dialog").get_by_text(re.compile(r"^2\. "))).to_be_visible()
        client.post(f"/api/v1/jobs/{waiting['id']}/resolve", json={"how": "give_up"})
