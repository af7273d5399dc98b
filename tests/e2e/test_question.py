"""The media generation document's own example, from its prompts to the step after the choice, by mouse and by keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented
from tests.e2e.question import EXAMPLE, WORK_MS, begun, card, generate, results, started, submit, walk_to
from tests.e2e.tab import Tab

PARTS = """
- article:
  - heading "prompt_b"
  - term: Subject
  - definition:
    - paragraph: a green kite, small against the sky
  - term: environment
  - definition:
    - paragraph: open sea with a far horizon
  - group: /Settings/
  - button "Generate"
"""
"""What the data and the display schema of the example come to, without a word of the interface about either."""


@pytest.mark.accepts(
    "A2", "A4", "A6", "S0.1", "S0.3", "S0.4", "S0.5", "S0.6", "S0.7", "S0.8", "S0.26", "S0.44", "S0.45", "S0.46",
    "S0.47", "S0.48", "S0.50", "S0.52", "S0.53", "S0.54", "S0.55", "S0.56", "S0.57", "S0.58", "S0.65", "S0.71", "S0.73",
)  # fmt: skip
def test_the_example_runs_by_mouse_from_its_prompts_to_the_chosen_picture_enlarged(
    server: Running, open_page: Open
) -> None:
    tab = open_page(server, "/workflows")
    tab.page.get_by_role("article").filter(has_text=EXAMPLE).get_by_role("link", name="Run", exact=True).click()
    tab.page.get_by_role("textbox", name=re.compile("Idea")).fill("a green kite")
    tab.page.get_by_role("main").get_by_role("button", name=re.compile("Run|Start")).click()
    prose, parts = card(tab, "leonardo", "phoenix_1_0"), card(tab, "midjourney", "prompt_a")
    expect(prose).to_contain_text("a green kite", timeout=WORK_MS)
    # The structured prompt and its twin in prose stand side by side.
    expect(parts.get_by_role("term").filter(has_text="particles")).to_be_visible()
    expect(card(tab, "midjourney", "prompt_a_prose")).to_be_visible()
    expect(card(tab, "midjourney", "prompt_b")).to_match_aria_snapshot(PARTS)
    expect(submit(tab)).to_be_disabled()
    # All keys of the example generate, at once.
    others = [card(tab, "sora", "sora_1"), card(tab, "stable_diffusion", "prompt_b")]
    for place in (prose, parts, *others):
        place.get_by_role("button", name="Generate", exact=True).click()
    for place in (parts, *others):
        expect(results(place)).to_have_count(1, timeout=WORK_MS)
    expect(results(prose)).to_have_count(2, timeout=WORK_MS)
    expect(results(prose).first).to_have_accessible_name(re.compile("a green kite"))
    choose(tab)
    submit(tab).click()
    expect(tab.page.get_by_role("heading", name="Enlarge the chosen picture")).to_be_visible()
    expect(tab.page.get_by_role("main").get_by_text("Done", exact=False).first).to_be_visible(timeout=WORK_MS)
    expect(submit(tab)).to_have_count(0)
    run = tab.page.url.rpartition("/")[2]
    assert finished(server, run)["selected_image"].startswith("asset_")


def choose(tab: Tab) -> None:
    prose, parts = card(tab, "leonardo", "phoenix_1_0"), card(tab, "midjourney", "prompt_a")
    results(prose).first.check()
    expect(tab.page.get_by_text("1 image selected")).to_be_visible()
    expect(submit(tab)).to_be_enabled()
    # One choice over all prompts: another one takes its place.
    results(parts).first.check()
    expect(results(prose).first).not_to_be_checked()
    expect(tab.page.get_by_text("1 image selected")).to_be_visible()
    # The chosen one again lets it go.
    results(parts).first.click()
    expect(results(parts).first).not_to_be_checked()
    expect(submit(tab)).to_be_disabled()
    # Generating again adds, and takes nothing away.
    generate(parts, "Generate again", wanted=2)
    results(parts).nth(1).check()


def finished(server: Running, run: str) -> dict[str, str]:
    with server.caller() as client:
        client.get(f"/api/v1/jobs/{run}/events")  # the stream ends with the job
        found = client.get(f"/api/v1/runs/{run}").json()
    assert found["state"] == "succeeded", found
    values: dict[str, str] = found["state_values"]
    return values


@pytest.mark.accepts("S0.54", "S0.71", "S0.73")
def test_the_example_is_answered_by_keyboard_alone(server: Running, open_page: Open) -> None:
    run = started(server, "example_prompts-to-picture", {"idea": "a stone bridge"})
    tab = open_page(server, f"/runs/{run}")
    place = card(tab, "leonardo", "phoenix_1_0")
    walk_to(tab, place.get_by_role("button", name="Generate", exact=True))
    tab.page.keyboard.press("Enter")
    expect(results(place)).to_have_count(2, timeout=WORK_MS)
    walk_to(tab, results(place).first)
    tab.page.keyboard.press("Space")
    expect(results(place).first).to_be_checked()
    tab.page.keyboard.press("ArrowRight")
    expect(results(place).nth(1)).to_be_checked()
    tab.page.keyboard.press("Space")
    expect(results(place).nth(1)).not_to_be_checked()
    expect(submit(tab)).to_be_disabled()
    tab.page.keyboard.press("Space")
    expect(tab.page.get_by_text("1 image selected")).to_be_visible()
    walk_to(tab, submit(tab))
    tab.page.keyboard.press("Enter")
    expect(submit(tab)).to_have_count(0)
    assert finished(server, run)["selected_image"].startswith("asset_")


@pytest.mark.accepts("S0.51", "S0.58")
def test_an_answered_question_is_shown_with_its_results_for_reading_only(server: Running, open_page: Open) -> None:
    run = started(server, "example_prompts-to-picture", {"idea": "a tin drum"})
    tab = open_page(server, f"/runs/{run}")
    place = card(tab, "stable_diffusion", "prompt_a")
    generate(place)
    results(place).first.check()
    with server.caller() as client:
        (asked,) = client.get("/api/v1/interactions", params={"run": run}).json()["items"]
    submit(tab).click()
    expect(submit(tab)).to_have_count(0)
    tab.page.goto(f"/interactions/{asked['id']}")
    expect(tab.page.get_by_text(re.compile("^Answered"))).to_be_visible()
    expect(place.get_by_role("img").first).to_be_visible()
    expect(tab.page.get_by_role("radio")).to_have_count(0)
    expect(tab.page.get_by_role("button", name="Generate", exact=True)).to_have_count(0)


def test_all_prompts_are_generated_by_one_button_that_knows_the_price(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/runs/{begun(server, invented)}")
    tab.page.get_by_role("button", name=re.compile(f"^{invented['verb']} all \\(2")).click()
    for idea in ("plain_idea", "rich_idea"):
        expect(results(card(tab, invented["shelf"], invented[idea]))).to_have_count(1, timeout=WORK_MS)
    expect(tab.page.get_by_role("button", name=re.compile("all"))).to_have_count(0)
    tab.page.goto(f"/runs/{started(server, 'example_prompts-to-picture', {'idea': 'a kiln'})}")
    expect(tab.page.get_by_role("button", name=re.compile(r"^Generate all \(\d+, free\)$"))).to_be_visible()


def test_the_time_to_answer_is_told_and_so_is_its_end(server: Running, open_page: Open) -> None:
    tab = open_page(server, f"/runs/{form(server, 3600)}")
    expect(tab.page.get_by_text(re.compile(r"Answer until .*\(in (1 hour|60 minutes)\)"))).to_be_visible()
    tab.page.goto("/needs-you")
    expect(tab.page.get_by_role("link").filter(has_text=re.compile("in (1 hour|60 minutes)")).first).to_be_visible()
    run = form(server, 1)
    with server.caller() as client:
        client.get(f"/api/v1/jobs/{run}/events")
        (asked,) = client.get("/api/v1/interactions", params={"run": run}).json()["items"]
    tab.page.goto(f"/interactions/{asked['id']}")
    expect(tab.page.get_by_text(re.compile("^The time to answer ended"))).to_be_visible()
    expect(submit(tab)).to_have_count(0)


def form(server: Running, seconds: int) -> str:
    """Run a workflow that asks for a word and waits for so long."""
    schema = {"type": "object", "properties": {"word": {"type": "string"}}}
    inputs = {"title": "A word", "form": schema, "deadline_s": seconds}
    name = f"asked-within-{seconds}"
    steps = [{"id": "ask", "title": "Ask", "module_id": "ask.form", "inputs": inputs}]
    with server.caller() as client:
        made = client.post("/api/v1/workflows", json={"name": name, "title": name, "steps": steps})
        assert made.status_code == 201, made.text
        return started(server, made.json()["id"], {})
