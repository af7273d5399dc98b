"""The gallery and the page of one file."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.api.running import Running, made, png
from tests.e2e.conftest import Open, Serve
from tests.e2e.tab import Tab

Picture = Callable[..., dict[str, object]]


@pytest.fixture
def picture(server: Running) -> Picture:
    """Make one small picture."""

    def make(prompt: str, **params: object) -> dict[str, object]:
        with server.caller() as client:
            found: dict[str, object] = made(client, prompt=prompt, **params)["assets"][0]
        return found

    return make


def cells(tab: Tab) -> Locator:
    return tab.page.get_by_role("gridcell")


def cell(tab: Tab, index: int) -> Locator:
    return tab.page.locator(f'[data-index="{index}"]')


@pytest.mark.accepts("S1.59", "S1.73")
def test_files_are_found_by_their_prompt_and_the_search_outlives_a_reload(
    server: Running, open_page: Open, picture: Picture
) -> None:
    picture("a lantern in the reeds")
    picture("a kettle on a stove")
    tab = open_page(server, "/gallery")
    tab.page.get_by_role("searchbox", name="Search the gallery").fill("lantern reeds")
    expect(cells(tab)).to_have_count(1)
    expect(tab.page.get_by_alt_text("a lantern in the reeds")).to_be_visible()
    tab.page.reload()
    expect(cells(tab)).to_have_count(1)
    tab.page.get_by_role("searchbox").fill("no such words")
    expect(tab.page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    tab.page.get_by_role("link", name="Show everything").click()
    expect(cells(tab).nth(1)).to_be_visible()


@pytest.mark.accepts("S1.59", "S1.17")
def test_the_gallery_is_walked_by_keyboard_and_what_is_deleted_comes_back(
    server: Running, open_page: Open, picture: Picture
) -> None:
    for number in range(4):
        picture("a row of keys", seed=number)
    tab = open_page(server, "/gallery?q=row%20of%20keys")
    expect(cells(tab)).to_have_count(4)
    cells(tab).first.focus()
    tab.page.keyboard.press("End")
    expect(cell(tab, 3)).to_be_focused()
    tab.page.keyboard.press("Space")
    tab.page.keyboard.press("Home")
    expect(cell(tab, 0)).to_be_focused()
    tab.page.keyboard.press("ArrowRight")
    expect(cell(tab, 1)).to_be_focused()
    tab.page.keyboard.press("Space")
    expect(tab.page.get_by_text("2 selected")).to_be_visible()
    expect(cells(tab).nth(1)).to_have_attribute("aria-selected", "true")
    tab.page.keyboard.press("Delete")
    expect(cells(tab)).to_have_count(2)
    tab.page.get_by_role("button", name="Undo").click()
    expect(cells(tab)).to_have_count(4)
    cells(tab).first.focus()
    tab.page.keyboard.press("Enter")
    expect(tab.page).to_have_url(re.compile(r"/assets/asset_"))


def test_a_key_that_comes_before_its_file_is_read_still_counts(
    server: Running, open_page: Open, picture: Picture
) -> None:
    picture("a slow lantern")
    tab = open_page(server)
    held = list[Route]()
    tab.page.route(re.compile(r"/api/v1/assets\?.*offset="), lambda route: held.extend([route]))
    tab.page.goto("/gallery?q=slow%20lantern")
    cells(tab).first.focus()
    tab.page.keyboard.press("Space")
    expect(tab.page.get_by_alt_text("a slow lantern")).to_have_count(0)
    for route in held:
        route.continue_()
    expect(tab.page.get_by_text("1 selected")).to_be_visible()


def test_only_what_is_seen_is_drawn_and_end_reaches_the_last(serve: Serve, tmp_path: Path, open_page: Open) -> None:
    with serve(tmp_path / "home") as server, server.caller() as client:
        for number in range(260):
            name = f"tile {number}.png"
            body = {"file": (name, png(color=(number % 256, number // 2, 90)), "image/png")}
            assert client.post("/api/v1/assets", files=body).status_code == 201
        tab = open_page(server, "/gallery", height=600)
        expect(tab.page.get_by_text("260 files")).to_be_visible()
        expect(tab.page.get_by_alt_text("tile 259")).to_be_visible()
        assert cells(tab).count() < 60
        cells(tab).first.focus()
        tab.page.keyboard.press("End")
        expect(cell(tab, 259)).to_be_focused()
        expect(tab.page.get_by_alt_text("tile 0", exact=False).last).to_be_visible()
        assert cells(tab).count() < 60


def test_what_is_made_elsewhere_is_offered_at_once(server: Running, open_page: Open, picture: Picture) -> None:
    tab = open_page(server, "/gallery?q=harbour%20bell")
    expect(tab.page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    picture("a harbour bell")
    expect(cells(tab)).to_have_count(1)
    picture("a harbour bell", seed=8)
    tab.page.get_by_role("button", name=re.compile("new file")).click()
    expect(cells(tab)).to_have_count(2)


@pytest.mark.accepts("S1.73")
def test_a_row_that_was_read_before_its_small_picture_was_drawn_shows_it_once_it_is(
    server: Running, open_page: Open, picture: Picture
) -> None:
    def too_early(route: Route) -> None:
        answer = route.fetch()
        read = answer.json()
        for row in read["items"]:
            row["urls"] |= {"small": None, "medium": None}
            row["thumbhash"] = None
        route.fulfill(response=answer, json=read)

    tab = open_page(server, "/gallery?q=late%20heron")
    expect(tab.page.get_by_role("heading", name="Nothing matches")).to_be_visible()
    tab.page.route(re.compile(r"/api/v1/assets\?.*offset="), too_early)
    picture("a late heron", width=640, height=640)
    expect(tab.page.get_by_alt_text("a late heron")).to_have_js_property("naturalWidth", 320)


@pytest.mark.accepts("S1.59", "S1.27")
def test_a_file_tells_what_it_was_made_from_and_what_became_of_it(
    server: Running, open_page: Open, picture: Picture
) -> None:
    first = picture("a mill on a canal", width=96, height=64)
    with server.caller() as client:
        body = {"action": "media.painter.upscale", "params": {"image": first["id"]}}
        larger = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"}).json()["assets"][0]
    tab = open_page(server, f"/assets/{first['id']}")
    main = tab.page.get_by_role("main")
    expect(main.get_by_text("a mill on a canal", exact=True).first).to_be_visible()
    expect(main.get_by_text(re.compile("^96 . 64$"))).to_be_visible()
    strip = tab.page.get_by_role("region", name="Where it comes from and what became of it")
    strip.get_by_role("link").click()
    expect(tab.page).to_have_url(re.compile(str(larger["id"])))
    expect(strip.get_by_role("heading", name="Made from", exact=True)).to_be_visible()
    expect(main.get_by_text("Seed", exact=True)).to_be_hidden()


def test_a_file_is_downloaded_in_another_format(server: Running, open_page: Open, picture: Picture) -> None:
    tab = open_page(server, f"/assets/{picture('a blue door')['id']}")
    tab.page.get_by_role("button", name="Download in another format").click()
    with tab.page.expect_download() as download:
        tab.page.get_by_role("menuitem", name="WEBP").click()
    assert download.value.path().read_bytes()[8:12] == b"WEBP"


def test_a_deleted_file_is_brought_back_from_its_own_page(server: Running, open_page: Open, picture: Picture) -> None:
    found = picture("a cup of ink")
    tab = open_page(server, f"/assets/{found['id']}")
    tab.page.get_by_role("button", name="Delete").click()
    expect(tab.page).to_have_url(re.compile("/gallery$"))
    with server.caller() as client:
        assert client.get(f"/api/v1/assets/{found['id']}").status_code == 404
    tab.page.get_by_role("button", name="Undo").click()
    expect(tab.page.get_by_role("heading", name="a cup of ink")).to_be_visible()
    tab.page.goto(f"/assets/asset_{'0' * 32}")
    expect(tab.page.get_by_role("alert")).to_contain_text("This file is not here")


@pytest.mark.accepts("A1")
def test_what_can_follow_is_what_the_server_lists_and_leads_to_its_form(
    server: Running, open_page: Open, picture: Picture
) -> None:
    found = picture("a fig on a plate")
    with server.caller() as client:
        listed = client.get(f"/api/v1/assets/{found['id']}/follow-ups").json()["items"]
    tab = open_page(server, f"/assets/{found['id']}")
    ways = tab.page.get_by_role("main").locator("section", has=tab.page.get_by_role("heading", name="Go on with it"))
    for title in {each["title"] for each in listed}:
        expect(ways.get_by_text(title, exact=True).first).to_be_visible()
    alone = next(each for each in listed if sum(other["title"] == each["title"] for other in listed) == 1)
    ways.get_by_role("button", name=alone["title"], exact=True).click()
    composer = tab.page.get_by_role("form", name="Create")
    expect(composer).to_contain_text(alone["title"])
    expect(composer.get_by_role("img").first).to_be_visible()
