"""Bad input and bad luck in the interface: each says what, where and what to do, and the run goes on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.api.running import Running
from tests.e2e.conftest import Open, Serve, opened
from tests.e2e.invented import Invented
from tests.e2e.question import WORK_MS, asked, begun, card, generate, results, started, submit
from tests.e2e.tab import Tab

ALONE = "delete window.SharedWorker"
WRONG = """name: with-faults
title: With faults
steps:
  - id: ask
    title: Ask for a word
    module_id: ask.from
    inputs: {title: "{{ nobody.knows }}"}
  - id: show
    title: Show ideas
    module_id: media.generation
    inputs:
      title: Ideas
      prompts: {group: {idea: a hill}}
      display_schema: {x-dispaly: cards}
"""


def faults(tab: Tab) -> Locator:
    return tab.page.get_by_role("main").locator("button.fault")


def test_a_workflow_with_faults_names_each_at_its_step_leads_there_and_is_saved_once_it_has_none(
    server: Running, open_page: Open
) -> None:
    tab = open_page(server, "/workflows/new")
    text = tab.page.get_by_label("The workflow")
    text.fill(WRONG)
    preview = tab.page.get_by_role("region", name="Steps")
    unknown = faults(tab).filter(has_text="ask.from")
    expect(unknown).to_contain_text("ask.form")
    expect(
        preview.get_by_role("listitem").filter(has_text="Ask for a word").locator("button.fault").first
    ).to_be_visible()
    tab.look("editor-faults")
    unknown.click()
    assert "ask.from" in text.evaluate("it => it.value.slice(it.selectionStart, it.selectionEnd)")
    tab.page.get_by_role("button", name="Save", exact=True).click()
    expect(unknown.first).to_be_visible()
    with server.caller() as client:
        assert client.get("/api/v1/workflows/with-faults").status_code == 404
    step = "{id: ask, title: Ask, module_id: ask.form, inputs: {title: A word, form: {type: object}}}"
    text.fill(f"name: without-faults\ntitle: Without faults\nsteps:\n  - {step}\n")
    expect(tab.page.get_by_text("No fault found")).to_be_visible()
    tab.page.keyboard.press("Control+s")
    expect(tab.page.get_by_text("Saved as version 1.")).to_be_visible()
    expect(tab.page.get_by_role("heading", name="Without faults")).to_be_visible()


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({"steps": [{"id": "again", "module_id": "workflow.run", "inputs": {"workflow": "round"}}]}, "round"),
        ({"steps": [{"id": "a", "module_id": "ask.form", "inputs": {"title": "{{ steps.b.word }}", "form": {}}}]}, "b"),
    ],
    ids=["a circle", "a name that is not there yet"],
)
def test_what_can_never_run_is_told_while_it_is_written(
    server: Running, open_page: Open, document: dict[str, Any], said: str
) -> None:
    with server.caller() as client:
        found = client.post("/api/v1/workflows/check", json={"name": "round", "title": "Round", **document}).json()
    tab = open_page(server, "/workflows/new")
    tab.page.get_by_role("radio", name="JSON").check()
    expect(tab.page.get_by_label("The workflow")).to_have_value(re.compile(r"^\{"))
    tab.page.get_by_label("The workflow").fill(json.dumps({"name": "round", "title": "Round", **document}))
    if found["valid"]:
        tab.page.get_by_role("button", name="Save", exact=True).click()
    expect(faults(tab).first).to_contain_text(said)


def test_an_answer_that_does_not_fit_is_told_at_its_field_and_a_better_one_goes_on(
    server: Running, open_page: Open
) -> None:
    word = {"type": "string", "title": "The word", "pattern": "^yes$", "x-widget": "textarea"}
    form = {"type": "object", "properties": {"word": word}, "required": ["word"]}
    steps = [{"id": "ask", "title": "Ask", "module_id": "ask.form", "inputs": {"title": "A word", "form": form}}]
    with server.caller() as client:
        made = client.post("/api/v1/workflows", json={"name": "fussy", "title": "Fussy", "steps": steps}).json()
    tab = open_page(server, f"/runs/{started(server, made['id'], {})}")
    field = tab.page.get_by_label(re.compile("The word"))
    field.fill("no")
    submit(tab).click()
    expect(field).to_have_attribute("aria-invalid", "true")
    tab.look("answer-fault")
    field.fill("yes")
    submit(tab).click()
    expect(submit(tab)).to_have_count(0)
    expect(tab.page.get_by_role("main").get_by_text("Done", exact=False).first).to_be_visible(timeout=WORK_MS)


def test_a_choice_that_was_deleted_meanwhile_is_refused_and_another_one_goes_on(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, f"/runs/{begun(server, invented)}")
    plain, rich = (card(tab, invented["shelf"], invented[name]) for name in ("plain_idea", "rich_idea"))
    generate(plain, invented["verb"])
    generate(rich, invented["verb"])
    results(plain).first.check()
    gone = results(plain).first.get_attribute("value")
    with server.caller() as client:
        assert client.delete(f"/api/v1/assets/{gone}").status_code == 204
    submit(tab, invented["submit"]).click()
    alert = tab.page.get_by_role("alert").filter(has_text=str(gone))
    expect(alert.first).to_be_visible()
    results(rich).first.check()
    submit(tab, invented["submit"]).click()
    expect(submit(tab, invented["submit"])).to_have_count(0)
    expect(tab.page.get_by_role("main").get_by_text("Done", exact=False).first).to_be_visible(timeout=WORK_MS)


def test_an_answer_after_the_deadline_says_so(server: Running, open_page: Open) -> None:
    steps = [
        {
            "id": "ask", "title": "Ask", "module_id": "ask.form",
            "inputs": {"title": "A word in time", "form": {"type": "object"}, "deadline_s": 6},
        }
    ]  # fmt: skip
    with server.caller() as client:
        made = client.post("/api/v1/workflows", json={"name": "hasty", "title": "Hasty", "steps": steps}).json()
        first = open_page(server, "/settings")
        deaf = Tab(first.page.context.new_page())
        deaf.page.add_init_script(ALONE)
        deaf.page.route("**/api/v1/events?*", lambda route: route.abort())
        run = asked(server, made["id"])  # what this page shows it has at once: it hears of nothing later
        deaf.page.goto(f"/runs/{run}")
        expect(submit(deaf)).to_be_enabled()
        client.get(f"/api/v1/jobs/{run}/events")  # the stream ends with the run
        submit(deaf).click()
        expect(deaf.page.get_by_text("expired without an answer").first).to_be_visible()
        expect(submit(deaf)).to_have_count(0)
        assert client.get(f"/api/v1/runs/{run}").json()["state"] == "failed"
    assert deaf.complaints == []


def test_a_provider_that_was_taken_out_while_a_run_waits_is_named_and_the_run_goes_on_when_it_is_back(
    serve: Serve, tmp_path: Path, open_page: Open, invented: Invented
) -> None:
    home = tmp_path / "home"
    with serve(home, extra=invented.environ) as server:
        opened(server, invented)
        run = begun(server, invented)
    with serve(home) as server:
        tab = open_page(server, f"/runs/{run}")
        expect(tab.page.get_by_role("heading", name=invented["question"]).first).to_be_visible()
        place = card(tab, invented["shelf"], invented["plain_idea"])
        place.get_by_role("button", name=invented["verb"]).click()
        expect(tab.page.get_by_role("alert").filter(has_text=invented["operation"]).first).to_be_visible()
    with serve(home, extra=invented.environ) as server:
        tab = open_page(server, f"/runs/{run}")
        place = card(tab, invented["shelf"], invented["plain_idea"])
        generate(place, invented["verb"])
        results(place).first.check()
        submit(tab, invented["submit"]).click()
        expect(submit(tab, invented["submit"])).to_have_count(0)
        expect(tab.page.get_by_role("main").get_by_text("Done", exact=False).first).to_be_visible(timeout=WORK_MS)
