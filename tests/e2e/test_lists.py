"""Lists in the browser: paste, look, run, see each row, stop, try the rest again, take all home."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented
from tests.e2e.tab import Tab


def pasted(tab: Tab, invented: Invented, text: str) -> None:
    tab.page.get_by_label("For each row").select_option(invented.action)
    tab.page.get_by_label("The list").fill(text)


@pytest.mark.accepts("S1.55", "S1.63")
def test_a_list_is_pasted_looked_at_run_and_downloaded(
    server: Running, invented: Invented, account: str, open_page: Open
) -> None:
    tab = open_page(server, "/lists")
    page = tab.page
    pasted(tab, invented, "promt\na crane\n")
    expect(page.get_by_role("alert").first).to_contain_text("did you mean 'prompt'")
    pasted(tab, invented, 'prompt\na crane\n"refuse a crane"\n"a heron, grey"\n')
    expect(page.get_by_text("3 of 3 rows can run.")).to_be_visible()
    expect(page.get_by_role("cell", name="a heron, grey")).to_be_visible()
    tab.look("lists")
    page.get_by_role("button", name="Run 3 rows").click()
    page.wait_for_url("**/lists/job_*")
    expect(page.get_by_text("2 made, 1 failed")).to_be_visible()
    failed = page.get_by_role("list", name="Rows").get_by_role("listitem").nth(1)
    expect(failed).to_contain_text("Failed")
    tab.look("lists-rows")
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download all").click()
    with zipfile.ZipFile(io.BytesIO(Path(coming.value.path()).read_bytes())) as archive:
        manifest = json.loads(archive.read("manifest.json"))
    assert [entry["state"] for entry in manifest["entries"]].count("succeeded") == 2
    first = page.url
    page.get_by_role("button", name="Try the failed one again").click()
    page.wait_for_url(lambda url: "/lists/job_" in url and url != first)
    expect(page.get_by_text("2 made, 1 failed")).to_be_visible()


@pytest.mark.accepts("S1.55")
def test_a_list_is_stopped_and_says_what_is_left(
    server: Running, invented: Invented, account: str, open_page: Open, tmp_path: Path
) -> None:
    tab = open_page(server, "/lists")
    page = tab.page
    file = tmp_path / "list.json"
    file.write_text(json.dumps([{"prompt": f"crane {number}"} for number in range(200)]))
    page.get_by_label("For each row").select_option(invented.action)
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("200 of 200 rows can run.")).to_be_visible()
    page.get_by_role("button", name="Run 200 rows").click()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="again")).to_be_visible()
    expect(page.get_by_role("list", name="Rows").get_by_role("listitem").last).to_contain_text("Stopped")
