"""Every screen, empty and full: readable by axe in both themes, and on a phone without a sideways scroll."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Request, expect

from tests.api.running import Running, made
from tests.e2e.conftest import Open, Serve
from tests.e2e.invented import Invented
from tests.e2e.question import begun, card, generate, results, started
from tests.e2e.tab import NARROW, Tab

FIRST_JS, FIRST_CSS = 45_000, 6_000
FEED = 3
"""Of how many kinds a feed is at least."""
PAGES = {
    "create": "/",
    "chat": "/chat",
    "embedded-chat": "/embed/chat",
    "gallery": "/gallery",
    "templates": "/templates",
    "template": "/templates/portrait-headshot",
    "workflows": "/workflows",
    "new-workflow": "/workflows/new",
    "start": "/workflows/example_prompts-to-picture",
    "runs": "/runs",
    "needs-you": "/needs-you",
    "lists": "/lists",
    "activity": "/activity",
    "settings": "/settings",
    "provider": "/settings/painter",
    "presets": "/presets",
    "new-preset": "/presets/new",
    "budgets": "/budgets",
    "figures": "/figures",
    "kit": "/kit",
    "nowhere": "/no/such/page",
}


def settled(tab: Tab) -> None:
    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()
    expect(tab.page.locator("main > *").first).to_be_visible()
    expect(tab.page.locator(".skeleton")).to_have_count(0)


@pytest.fixture(scope="module")
def fresh(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server on which nothing was ever made."""
    with serve(tmp_path_factory.mktemp("fresh") / "home") as running:
        yield running


@pytest.mark.accepts("S2.27")
@pytest.mark.parametrize("name", PAGES)
def test_a_screen_is_readable_while_there_is_nothing_yet(fresh: Running, open_page: Open, name: str) -> None:
    tab = open_page(fresh, PAGES[name])
    settled(tab)
    tab.look(f"empty-{name}")


@pytest.fixture(scope="module")
def full(server: Running, invented: Invented, account: str) -> Running:
    """The common server, with something on every screen."""
    with server.caller() as client:
        made(client, prompt="a crane over a river", width=256, height=160)
        body = {"action": invented.action, "params": {"prompt": "refuse a crane"}}
        client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=20"})
    return server


@pytest.mark.parametrize("name", ["create", "gallery", "runs", "needs-you", "activity"])
def test_a_screen_is_readable_when_it_is_full(full: Running, open_page: Open, invented: Invented, name: str) -> None:
    begun(full, invented)
    tab = open_page(full, PAGES[name])
    settled(tab)
    tab.look(f"full-{name}")


