"""Templates in the browser: found, used, changed with a preview, reset, handed on; words made fuller and back."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.tab import Tab

WORK_MS = 30_000


def composer(tab: Tab) -> Locator:
    return tab.page.get_by_role("form", name="Create")


def test_templates_stand_by_category_with_their_pictures_and_are_found(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/templates")
    for heading in ("Portrait", "Landscape", "Concept Art", "Product", "Style Transfer"):
        expect(tab.page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    picture = tab.page.locator("li", has=tab.page.get_by_role("link", name="Headshot", exact=True)).locator("img")
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 400)
    tab.look("templates")
    tab.page.get_by_role("searchbox", name="Find a template").fill("mockup")
    expect(tab.page.locator("li .body")).to_have_count(1)


@pytest.mark.accepts("S1.22")
def test_a_template_is_chosen_in_create_filled_in_and_made(server: Running, open_page: Open) -> None:
    tab = open_page(server)
    composer(tab).get_by_role("button", name="Template: Custom").press("Enter")
    choice = composer(tab).get_by_role("combobox", name="Template")
    expect(choice).to_be_focused()
    expect(choice).to_have_value("")
    expect(choice.locator("option:checked")).to_have_text("Custom")
    choice.select_option("landscape-nature")
    expect(composer(tab).get_by_role("button", name="Generate")).to_have_attribute("aria-disabled", "true")
    composer(tab).get_by_role("textbox", name="Place").fill("a fjord in the north")
    expect(composer(tab).get_by_text("Wide landscape of a fjord in the north in late summer")).to_be_visible()
    tab.look("create-template")
    composer(tab).get_by_role("button", name="Generate").click()
    entry = tab.page.get_by_role("article").filter(has_text="Wide landscape of a fjord in the north").first
    expect(entry.get_by_role("img").first).to_be_visible(timeout=WORK_MS)
    with server.caller() as client:
        job = client.get("/api/v1/jobs", params={"limit": 1}).json()["items"][0]
    assert job["source"]["template"]["values"]["place"] == "a fjord in the north"
    assert "tilted horizon" in job["params"].get("negative_prompt", "tilted horizon")
    composer(tab).get_by_role("button", name="Write it out").click()
    expect(composer(tab).get_by_role("textbox", name="Prompt")).to_have_value(re.compile("a fjord in the north"))
    expect(choice).to_have_value("")
    tab.page.goto("/?template=portrait-headshot")
    expect(choice).to_have_value("portrait-headshot")
    expect(composer(tab).get_by_role("textbox", name="Who")).to_be_visible()
    tab.page.evaluate("localStorage.clear()")


@pytest.mark.accepts("S1.60", "S4.44")
def test_a_shipped_template_is_changed_with_a_preview_by_keyboard_and_reset(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/templates/article-image")
    prompt = tab.page.get_by_role("textbox", name="Prompt", exact=True)
    preview = tab.page.get_by_role("region", name="Preview")
    expect(preview.get_by_text("Create a realistic picture for the article")).to_be_visible()
    prompt.fill("{image_prompt} for “{post_title}”, {image_type}, {mood}")
    expect(preview.get_by_text("Without an example: mood")).to_be_visible()
    preview.get_by_role("textbox", name="Mood").fill("calm")
    expect(preview.get_by_text(re.compile("for “How cities learn.*, calm"))).to_be_visible()
    tab.look("template")
    prompt.fill("{image_prompt} {oops")
    expect(tab.page.get_by_text("stands alone")).to_be_visible()
    prompt.fill("{image_prompt} for “{post_title}”, {image_type}, {mood}")
    expect(tab.page.get_by_text("stands alone")).to_have_count(0)
    prompt.press("Control+s")
    expect(tab.page).to_have_url(re.compile("/templates$"))
    with server.caller() as client:
        kept = client.get("/api/v1/templates/article-image").json()
    assert (kept["resets"], kept["values"]["mood"]) == (True, "calm")
    tab.page.goto("/templates/article-image")
    tab.page.get_by_role("button", name="Reset to default").press("Enter")
    expect(prompt).to_have_value(re.compile("^Create a"))
    with server.caller() as client:
        assert client.get("/api/v1/templates/article-image").json()["origin"] == "shipped"


@pytest.mark.accepts("S1.66")
def test_a_new_template_is_written_exported_and_taken_over_from_a_file(
    server: Running, open_page: Open, tmp_path: Path
) -> None:
    tab = open_page(server, "/templates/new")
    tab.page.get_by_role("textbox", name="Title").fill("Bicycles")
    tab.page.get_by_role("button", name="Save").click()
    expect(tab.page.get_by_role("link", name="Bicycles", exact=True)).to_be_visible()
    with tab.page.expect_download() as told:
        tab.page.get_by_role("link", name="Export mine").click()
    pack = tmp_path / "pack.json"
    told.value.save_as(pack)
    assert [each["name"] for each in json.loads(pack.read_text())["templates"]] == ["bicycles"]
    with server.caller() as client:
        assert client.delete("/api/v1/templates/bicycles").status_code == 204
    expect(tab.page.get_by_role("link", name="Bicycles", exact=True)).to_have_count(0)
    tab.page.get_by_role("button", name="Import").click()
    dialog = tab.page.get_by_role("dialog", name="Import templates")
    tab.look("templates-import")
    dialog.get_by_label("A file").set_input_files(pack)
    dialog.get_by_role("button", name="Import").click()
    expect(tab.page.get_by_role("link", name="Bicycles", exact=True)).to_be_visible()
    with server.caller() as client:
        client.delete("/api/v1/templates/bicycles")


@pytest.mark.accepts("S1.62")
def test_words_are_made_fuller_and_one_press_brings_the_old_ones_back(server: Running, open_page: Open) -> None:
    tab = open_page(server)
    prompt = composer(tab).get_by_role("textbox", name="Prompt")
    prompt.fill("a heron by a pond")
    composer(tab).get_by_role("button", name="Improve").click()
    expect(prompt).to_have_value(re.compile("^a heron by a pond, .+"), timeout=WORK_MS)
    composer(tab).get_by_role("button", name="Undo").click()
    expect(prompt).to_have_value("a heron by a pond")
