"""Keeping house in the browser: the form is the server's, and what rules would do can be looked at first."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import made
from tests.e2e.conftest import Open, Serve


@pytest.mark.accepts("S1.78")
def test_rules_are_set_in_the_form_of_the_server_and_looked_at_before_they_do_anything(
    serve: Serve, tmp_path: Path, open_page: Open
) -> None:
    with serve(tmp_path / "home") as server, server.caller() as client:
        made(client)
        tab = open_page(server, "/settings")
        panel = tab.page.locator("section", has=tab.page.get_by_role("heading", name="Keeping house"))
        panel.get_by_role("button", name="Change").click()
        form = tab.page.get_by_role("form", name="Keeping house")
        expect(form).to_be_visible()
        form.get_by_role("button", name="Add").first.click()
        form.get_by_role("spinbutton", name="Older than", exact=True).fill("3")
        form.get_by_role("button", name="Save and see what would go").click()
        expect(form.get_by_text("Nothing would go.")).to_be_visible()
        tab.look("settings-house")
        assert client.get("/api/v1/housekeeping").json()["rules"][0]["older_than_days"] == 3
