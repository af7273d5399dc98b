"""Chat: talk, watch an answer being written, and make media from what was said, by the keys alone too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from tests.api.running import Running
from tests.e2e.conftest import Open, Serve
from tests.e2e.tab import NARROW, Tab

WORK_MS = 20_000
SCRIBE = '''
"""Words that come one by one, as long as a file is there."""

from __future__ import annotations

import asyncio
from pathlib import Path

from typing_extensions import override

from maquette.core.action import Call, Output, Provider, Result, operation
from maquette.core.params import Prompted


class Quill(Provider):
    """Slow words."""

    title = "Quill"
    keyless = True

    @operation(produces="text", title="Slow words", free=True)
    async def write(self, params: Prompted, call: Call) -> Result:
        """Write slowly."""
        said = "Once"
        while Path("GATE").exists():
            said += " upon a time"
            await call.preview(said.encode())
            await asyncio.sleep(0.1)
        return Result([Output("text", content=said + ", **the end**.", name="words.md")])


PROVIDER = Quill()
'''


@pytest.fixture(scope="module")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("gate") / "open"


@pytest.fixture(scope="module")
def talking(serve: Serve, gate: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a provider whose words come slowly."""
    site = tmp_path_factory.mktemp("site")
    (site / "slow_quill.py").write_text(SCRIBE.replace("GATE", str(gate)))
    facts = site / "slow_quill-1.0.dist-info"
    facts.mkdir()
    (facts / "entry_points.txt").write_text("[maquette.providers]\nquill = slow_quill\n")
    (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-quill\nVersion: 1.0\n")
    with serve(tmp_path_factory.mktemp("chat") / "home", extra={"PYTHONPATH": str(site)}) as running:
        yield running


@pytest.fixture
def talk(talking: Running) -> str:
    """A conversation in which something was said."""
    with talking.caller() as client:
        made: str = client.post("/api/v1/conversations", json={}).json()["id"]
        for text in ("The heroine is called Mara Vell.", "Show Mara Vell in a lighthouse at dusk, a calm picture."):
            client.post(f"/api/v1/conversations/{made}/messages", json={"text": text})
    return made


def messages(talking: Running, talk: str) -> list[dict[str, Any]]:
    with talking.caller() as client:
        found: list[dict[str, Any]] = client.get(f"/api/v1/conversations/{talk}/messages").json()["items"]
    return found


def generator(tab: Tab) -> Locator:
    return tab.page.get_by_role("complementary", name="Generator")


def small(tab: Tab) -> None:
    """Ask for a small picture, which is made quickly."""
    form = generator(tab).get_by_role("form", name="Generate")
    form.get_by_text("Settings", exact=True).click()
    form.get_by_label("Width").first.fill("64")
    form.get_by_label("Height").first.fill("64")


@pytest.mark.accepts("S1.82")
def test_a_message_is_sent_by_enter_and_answered_without_a_key(talking: Running, open_page: Open) -> None:
    tab = open_page(talking, "/chat")
    tab.page.get_by_label("Answered by").select_option(label="Writer (built in): Text to draft")
    field = tab.page.get_by_role("textbox", name="Message")
    field.fill("Write about a red fox")
    field.press("Shift+Enter")
    field.press_sequentially("in the snow")
    field.press("Enter")
    said = tab.page.locator(".said > li")
    expect(said).to_have_count(2)
    expect(said.nth(0)).to_contain_text("in the snow")
    expect(said.nth(1)).to_contain_text("no language model took part", timeout=WORK_MS)
    expect(said.nth(1).locator(".text")).to_contain_text("fox")
    expect(tab.page).to_have_url(re.compile(r"/chat/conv_[0-9a-f]{32}$"))
    expect(tab.page.get_by_role("heading", level=1)).to_contain_text("Write about a red fox")
    tab.look("chat-answered")
    tab.page.reload()
    expect(said.nth(1).locator(".text")).to_contain_text("fox")
    tab.page.goto("/chat")
    tab.page.get_by_role("link", name="Write about a red fox").first.click()
    expect(said).to_have_count(2)


def test_an_answer_is_shown_while_it_is_written_and_can_be_cancelled(
    talking: Running, open_page: Open, gate: Path, talk: str
) -> None:
    tab = open_page(talking, f"/chat/{talk}")
    gate.touch()
    try:
        tab.page.get_by_label("Answered by").select_option(label="Quill: Slow words")
        for text in ("first", "second"):
            tab.page.get_by_role("textbox", name="Message").fill(text)
            tab.page.get_by_role("button", name="Send").click()
            newest = tab.page.locator(".said > li").last
            expect(newest).to_contain_text("Once upon a time upon a time")
            if text == "first":
                tab.look("chat-writing")
                newest.get_by_role("button", name="Cancel").click()
                expect(newest).to_contain_text("Cancelled.")
    finally:
        gate.unlink()
    expect(newest.locator("strong")).to_have_text("the end", timeout=WORK_MS)
    states = [each["job"]["state"] for each in messages(talking, talk) if each["job"]]
    assert states == ["succeeded", "cancelled"]


@pytest.mark.accepts("S1.20", "S1.21", "S1.22", "S1.23", "S1.24", "S1.30")
def test_a_template_is_filled_from_the_conversation_and_asks_for_what_was_not_said(
    talking: Running, open_page: Open, talk: str
) -> None:
    document = {
        "name": "scene",
        "title": "Scene of a story",
        "category": "Stories",
        "base_prompt": "{{ who }} in {{ place }}, {{ detail }}",
        "negative_prompt": "crowds",
        "default_params": {"width": 64, "height": 64},
        "context_mappings": {"who": "character_name", "place": "setting"},
    }
    with talking.caller() as client:
        assert client.post("/api/v1/templates", json=document).status_code in (201, 409)
    tab = open_page(talking, f"/chat/{talk}")
    panel = generator(tab)
    panel.get_by_label("Template").select_option(label="Scene of a story")
    expect(panel.get_by_label("Detail")).to_be_visible()
    expect(panel.get_by_text(re.compile("detail.*(no value|value)", re.IGNORECASE)).first).to_be_visible()
    panel.get_by_label("Detail").fill("warm light")
    panel.get_by_role("button", name="From context").click()
    prompt = panel.get_by_role("form", name="Generate").get_by_role("textbox", name="Prompt", exact=True)
    expect(prompt).to_have_value("Mara Vell in a lighthouse, warm light")
    tab.look("chat-template")
    panel.get_by_role("button", name="Generate", exact=True).last.click()
    made = panel.get_by_role("article")
    expect(made.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    newest = messages(talking, talk)[0]
    assert newest["job"]["params"]["prompt"] == "Mara Vell in a lighthouse, warm light"
    assert (newest["job"]["params"]["width"], newest["job"]["source"]["conversation"]) == (64, talk)


@pytest.mark.accepts("S1.26", "S1.27", "S1.28", "S1.29")
def test_the_last_message_and_a_summary_become_prompts_and_the_result_is_saved_and_made_again(
    talking: Running, open_page: Open, talk: str
) -> None:
    tab = open_page(talking, f"/chat/{talk}")
    panel = generator(tab)
    prompt = panel.get_by_role("form", name="Generate").get_by_role("textbox", name="Prompt", exact=True)
    panel.get_by_role("button", name="Summarise conversation").click()
    expect(prompt).to_have_value(re.compile("Mara Vell"))
    panel.get_by_role("button", name="Use last message").click()
    expect(prompt).to_have_value("Show Mara Vell in a lighthouse at dusk, a calm picture.")
    small(tab)
    panel.get_by_role("form", name="Generate").get_by_role("button", name="Generate", exact=True).click()
    made = panel.get_by_role("article")
    expect(made.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    inline = tab.page.locator(".said > li").last
    expect(inline.get_by_role("img")).to_be_visible()
    tab.look("chat-generated")
    with tab.page.expect_download() as saved:
        made.get_by_role("link", name="Save").click()
    assert saved.value.suggested_filename
    expect(made.get_by_role("button", name="Copy", exact=True)).to_be_visible()
    count = len(messages(talking, talk))
    made.get_by_role("button", name="Regenerate").click()
    expect(tab.page.locator(".said > li")).to_have_count(count + 1)
    expect(tab.page.locator(".said > li").last.get_by_role("img")).to_be_visible(timeout=WORK_MS)
    assert len({each["job"]["id"] for each in messages(talking, talk) if each["job"]}) == 2


@pytest.mark.accepts("S1.21")
def test_the_generator_folds_and_on_a_phone_it_stands_folded_below(
    talking: Running, open_page: Open, talk: str
) -> None:
    tab = open_page(talking, f"/chat/{talk}")
    toggle = generator(tab).get_by_role("button", name="Generate", expanded=True)
    toggle.focus()
    tab.page.keyboard.press("Enter")
    expect(generator(tab).get_by_label("Template")).to_be_hidden()
    tab.page.reload()
    expect(generator(tab).get_by_label("Template")).to_be_hidden()
    phone = open_page(talking, f"/chat/{talk}", width=NARROW, height=844)
    expect(generator(phone).get_by_label("Template")).to_be_hidden()
    below = generator(phone).bounding_box()
    above = phone.page.get_by_role("form", name="Say something").bounding_box()
    assert below
    assert above
    assert below["y"] >= above["y"] + above["height"]
    generator(phone).get_by_role("button", name="Generate").first.click()
    expect(generator(phone).get_by_label("Template")).to_be_visible()
    phone.look("chat-phone")


def test_the_embedded_page_has_no_frame_of_ours(talking: Running, open_page: Open, talk: str) -> None:
    tab = open_page(talking, f"/embed/chat/{talk}")
    expect(tab.page.locator(".said > li")).to_have_count(2)
    expect(tab.page.get_by_role("navigation")).to_have_count(0)
    tab.look("chat-embedded")
    tab.page.goto("/embed/chat")
    tab.page.get_by_role("listitem").get_by_role("link").first.click()
    expect(tab.page).to_have_url(re.compile("/embed/chat/conv_"))
    tab.page.goto("/embed/create")
    expect(tab.page.get_by_role("form", name="Create")).to_be_visible()


def test_a_conversation_is_deleted_from_the_list_and_an_unknown_one_is_told(
    talking: Running, open_page: Open, talk: str
) -> None:
    tab = open_page(talking, "/chat")
    row = tab.page.get_by_role("list", name="Conversations").get_by_role("listitem").first
    tab.look("chat-list")
    row.get_by_role("button", name="More").click()
    tab.page.get_by_role("menuitem", name="Delete").click()
    expect(tab.page.locator(f"a[href='/chat/{talk}']")).to_have_count(0)
    tab.page.goto(f"/chat/{talk}")
    expect(tab.page.get_by_role("alert")).to_contain_text("No conversation")
