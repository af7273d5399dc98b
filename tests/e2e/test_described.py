"""A description of twenty lines makes a provider in a studio that is running: form, progress, cancel and cost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.question import WORK_MS
from tests.e2e.tab import Tab
from tests.providers.http.kiln import burning

DESCRIPTION = """\
server: SERVER
actions:
  fire:
    title: Fire a tile
    produces: image
    params:
      type: object
      required: [prompt]
      properties:
        prompt: {type: string, minLength: 1, title: Prompt, x-widget: textarea}
        heat: {type: integer, minimum: 1, maximum: 9, default: 4, title: Heat}
    submit: {path: /sdcpp/v1/img_gen, body: {prompt: "{{ params.prompt }}", heat: "{{ params.heat }}"}}
    task: answer.id
    poll: {path: "/sdcpp/v1/jobs/{{ task }}", every: 0.2}
    status: {at: answer.status, done: [completed], failed: [failed, cancelled]}
    progress: {at: answer.share, of: 100}
    outputs: {at: answer.result.images, each: b64_json, as: base64}
    cost: {at: answer.credits, unit: credits, usd: 0.01}
    cancel: {path: "/sdcpp/v1/jobs/{{ task }}/cancel"}
"""


@pytest.mark.accepts("A1", "S3.19")
def test_a_described_server_is_a_provider_at_once(server: Running, open_page: Open, tmp_path: Path) -> None:
    assert len(DESCRIPTION.splitlines()) <= 20
    with burning() as kiln, server.caller() as client:
        kept = client.post("/api/v1/accounts", json={"provider": "http", "name": "k", "settings": {"server": kiln.url}})
        assert kept.status_code == 201, kept.text
        (tmp_path / "tile.yaml").write_text(DESCRIPTION.replace("SERVER", kiln.url))
        tab = open_page(server, "/settings/http")
        other = Tab(tab.page.context.new_page())
        other.page.goto("/settings/http")
        expect(other.page.get_by_role("button", name="Import")).to_be_visible()
        tab.page.get_by_label("File", exact=True).set_input_files(tmp_path / "tile.yaml")
        tab.page.get_by_role("button", name="Import").click()
        expect(other.page.get_by_role("link", name="Use")).to_be_visible()
        expect(other.page.get_by_role("link", name="Fire a tile")).to_be_visible()
        tab.page.get_by_role("link", name="Use").click()
        composer = tab.page.get_by_role("form", name="Create")
        expect(composer).to_contain_text("Fire a tile")
        composer.get_by_role("textbox", name="Prompt").fill("a blue tile")
        composer.get_by_text("Settings", exact=True).click()
        composer.get_by_label("Heat").first.fill("7")
        kiln.hold = True
        tab.page.keyboard.press("Control+Enter")
        made = tab.page.get_by_role("article").first
        expect(made.get_by_role("progressbar")).to_have_attribute("value", re.compile(r"0?\.4|40"))
        made.get_by_role("button", name="Cancel").click()
        expect(made).to_contain_text(re.compile("cancelled", re.IGNORECASE))
        assert kiln.tasks == {"job_1": "cancelled"}
        kiln.hold = False
        composer.get_by_role("button", name="Generate").click()
        made = tab.page.get_by_role("article").first
        expect(made.get_by_role("img", name=re.compile("a blue tile"))).to_be_visible(timeout=WORK_MS)
        assert kiln.bill == [{"prompt": "a blue tile", "heat": 7}] * 2
        newest = client.get("/api/v1/jobs", params={"limit": 1}).json()["items"][0]
        assert newest["cost"]["micro_usd"] == 30_000
        (told,) = client.get("/api/v1/definitions").json()["items"]
        assert client.delete(f"/api/v1/definitions/{told['id']}").status_code == 204
        client.delete(f"/api/v1/accounts/{kept.json()['id']}")
