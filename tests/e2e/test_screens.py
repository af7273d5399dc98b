"""Every screen, empty and full: readable by axe in both themes, and on a phone without a sideways scroll."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running, made
from tests.e2e.conftest import Open, Serve
from tests.e2e.invented import Invented
from tests.e2e.question import begun, card, generate, results, started
from tests.e2e.tab import Tab

FIRST_JS, FIRST_CSS = 45_000, 6_000
PAGES = {
    "create": "/",
    "gallery": "/gallery",
    "workflows": "/workflows",
    "new-workflow": "/workflows/new",
    "start": "/workflows/example_prompts-to-picture",
    "runs": "/runs",
    "needs-you": "/needs-you",
    "activity": "/activity",
    "settings": "/settings",
    "provider": "/settings/painter",
    "kit": "/kit",
    "nowhere": "/no/such/page",
}


def settled(tab: Tab) -> None:
    expect(tab.page.locator(".skeleton")).to_have_count(0)
    expect(tab.page.get_by_role("heading", level=1)).to_be_visible()


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


def test_the_first_page_brings_little(fresh: Running, open_page: Open, web: Path) -> None:
    tab = open_page(fresh, "/settings")
    settled(tab)
    asked: set[str] = set()
    tab.page.on("response", lambda response: asked.add(response.url.rpartition("/static/")[2]))
    tab.page.goto("/")
    settled(tab)
    expect(tab.page.get_by_role("textbox", name="Prompt")).to_be_visible()
    parts = [web / "static" / name for name in asked if re.fullmatch(r"[\w.-]+\.(js|css)", name)]
    size = {suffix: sum(packed(path) for path in parts if path.suffix == suffix) for suffix in (".js", ".css")}
    assert 0 < size[".js"] <= FIRST_JS
    assert 0 < size[".css"] <= FIRST_CSS


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
