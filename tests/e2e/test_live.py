"""What happens is seen at once and is not lost: by a reload, in other tabs, over a killed server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from maquette.cli.child import Child
from tests.api.running import Running, environ
from tests.e2e.conftest import Open, opened
from tests.e2e.invented import Invented
from tests.e2e.question import WORK_MS, begun, card, generate, results, submit
from tests.e2e.tab import Tab

TABS = 9
ALONE = "delete window.SharedWorker"
NOWHERE = "http://127.0.0.1:9/v1"


@pytest.mark.accepts("S0.37", "S0.49", "S0.51", "S0.60")
def test_a_reload_in_the_middle_of_a_generation_loses_nothing(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/runs/{begun(server, invented)}")
    place = card(tab, invented["shelf"], invented["plain_idea"])
    with invented.shut():
        place.get_by_role("button", name=invented["verb"]).click()
        expect(place.get_by_text(f"mixing the {invented['colour']}")).to_be_visible()
        tab.page.reload()
        expect(place.get_by_text(f"mixing the {invented['colour']}")).to_be_visible()
        expect(place.get_by_role("progressbar")).to_be_visible()
    expect(results(place)).to_have_count(1, timeout=WORK_MS)
    expect(place.get_by_role("progressbar")).to_have_count(0)
    results(place).first.check()
    tab.page.reload()
    expect(results(place).first).to_be_checked()


@pytest.mark.accepts("S0.2", "S0.34")
def test_two_tabs_see_the_same_and_the_first_answer_wins(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    run = begun(server, invented)
    first = open_page(server, f"/runs/{run}")
    second = Tab(first.page.context.new_page())
    second.page.goto(f"/runs/{run}")
    idea = (invented["shelf"], invented["rich_idea"])
    expect(card(second, *idea)).to_be_visible()
    generate(card(first, *idea), invented["verb"])
    for tab in (first, second):
        expect(results(card(tab, *idea))).to_have_count(1, timeout=WORK_MS)
        results(card(tab, *idea)).first.check()
    submit(first, invented["submit"]).click()
    expect(submit(first, invented["submit"])).to_have_count(0)
    expect(submit(second, invented["submit"])).to_have_count(0)
    assert second.complaints == []


@pytest.mark.accepts("S3.42")
def test_nine_tabs_are_all_live(server: Running, open_page: Open, invented: Invented, account: str) -> None:
    run = begun(server, invented)
    first = open_page(server, f"/runs/{run}")
    tabs = [first, *(Tab(first.page.context.new_page()) for _ in range(TABS - 1))]
    for tab in tabs[1:]:
        tab.page.goto(f"/runs/{run}")
    idea = (invented["shelf"], invented["plain_idea"])
    for tab in tabs:
        expect(card(tab, *idea)).to_be_visible()
    generate(card(first, *idea), invented["verb"])
    for tab in tabs:
        expect(results(card(tab, *idea))).to_have_count(1, timeout=WORK_MS)


@pytest.mark.accepts("S0.34")
def test_a_tab_that_heard_nothing_is_told_that_another_one_answered(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    run = begun(server, invented)
    first = open_page(server, f"/runs/{run}")
    deaf = Tab(first.page.context.new_page())
    deaf.page.add_init_script(ALONE)
    for door in ("events", "log"):
        deaf.page.route(f"**/api/v1/{door}?*", lambda route: route.abort())
    idea = (invented["shelf"], invented["rich_idea"])
    generate(card(first, *idea), invented["verb"])
    deaf.page.goto(f"/runs/{run}")
    expect(deaf.page.get_by_text("Reconnecting")).to_be_visible()
    for tab in (first, deaf):
        results(card(tab, *idea)).first.check()
    submit(first, invented["submit"]).click()
    expect(submit(first, invented["submit"])).to_have_count(0)
    expect(submit(deaf, invented["submit"])).to_be_enabled()
    submit(deaf, invented["submit"]).click()
    expect(deaf.page.get_by_role("status").filter(has_text=re.compile("answered", re.IGNORECASE)).first).to_be_visible()
    expect(submit(deaf, invented["submit"])).to_have_count(0)
    assert deaf.complaints == []


@pytest.mark.accepts("S3.42")
def test_a_browser_without_shared_workers_follows_by_itself(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    run = begun(server, invented)
    first = open_page(server, "/settings")
    alone = Tab(first.page.context.new_page())
    alone.page.add_init_script(ALONE)
    alone.page.goto(f"/runs/{run}")
    place = card(alone, invented["shelf"], invented["plain_idea"])
    assert alone.page.evaluate("'SharedWorker' in window") is False
    with invented.shut():
        place.get_by_role("button", name=invented["verb"]).click()
        expect(place.get_by_text(f"mixing the {invented['colour']}")).to_be_visible()
    expect(results(place)).to_have_count(1, timeout=WORK_MS)
    assert alone.complaints == []


@pytest.mark.accepts("S3.42")
def test_where_no_stream_is_to_be_had_news_comes_all_the_same(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    first = open_page(server, "/settings")
    polling = Tab(first.page.context.new_page())
    polling.page.add_init_script(ALONE)
    polling.page.clock.install()
    streams = re.compile(r"/api/v1/events\?")
    polling.page.route(streams, lambda route: route.abort())
    polling.page.goto("/activity")
    expect(polling.page.get_by_text("Reconnecting")).to_be_visible()
    with server.caller() as client:
        body = {"action": invented.action, "params": {"prompt": "swift by the log"}}
        client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=20"})
    polling.page.clock.fast_forward(11_000)
    expect(polling.page.get_by_role("status").filter(has_text="No live connection")).to_be_visible()
    polling.page.clock.fast_forward(2_000)
    expect(polling.page.get_by_text("swift by the log").first).to_be_visible()
    polling.look("polled")
    polling.page.unroute(streams)
    polling.page.clock.fast_forward(16_000)
    expect(polling.page.get_by_text("No live connection")).to_have_count(0)
    assert polling.complaints == []


@pytest.mark.accepts("S2.14")
def test_an_account_that_is_changed_in_one_tab_is_changed_in_the_other(server: Running, open_page: Open) -> None:
    first = open_page(server, "/settings/openai")
    second = Tab(first.page.context.new_page())
    second.page.goto("/settings/openai")
    expect(second.page.get_by_role("article")).to_have_count(0)
    expect(second.page.get_by_role("button", name="Test connection")).to_be_visible()
    body = {"provider": "openai", "name": "mine", "settings": {"api_key": "a word", "base_url": NOWHERE}}
    with server.caller() as client:
        made = client.post("/api/v1/accounts", json=body, params={"check": "false"})
        assert made.status_code == 201, made.text
        try:
            for tab in (first, second):
                expect(tab.page.get_by_role("article", name="mine")).to_be_visible()
            client.patch(f"/api/v1/accounts/{made.json()['id']}", json={"name": "ours"})
            for tab in (first, second):
                expect(tab.page.get_by_role("article", name="ours")).to_be_visible()
        finally:
            client.delete(f"/api/v1/accounts/{made.json()['id']}")
    expect(second.page.get_by_role("article")).to_have_count(0)


@pytest.fixture
def child(web: Path, invented: Invented, tmp_path: Path) -> Iterator[Child]:
    """A server that can be killed and started again on the same port."""
    words = environ({"MAQUETTE_WEB_DIR": str(web), **invented.environ})
    with Child(tmp_path / "home", environ=words) as started:
        yield started


def running(child: Child) -> Running:
    home = child.home
    return Running(home, f"http://127.0.0.1:{child.port}", (home / "admin.key").read_text().strip())


@pytest.mark.accepts("S0.37", "S0.60")
def test_a_server_killed_while_it_waits_and_while_it_generates_goes_on(
    child: Child, open_page: Open, invented: Invented
) -> None:
    server = running(child)
    opened(server, invented)
    tab = open_page(server, f"/runs/{begun(server, invented)}")
    place = card(tab, invented["shelf"], invented["plain_idea"])
    expect(place).to_be_visible()
    child.kill()
    expect(tab.page.get_by_text("Reconnecting")).to_be_visible()
    child.start()
    expect(tab.page.get_by_text("Reconnecting")).to_have_count(0, timeout=WORK_MS)
    with invented.shut():
        place.get_by_role("button", name=invented["verb"]).click()
        expect(place.get_by_text(f"mixing the {invented['colour']}")).to_be_visible()
        child.kill()
        expect(tab.page.get_by_text("Reconnecting")).to_be_visible()
        child.start()
    expect(results(place)).to_have_count(1, timeout=60_000)
    results(place).first.check()
    submit(tab, invented["submit"]).click()
    expect(submit(tab, invented["submit"])).to_have_count(0)
