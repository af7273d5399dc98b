"""The page of a file: what it is by its provider's own words, and what was paid to get it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented


def made(server: Running, action: str, **params: object) -> dict[str, Any]:
    with server.caller() as client:
        body = {"action": action, "params": params}
        told = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"}).json()
    found: dict[str, Any] = told["assets"][0]
    return found


@pytest.mark.accepts("S4.33")
def test_what_a_picture_cost_is_told_with_all_that_was_paid_to_get_it(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    dear = made(server, invented.action, prompt="a costly crane, swift")
    larger = made(server, "media.painter.upscale", image=dear["id"])
    tab = open_page(server, f"/assets/{dear['id']}")
    facts = tab.page.get_by_role("main")
    expect(facts.get_by_text("$0.37", exact=True)).to_be_visible()
    tab.page.goto(f"/assets/{larger['id']}")
    facts.get_by_text("$0.37 in all", exact=True).click()
    expect(facts.get_by_role("listitem").filter(has_text="1 file that it was made from")).to_contain_text("$0.37")
    tab.look("asset-cost")
    facts.get_by_role("link", name="Show it").click()
    expect(tab.page).to_have_url(re.compile(f"/assets/{dear['id']}$"))


def test_what_a_provider_says_of_its_picture_is_to_be_read_beside_it(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    noted = made(server, invented.action, prompt="a noted crane, swift")
    sketch = made(server, "media.painter.txt2img", prompt="zzyzx", width=96, height=64)
    assert [said["title"] for said in noted["remarks"]] == ["", "Prompt as used"]
    tab = open_page(server)
    entry = tab.page.get_by_role("article", name="a noted crane, swift")
    expect(entry.get_by_text(f"Mixed by {invented['title']}", exact=True)).to_be_visible()
    expect(entry.get_by_text(f"Prompt as used: rather {invented['colour']}", exact=True)).to_be_visible()
    assert invented["secret"] not in entry.inner_text()
    (told,) = sketch["remarks"]
    expect(tab.page.get_by_role("article", name="zzyzx").get_by_text(told["text"])).to_be_visible()
    tab.look("create-remarks")
    tab.page.goto(f"/assets/{noted['id']}")
    expect(tab.page.get_by_role("definition").filter(has_text=f"rather {invented['colour']}")).to_be_visible()
    tab.look("asset-remarks")
