"""A run that waits for a person, and the ways to find what is on its page."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Locator, expect

from tests.api.running import Running, events
from tests.e2e.invented import Invented
from tests.e2e.tab import Tab

EXAMPLE = "Prompts to picture"
WORK_MS = 20_000


def begun(server: Running, invented: Invented) -> str:
    """Run a workflow of the invented module, and return the run's id once it asks."""
    step = {"id": "ask", "title": invented["question"], "module_id": invented["module"], "inputs": {}}
    document = {"name": invented["module"], "title": f"Run of {invented['question']}", "steps": [step]}
    with server.caller() as client:
        known = {each["name"]: each["id"] for each in client.get("/api/v1/workflows").json()["items"]}
        if document["name"] not in known:
            made = client.post("/api/v1/workflows", json=document)
            assert made.status_code == 201, made.text
            known[made.json()["name"]] = made.json()["id"]
    return asked(server, known[str(document["name"])])


def asked(server: Running, workflow: str) -> str:
    """Start a workflow, and return the run's id once it asks."""
    with server.caller() as client:
        before = client.get("/api/v1/jobs", params={"limit": 1}).json()["as_of"]
        run = started(server, workflow, {})
        with client.stream("GET", "/api/v1/events", params={"after": before}) as log:
            for _, kind, entry in events(log.iter_lines()):
                if kind == "interaction.opened" and entry["data"]["interaction"]["run"] == run:
                    return run
    raise AssertionError(f"{run} never asked")


def started(server: Running, workflow: str, inputs: dict[str, Any]) -> str:
    with server.caller() as client:
        run = client.post(f"/api/v1/workflows/{workflow}/runs", json={"inputs": inputs})
        assert run.status_code == 202, run.text
        found: str = run.json()["id"]
    return found


def card(tab: Tab, section: str, item: str) -> Locator:
    """Return the card of one item in one section of what is shown."""
    inside = tab.page.get_by_role("region", name=section, exact=True).get_by_role("article")
    return inside.filter(has=tab.page.get_by_role("heading", name=item, exact=True))


def results(place: Locator) -> Locator:
    """Return the radio buttons of the results at one place."""
    return place.get_by_role("radiogroup", name=re.compile("^Results of")).get_by_role("radio")


def submit(tab: Tab, title: str = "Continue") -> Locator:
    return tab.page.get_by_role("button", name=title, exact=True)


def generate(place: Locator, title: str = "Generate", wanted: int = 1) -> None:
    """Press the button at one place and wait for its results."""
    place.get_by_role("button", name=title, exact=True).click()
    expect(results(place)).to_have_count(wanted, timeout=WORK_MS)


def walk_to(tab: Tab, target: Locator, most: int = 250) -> None:
    """Press Tab until something has the focus."""
    expect(target).to_be_visible()
    for _ in range(most):
        if target.evaluate("it => it === document.activeElement"):
            return
        tab.page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {target}")