def test_a_file_and_a_failed_job_are_readable(full: Running, open_page: Open) -> None:
    with full.caller() as client:
        asset = client.get("/api/v1/assets", params={"media": "image"}).json()["items"][0]["id"]
        job = client.get("/api/v1/jobs", params={"state": "failed"}).json()["items"][0]["id"]
    tab = open_page(full, f"/assets/{asset}")
    settled(tab)
    tab.look("asset")
    tab.page.goto(f"/activity?job={job}")
    expect(tab.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    tab.look("job")


def test_an_open_question_is_readable_with_its_results(full: Running, open_page: Open) -> None:
    run = started(full, "example_prompts-to-picture", {"idea": "a crane"})
    tab = open_page(full, f"/runs/{run}")
    place = card(tab, "stable_diffusion", "prompt_b")
    generate(place)
    results(place).first.check()
    place.get_by_text("Settings", exact=True).click()
    tab.look("question")


def test_what_runs_and_the_choice_of_a_file_are_readable(
    full: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(full, "/?action=media.painter.img2img")
    tab.page.get_by_role("button", name="Choose", exact=True).click()
    expect(tab.page.get_by_role("dialog").get_by_role("button", name="a crane over a river").first).to_be_visible()
    tab.look("picker")
    tab.page.keyboard.press("Escape")
    with invented.shut(), full.caller() as client:
        for prompt in ("guess a crane", "a share of a crane"):
            client.post("/api/v1/jobs", json={"action": invented.action, "params": {"prompt": prompt}})
        tab.page.get_by_role("button", name=re.compile("running: show")).click()
        expect(tab.page.get_by_role("dialog", name="Running").get_by_role("progressbar")).to_have_count(2)
        tab.look("running")


@pytest.mark.parametrize("feed", ["nothing", "everything"])
def test_the_first_page_brings_little(
    fresh: Running, full: Running, invented: Invented, open_page: Open, web: Path, feed: str
) -> None:
    server = {"nothing": fresh, "everything": full}[feed]
    if feed == "everything":
        assert fill(server, invented) >= FEED
    tab = open_page(server)
    settled(tab)
    network = tab.page.context.new_cdp_session(tab.page)
    network.send("Network.enable")
    network.send("Network.setCacheDisabled", {"cacheDisabled": True})
    brought: list[Request] = []
    tab.page.on("requestfinished", lambda request: brought.extend([request]))
    tab.page.reload()
    settled(tab)
    expect(tab.page.get_by_role("textbox", name="Prompt")).to_be_visible()
    if feed == "everything":
        expect(tab.page.get_by_role("article").get_by_role("img").first).to_be_visible()
        expect(tab.page.get_by_role("article").get_by_role("alert").first).to_be_visible()
    # A shared worker's own files are no requests of any page.
    size = {".js": sum(packed(path) for path in web.glob("static/worker-*.js")), ".css": 0}
    for request in brought:
        if (suffix := Path(request.url).suffix) in size:
            size[suffix] += packed(web / "static" / Path(request.url).name)
    assert 0 < size[".js"] <= FIRST_JS
    assert 0 < size[".css"] <= FIRST_CSS


def fill(server: Running, invented: Invented) -> int:
    """Have one of each kind made that needs no account, and one that fails; return of how many kinds there are."""
    with server.caller() as client:
        wanted = {each["produces"]: each for each in client.get("/api/v1/actions").json()["items"] if simple(each)}
        for each in wanted.values():
            body = {"action": each["name"], "params": {"prompt": "A crane over a river."}}
            client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"})
        body = {"action": invented.action, "params": {"prompt": "refuse a crane"}}
        client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=20"})
    return len(wanted)


def simple(action: dict[str, Any]) -> bool:
    return bool(action["free"]) and action["schema"].get("required") == ["prompt"]


def test_a_phone_reaches_every_place_from_its_bar(fresh: Running, open_page: Open) -> None:
    wide = open_page(fresh)
    places = wide.page.get_by_role("navigation", name="Main").get_by_role("listitem").get_by_role("link")
    expect(places.last).to_be_visible()
    everywhere = [text.strip() for text in places.all_inner_texts()]
    phone = open_page(fresh, width=NARROW, height=844)
    bar = phone.page.get_by_role("navigation", name="Main")
    expect(bar.get_by_role("button", name="More")).to_be_visible()
    near = [text.strip() for text in bar.get_by_role("listitem").get_by_role("link").all_inner_texts()]
    bar.get_by_role("button", name="More").click()
    menu = phone.page.get_by_role("menu", name="More")
    expect(menu.get_by_role("menuitem").last).to_be_visible()
    rest = [text.strip() for text in menu.get_by_role("menuitem").all_inner_texts()]
    assert len(rest) > 1
    assert [*near, *rest] == everywhere
    phone.look("more")
    menu.get_by_role("menuitem", name=rest[-1]).click()
    expect(phone.page.get_by_role("heading", name=rest[-1], level=1)).to_be_visible()


def packed(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), 9))


def test_a_browser_that_is_not_signed_in_is_told_how_to(fresh: Running, open_page: Open) -> None:
    tab = open_page(fresh)
    tab.page.context.clear_cookies()
    tab.page.goto("/gallery")
    expect(tab.page.get_by_text("maquette open")).to_be_visible()
    tab.look("sign-in")
    tab.sign_in(fresh, "/gallery")
    expect(tab.page.get_by_role("heading", name="Gallery")).to_be_visible()
