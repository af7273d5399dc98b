"""Presets: listed by medium, written with their candidates in order, tried out, made the default, used in Create."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.api.running import Running, newest
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented
from tests.e2e.question import WORK_MS, walk_to
from tests.e2e.tab import Tab

PAINTER = "media.painter.txt2img"


@pytest.fixture
def preset(server: Running, invented: Invented, account: str) -> Iterator[dict[str, Any]]:
    """A preset of two candidates, the invented one first."""
    body = {
        "title": "Mine first",
        "media": "image",
        "candidates": [{"action": invented.action}, {"action": PAINTER, "params": {"width": 64, "height": 64}}],
    }
    with server.caller() as client:
        made = client.post("/api/v1/presets", json=body)
        assert made.status_code == 201, made.text
        yield made.json()
        for each in client.get("/api/v1/presets").json()["items"]:
            if each["origin"] == "user":
                client.delete(f"/api/v1/presets/{each['id']}")


def candidates(tab: Tab) -> Locator:
    return tab.page.get_by_role("form", name="Preset").locator("ol > li")


def order(server: Running, preset: str) -> list[str]:
    with server.caller() as client:
        found = client.get(f"/api/v1/presets/{preset}").json()["candidates"]
    return [each["action"] for each in found]


def save(tab: Tab, version: int) -> None:
    tab.page.get_by_role("button", name="Save", exact=True).click()
    expect(tab.page.get_by_text(f"Saved as version {version}.")).to_be_visible()


@pytest.mark.accepts("S2.17", "S3.43")
def test_the_order_of_a_chain_is_changed_by_buttons_by_keys_and_by_dragging(
    server: Running, open_page: Open, invented: Invented, preset: dict[str, Any]
) -> None:
    tab = open_page(server, f"/presets/{preset['id']}")
    expect(candidates(tab)).to_have_count(2)
    tab.page.get_by_role("button", name="Move candidate 2 up").click()
    save(tab, 2)
    assert order(server, preset["id"]) == [PAINTER, invented.action]
    down = tab.page.get_by_role("button", name="Move candidate 1 down")
    walk_to(tab, down)
    tab.page.keyboard.press("Enter")
    # The focus goes along: at the end the other button has it.
    expect(tab.page.get_by_role("button", name="Move candidate 2 up")).to_be_focused()
    save(tab, 3)
    assert order(server, preset["id"]) == [invented.action, PAINTER]
    grip, target = candidates(tab).nth(1).locator(".grip"), candidates(tab).first
    start, end = grip.bounding_box(), target.bounding_box()
    assert start
    assert end
    tab.page.mouse.move(start["x"] + 8, start["y"] + 8)
    tab.page.mouse.down()
    tab.page.mouse.move(end["x"] + 8, end["y"] + 20, steps=6)
    tab.page.mouse.move(end["x"] + 8, end["y"] + 4, steps=2)
    tab.page.mouse.up()
    save(tab, 4)
    assert order(server, preset["id"]) == [PAINTER, invented.action]


@pytest.mark.accepts("S3.43")
def test_a_preset_is_written_with_weights_and_fixed_settings_and_a_fault_is_told_at_its_field(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, "/presets/new")
    form = tab.page.get_by_role("form", name="Preset")
    form.get_by_label("Title").fill("By lot")
    form.get_by_label("Strategy").select_option(label="Drawn by weight")
    action = form.get_by_role("combobox", name="Action")
    action.fill(invented["offer"])
    tab.page.get_by_role("option", name=re.compile(re.escape(invented["offer"]))).click()
    expect(action).to_have_value(invented.action)
    form.get_by_label("Weight").fill("3")
    form.get_by_label("Fixed settings: add one").select_option(label=invented["dial"].capitalize())
    form.get_by_role("spinbutton", name=re.compile(invented["dial"], re.IGNORECASE)).fill("7")
    form.get_by_role("button", name="Add", exact=True).click()
    form.get_by_role("combobox", name="Action").nth(1).fill("media.nobody.knows")
    form.get_by_role("button", name="Save the preset").click()
    expect(form.get_by_text(re.compile("media.nobody.knows")).first).to_be_visible()
    form.get_by_role("button", name="Remove candidate 2").click()
    form.get_by_role("button", name="Save the preset").click()
    expect(tab.page).to_have_url(re.compile(r"/presets/preset_"))
    with server.caller() as client:
        kept = client.get("/api/v1/presets/by-lot").json()
        client.delete(f"/api/v1/presets/{kept['id']}")
    assert kept["candidates"] == [
        {"action": invented.action, "account": None, "params": {invented["dial"]: 7}, "weight": 3}
    ]
    assert kept["strategy"] == "weighted"


@pytest.mark.accepts("S3.43")
def test_a_dry_run_shows_the_plan_the_price_and_who_is_passed_over(
    server: Running, open_page: Open, preset: dict[str, Any], invented: Invented
) -> None:
    with server.caller() as client:
        before = newest(client)
        body = {**{name: preset[name] for name in ("title", "media")}, "candidates": preset["candidates"]}
        body["candidates"] = [{"action": "media.openai.txt2img"}, *body["candidates"]]
        assert client.put(f"/api/v1/presets/{preset['id']}", json=body).status_code == 200
    tab = open_page(server, f"/presets/{preset['id']}")
    trial = tab.page.get_by_role("region", name="Try it out")
    trial.get_by_label(re.compile("Prompt")).fill("a lamp in a window")
    trial.get_by_role("button", name="Show the plan").click()
    served = trial.get_by_role("list", name="Who would serve").get_by_role("listitem")
    expect(served).to_have_count(2)
    expect(served.first).to_contain_text(invented["offer"])
    expect(served.first).to_contain_text("price unknown")
    expect(served.nth(1)).to_contain_text("free")
    expect(trial.get_by_role("list", name="Passed over")).to_contain_text("No enabled account")
    expect(trial.get_by_text("At most")).to_be_visible()
    tab.look("preset")
    with server.caller() as client:
        assert newest(client) == before


@pytest.mark.accepts("S2.18")
def test_the_default_of_a_medium_is_chosen_and_serves_whoever_names_nothing(
    server: Running, open_page: Open, preset: dict[str, Any], invented: Invented
) -> None:
    with server.caller() as client:
        rival = {"title": "Theirs", "media": "image", "candidates": [{"action": PAINTER}], "priority": 5}
        assert client.post("/api/v1/presets", json=rival).status_code == 201
    tab = open_page(server, "/presets")
    group = tab.page.get_by_role("radiogroup", name="Default for images")
    group.get_by_role("radio", name="Mine first serves by default").check()
    expect(tab.page.get_by_text("Mine first serves by default now.")).to_be_visible()
    expect(group.get_by_role("radio", name="Mine first serves by default")).to_be_checked()
    with server.caller() as client:
        asked = {"media": "image", "params": {"prompt": "swift and by default"}}
        job = client.post("/api/v1/jobs", json=asked, headers={"Prefer": "wait=20"}).json()
        assert (job["preset"], job["attempts"][0]["provider"]) == (preset["id"], invented["provider"])
    # Another one takes its place; what came with the installation does so as a copy.
    group.get_by_role("radio", name="Local image serves by default").check()
    expect(tab.page.get_by_text("Local image serves by default now.")).to_be_visible()
    expect(group.get_by_role("radio", name="Mine first serves by default")).not_to_be_checked()
    tab.look("presets")


def test_a_preset_is_chosen_in_create_and_used_again(
    server: Running, open_page: Open, preset: dict[str, Any], invented: Invented
) -> None:
    tab = open_page(server, f"/?action={invented.action}")
    composer = tab.page.get_by_role("form", name="Create")
    composer.get_by_role("button").first.click()
    tab.page.get_by_role("dialog", name="What to make").get_by_role("button", name=re.compile("Mine first")).click()
    expect(composer.get_by_role("button").first).to_contain_text("Mine first")
    composer.get_by_role("textbox", name="Prompt").fill("swift by a preset")
    composer.get_by_role("button", name="Generate").click()
    made = tab.page.get_by_role("article", name="swift by a preset", exact=True)
    expect(made.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    expect(made.get_by_text("1 image generated successfully")).to_be_visible()
    made.get_by_role("button", name="Regenerate").click()
    expect(made).to_have_count(2)
    expect(made.first.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    with server.caller() as client:
        jobs = client.get("/api/v1/jobs", params={"limit": 2}).json()["items"]
    assert [job["preset"] for job in jobs] == [preset["id"]] * 2


def test_what_came_with_the_installation_is_copied_before_it_is_changed(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        shipped = next(each for each in client.get("/api/v1/presets").json()["items"] if each["origin"] == "shipped")
    tab = open_page(server, f"/presets/{shipped['id']}")
    expect(tab.page.get_by_label("Title")).to_be_disabled()
    tab.page.get_by_role("link", name="Copy it").click()
    expect(tab.page.get_by_label("Title")).to_have_value(f"{shipped['title']} (copy)")
