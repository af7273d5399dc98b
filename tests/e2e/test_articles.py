"""Articles in a browser: one goes in, one button, and its pictures come while one looks on."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.services.articles import KITES, PAINTED


@pytest.mark.accepts("S4.24", "S4.26", "S4.29", "S4.30")
def test_an_article_is_pasted_and_gets_its_pictures_by_one_button(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        assert client.put("/api/v1/contents/settings", json=PAINTED).status_code == 200
    tab = open_page(server, "/articles")
    page = tab.page
    page.get_by_role("button", name="Settings", exact=True).click()
    form = page.get_by_role("form", name="Settings of articles")
    expect(form.get_by_text("Image type")).to_be_visible()
    tab.look("article-settings")
    form.get_by_role("button", name="Save").click()
    expect(form).to_have_count(0)
    page.get_by_role("button", name="New article").first.click()
    tab.look("article-new")
    page.get_by_label("Text").fill(KITES)
    page.get_by_role("button", name="Hand it in").click()
    article = page.get_by_role("article", name="Kites over the harbour")
    expect(article.get_by_text("pending")).to_have_count(3)
    article.get_by_role("button", name="Generate Images").click()
    expect(article.get_by_text("generated", exact=True)).to_have_count(3)
    expect(article.locator(".frame img")).to_have_count(3)
    expect(article.get_by_role("button", name="Generate Images")).to_be_disabled()
    tab.look("article-made")
    with page.expect_download() as coming:
        article.get_by_role("link", name="Document").click()
    assert Path(coming.value.path()).read_text().count("![") == 3


@pytest.mark.accepts("S4.21", "S4.29")
def test_one_that_failed_says_why_and_can_be_tried_again(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        there = {"base_url": f"{server.url}/v1", "api_key": "sk-wrong", "flavour": "openai"}
        account = client.post("/api/v1/accounts", json={"provider": "openai", "name": "no", "settings": there}).json()
        settings = {"provider": "openai", "account": "no"}
        client.post("/api/v1/contents", json={"body": KITES, "title": "A failing one", "settings": settings})
    tab = open_page(server, "/articles")
    article = tab.page.get_by_role("article", name="A failing one")
    article.get_by_role("button", name="Generate Images").click()
    expect(article.get_by_text("failed", exact=True)).to_have_count(3)
    expect(article.get_by_role("button", name="Retry 3 images that failed")).to_be_enabled()
    expect(article.locator(".bad.small").first).not_to_be_empty()
    article.get_by_role("button", name="Edit Featured").click()
    article.get_by_label("Alternative text").fill("Kites in the wind")
    tab.look("article-failed")
    article.get_by_role("button", name="Save").click()
    expect(article.get_by_role("button", name="Edit Featured")).to_be_visible()
    with server.caller() as client:
        found = client.get("/api/v1/contents").json()["items"]
        client.delete(f"/api/v1/accounts/{account['id']}")
    assert "Kites in the wind" in [each["featured_image"]["alt"] for each in found]
