"""Create: what can be asked for, how several generations fare at once, and what can be done with a result."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Route, expect

from tests.api.running import Running, made
from tests.e2e.conftest import Open, Serve
from tests.e2e.invented import Invented
from tests.e2e.question import WORK_MS
from tests.e2e.tab import Tab

COPIED = """() => navigator.clipboard.read().then(items => items.flatMap(each => each.types))"""


def asked(server: Running, invented: Invented, prompt: str, wait: int = 0) -> dict[str, Any]:
    with server.caller() as client:
        body = {"action": invented.action, "params": {"prompt": prompt}}
        headers = {"Prefer": f"wait={wait}"} if wait else {}
        found: dict[str, Any] = client.post("/api/v1/jobs", json=body, headers=headers).json()
    return found


def entry(tab: Tab, prompt: str) -> Locator:
    return tab.page.get_by_role("article", name=prompt, exact=True)


def composer(tab: Tab) -> Locator:
    return tab.page.get_by_role("form", name="Create")


@pytest.mark.accepts("S1.24", "S1.25", "S1.75")
def test_the_form_has_a_control_for_every_parameter_of_the_schema_the_rarer_ones_folded(
    server: Running, open_page: Open
) -> None:
    with server.caller() as client:
        schema = client.get("/api/v1/actions/media.comfyui.txt2img").json()["schema"]
    fields = {name: each["title"] for name, each in schema["properties"].items()}
    assert {"prompt", "negative_prompt", "model", "width", "height", "steps", "guidance", "seed"} <= fields.keys()
    tab = open_page(server, "/?action=media.comfyui.txt2img")
    form = composer(tab)
    expect(form.get_by_role("textbox", name="Prompt", exact=True)).to_be_visible()
    assert form.get_by_role("spinbutton").all_inner_texts() == []
    form.get_by_text("Settings", exact=True).click()
    expect(form.get_by_role("combobox", name="Model")).to_be_visible()
    expect(form.get_by_label(fields["steps"], exact=True)).to_be_hidden()
    form.get_by_text("More", exact=True).click()
    for name, title in fields.items():
        control = form.get_by_label(title, exact=True).first
        expect(control).to_be_visible()
        given = schema["properties"][name].get("default")
        if isinstance(given, int) and given >= 0:
            expect(control).to_have_value(str(given))


@pytest.mark.accepts("S1.25")
def test_a_model_is_chosen_from_those_that_the_provider_tells_now(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/?action={invented.action}")
    composer(tab).get_by_role("textbox", name="Prompt").fill("swift as a model")
    composer(tab).get_by_text("Settings", exact=True).click()
    composer(tab).get_by_role("combobox", name="Model").click()
    choices = tab.page.get_by_role("listbox", name="Choices")
    expect(choices.get_by_role("option", name=invented["film_title"])).to_have_count(0)
    choices.get_by_role("option", name=invented["model_title"]).click()
    composer(tab).get_by_role("button", name="Generate").click()
    expect(entry(tab, "swift as a model").get_by_role("img")).to_be_visible(timeout=WORK_MS)
    with server.caller() as client:
        job = client.get("/api/v1/jobs", params={"action": invented.action, "limit": 1}).json()["items"][0]
    assert job["params"]["model"] == invented["model"]


def test_a_list_that_cannot_be_read_leaves_free_words(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/?action={invented.action}")

    def broken(route: Route) -> None:
        route.fulfill(status=503, json={"detail": "out of order"})

    tab.page.route("**/choices/model*", broken)
    composer(tab).get_by_text("Settings", exact=True).click()
    field = composer(tab).get_by_role("combobox", name="Model")
    field.click()
    expect(tab.page.get_by_role("listbox", name="Choices")).to_contain_text("type a name")
    field.fill("a model of mine")
    expect(field).to_have_value("a model of mine")
    expect(composer(tab).get_by_role("alert")).to_have_count(0)


@pytest.mark.accepts("S3.41")
def test_everything_that_can_be_made_is_offered_in_one_place(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        listed = client.get("/api/v1/actions").json()["items"]
        flows = client.get("/api/v1/workflows").json()["items"]
    tab = open_page(server)
    composer(tab).get_by_role("button").first.click()
    chooser = tab.page.get_by_role("dialog", name="What to make")
    for kind in ("Images", "Videos", "Sound", "Text", "Documents"):
        expect(chooser.get_by_role("heading", name=kind)).to_be_visible()
    offered = [each for each in listed if not each["composite"] and each["produces"] != "data"]
    rows = chooser.get_by_role("listitem")
    expect(rows.filter(has_not_text="Preset")).to_have_count(len(offered))
    expect(rows.filter(has_text=re.compile(r"Local image(?! )")).filter(has_text="Preset")).to_have_count(1)
    tab.page.keyboard.press("Escape")
    tab.page.get_by_role("link", name="Workflows").click()
    for each in flows:
        expect(tab.page.get_by_role("article").filter(has_text=each["title"]).first).to_be_visible()


@pytest.mark.accepts("S1.26")
def test_a_generation_is_cancelled_by_the_button_beside_its_bar(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/?action={invented.action}")
    composer(tab).get_by_role("textbox", name="Prompt").fill("a share of a slow sea")
    with invented.shut():
        composer(tab).get_by_role("button", name="Generate").click()
        place = entry(tab, "a share of a slow sea")
        expect(place.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"^0\.\d"))
        expect(place).to_contain_text("%")
        place.get_by_role("button", name="Cancel").click()
        expect(place.get_by_text("Cancelled")).to_be_visible()
    expect(place.get_by_role("progressbar")).to_have_count(0)
    with server.caller() as client:
        job = client.get("/api/v1/jobs", params={"action": invented.action, "limit": 1}).json()["items"][0]
    assert job["state"] == "cancelled"


@pytest.mark.accepts("S1.27", "S1.59")
def test_a_result_is_saved_copied_and_made_again_and_outlives_a_reload(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        asset = made(client, prompt="a stamp with a heron")["assets"][0]
        content = client.get(f"/api/v1/assets/{asset['id']}/content").content
    tab = open_page(server)
    tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=server.url)
    place = entry(tab, "a stamp with a heron")
    with tab.page.expect_download() as download:
        place.get_by_role("link", name="Save").click()
    assert download.value.path().read_bytes() == content
    place.get_by_role("button", name="Copy", exact=True).click()
    expect(tab.page.get_by_text("The image is on the clipboard.")).to_be_visible()
    assert "image/png" in tab.page.evaluate(COPIED)
    place.get_by_role("button", name="Regenerate").click()
    expect(place).to_have_count(2)
    expect(place.first.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    tab.page.reload()
    expect(place).to_have_count(2)
    with server.caller() as client:
        again, first = client.get("/api/v1/jobs", params={"limit": 2}).json()["items"]
    assert again["params"] == first["params"]
    place.first.get_by_role("button", name="What to do with it").click()
    expect(tab.page.get_by_role("menuitem", name="Look closely")).to_be_focused()


@pytest.mark.accepts("S4.30")
def test_what_can_be_done_with_a_result_is_what_the_server_lists(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        asset = made(client, prompt="a stamp with an owl")["assets"][0]
        listed = client.get(f"/api/v1/assets/{asset['id']}/follow-ups").json()["items"]
    assert listed
    tab = open_page(server)
    entry(tab, "a stamp with an owl").get_by_role("button", name="What to do with it").click()
    for title in {each["title"] for each in listed}:
        wanted = sum(each["title"] == title for each in listed)
        expect(tab.page.get_by_role("menuitem", name=re.compile(f"^{re.escape(title)}"))).to_have_count(wanted)


@pytest.mark.accepts("S4.24", "S4.26")
def test_several_generations_each_have_their_own_bar_and_status_and_show_what_is_finished(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    asked(server, invented, "swift for the history", wait=20)
    tab = open_page(server)
    with invented.shut():
        known, guessed = (entry(tab, prompt) for prompt in ("a share of dawn", "guess a noon"))
        for prompt in ("a share of dawn", "guess a noon", "swift dusk"):
            asked(server, invented, prompt)
        expect(known.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"^0\.\d"))
        expect(guessed.get_by_role("progressbar")).not_to_have_attribute("value", re.compile(".*"))
        expect(guessed).to_contain_text("usually about")
        expect(known).not_to_contain_text("usually")
        for place in (known, guessed):
            expect(place.get_by_role("status")).to_have_text(f"mixing the {invented['colour']}")
            expect(place.get_by_role("button", name="Cancel")).to_be_visible()
        expect(entry(tab, "swift dusk").get_by_role("img")).to_be_visible(timeout=WORK_MS)
        expect(known.get_by_role("img")).to_have_count(0)
    expect(guessed.get_by_role("img")).to_be_visible(timeout=WORK_MS)


@pytest.mark.accepts("S1.73")
def test_pictures_come_small_first_and_whole_only_where_they_are_opened(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        asset = made(client, prompt="a wide stamp", width=1536, height=512)["assets"][0]
    tab = open_page(server, "/settings")
    whole: list[str] = []
    tab.page.on("request", lambda request: whole.append(request.url) if "/content" in request.url else None)
    tab.page.goto("/gallery?q=wide%20stamp")
    picture = tab.page.get_by_alt_text("a wide stamp")
    expect(picture).to_have_attribute("loading", "lazy")
    expect(picture).to_have_js_property("naturalWidth", 320)
    tab.page.goto("/")
    picture = entry(tab, "a wide stamp").get_by_role("img")
    expect(picture).to_have_js_property("naturalWidth", 1024)
    # Its colours are there before its bytes are.
    expect(picture).to_have_css("background-image", re.compile("^url"))
    assert not any(asset["id"] in url for url in whole)
    picture.click()
    expect(tab.page.get_by_role("dialog").get_by_role("img")).to_have_js_property("naturalWidth", 1536)


@pytest.mark.accepts("S1.83", "S4.25")
def test_one_form_has_all_of_the_mock_up_from_the_prompt_to_the_copy(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/?action=media.{invented['provider']}.{invented['whole']}")
    form = composer(tab)
    form.get_by_role("textbox", name="Prompt", exact=True).fill("a pier in rain")
    form.get_by_text("Settings", exact=True).click()
    form.get_by_role("combobox", name="Model").fill(invented["model"])
    form.get_by_role("radio", name="fine").check()
    form.get_by_role("spinbutton", name="Width").fill("512")
    form.get_by_role("spinbutton", name="Height").fill("384")
    form.get_by_role("spinbutton", name="How many to make").fill("3")
    form.get_by_text("More", exact=True).click()
    form.get_by_role("textbox", name="Negative prompt").fill("people")
    form.get_by_role("spinbutton", name="Steps").fill("24")
    place = entry(tab, "a pier in rain")
    with invented.shut():
        form.get_by_role("button", name="Generate").click()
        expect(place.get_by_role("progressbar")).to_have_attribute("value", "0.6")
        expect(place).to_contain_text("60 %")
        expect(place.get_by_role("status").first).to_have_text("step 12 of 20")
        expect(place.get_by_role("button", name="Cancel")).to_be_visible()
        unfinished = place.get_by_role("img", name="Unfinished: a pier in rain")
        expect(unfinished).to_have_js_property("naturalWidth", 96)
        tab.look("mock-up")
    expect(place.get_by_text("3 images generated successfully")).to_be_visible(timeout=WORK_MS)
    expect(place.get_by_role("img")).to_have_count(3)
    place.get_by_role("button", name="What to do with it").first.click()
    for name in ("Save", "Copy"):
        expect(tab.page.get_by_role("menuitem", name=name, exact=True)).to_be_visible()
    tab.page.keyboard.press("Escape")
    expect(place.get_by_role("button", name="Regenerate")).to_be_enabled()
    with server.caller() as client:
        job = client.get("/api/v1/jobs", params={"limit": 1}).json()["items"][0]
    asked = {"negative_prompt": "people", "quality": "fine", "width": 512, "height": 384, "steps": 24, "n": 3}
    assert job["params"].items() >= asked.items()
    assert job["params"]["model"] == invented["model"]


@pytest.mark.accepts("S1.76")
def test_an_empty_page_has_examples_with_what_to_expect_and_each_fills_the_form(
    serve: Serve, tmp_path: Path, open_page: Open
) -> None:
    with serve(tmp_path / "home") as server, server.caller() as client:
        listed = client.get("/api/v1/actions").json()["items"]
        told = [(each["title"], one) for each in listed for one in each["examples"]]
        assert {one["quality"] for _, one in told if one["picture"]}
        tab = open_page(server)
        cards = tab.page.get_by_role("region", name="Examples").get_by_role("listitem")
        expect(cards).to_have_count(len(told))
        for title, one in told:
            card = cards.filter(has_text=one["title"])
            expect(card).to_contain_text(one["quality"])
            expect(card).to_contain_text(title)
        _, wanted = next(pair for pair in told if pair[1]["picture"])
        card = cards.filter(has_text=wanted["title"])
        expect(card.locator("img")).to_have_js_property("naturalWidth", 480)
        card.get_by_role("button").press("Enter")
        prompt = composer(tab).get_by_role("textbox", name="Prompt", exact=True)
        expect(prompt).to_be_focused()
        expect(prompt).to_have_value(wanted["params"]["prompt"])
        tab.page.keyboard.press("Control+Enter")
        expect(tab.page.get_by_text("1 image generated successfully")).to_be_visible(timeout=WORK_MS)
        job = client.get("/api/v1/jobs", params={"limit": 1}).json()["items"][0]
    assert job["params"].items() >= wanted["params"].items()
