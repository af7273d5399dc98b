"""Money: budgets that are made, watched, refused by and taken away; the price before the press; the dashboard."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import expect

from tests.api.running import Running
from tests.e2e.conftest import Open
from tests.e2e.invented import Invented
from tests.e2e.question import walk_to

NOWHERE = "http://127.0.0.1:9/v1"


@pytest.fixture
def no_budget(server: Running) -> Iterator[None]:
    yield
    with server.caller() as client:
        for each in client.get("/api/v1/budgets").json()["items"]:
            client.delete(f"/api/v1/budgets/{each['id']}")


@pytest.mark.usefixtures("no_budget")
def test_a_budget_is_made_by_keys_changed_switched_off_and_deleted(server: Running, open_page: Open) -> None:
    tab = open_page(server, "/budgets")
    tab.page.get_by_role("button", name="Make one").press("Enter")
    form = tab.page.get_by_role("form", name="Budget")
    name = form.get_by_label("Name")
    walk_to(tab, name)
    tab.page.keyboard.type("Pictures of May")
    tab.page.keyboard.press("Tab")
    tab.page.keyboard.type("12.50")
    tab.page.keyboard.press("Enter")
    card = tab.page.get_by_role("article", name="Pictures of May")
    expect(card).to_contain_text("$12.50 a month for the workspace")
    meter = card.get_by_role("meter")
    expect(meter).to_have_attribute("aria-valuetext", re.compile(r"\$[\d.]+ spent, \$[\d.]+ held, \$[\d.]+ left"))
    parts = re.findall(r"\$([\d.]+)", meter.get_attribute("aria-valuetext") or "")
    assert sum(map(Decimal, parts)) == Decimal("12.5"), parts  # other tests may have spent here this month
    with server.caller() as client:
        (kept,) = client.get("/api/v1/budgets").json()["items"]
    assert (kept["amount"], kept["period"], kept["mode"]) == (12_500_000, "month", "hard")
    tab.look("budgets")
    card.get_by_role("button", name="Edit").click()
    expect(form.get_by_label("For", exact=True)).to_have_count(0)
    form.get_by_label("At most").fill("3")
    form.get_by_role("radio", name="Only warn").check()
    form.get_by_role("button", name="Save").click()
    expect(card).to_contain_text("$3.00 a month")
    expect(card.get_by_text("warns", exact=True)).to_be_visible()
    card.get_by_role("button", name="Edit").click()
    card.get_by_role("button", name="Switch off").click()
    expect(card.get_by_text("off", exact=True)).to_be_visible()
    card.get_by_role("button", name="Delete").click()
    tab.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(tab.page.get_by_role("heading", name="No budget yet")).to_be_visible()


@pytest.mark.usefixtures("no_budget")
def test_a_budget_of_one_provider_is_chosen_from_what_there_is_and_a_wrong_one_is_told_at_its_field(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    tab = open_page(server, "/budgets")
    tab.page.get_by_role("button", name="New budget").click()
    form = tab.page.get_by_role("form", name="Budget")
    form.get_by_label("Name").fill("One of them")
    form.get_by_label("At most").fill("1")
    expect(form.get_by_role("combobox", name="Which one")).to_have_count(0)
    form.get_by_label("For", exact=True).select_option(label="A provider")
    subject = form.get_by_role("combobox", name="Which one")
    subject.fill("nobody")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text(re.compile("there is no provider 'nobody'"))).to_be_visible()
    tab.look("budget-fault")
    subject.fill(invented["provider"][:3])
    tab.page.get_by_role("option", name=invented["provider"], exact=True).click()
    form.get_by_role("button", name="Save").click()
    expect(tab.page.get_by_role("article", name="One of them")).to_contain_text(invented["provider"])


@pytest.mark.usefixtures("no_budget")
def test_work_that_a_budget_refuses_says_which_and_what_to_do(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    with server.caller() as client:
        body = {"name": "Known prices alone", "amount": 1_000_000, "unpriced": "refuse"}
        assert client.post("/api/v1/budgets", json=body).status_code == 201
    tab = open_page(server, f"/?action={invented.action}")
    form = tab.page.get_by_role("form", name="Create")
    form.get_by_role("textbox", name="Prompt").fill("swift and of no price")
    form.get_by_role("button", name="Generate").click()
    alert = form.get_by_role("alert")
    expect(alert).to_contain_text("Known prices alone")
    expect(alert).to_contain_text("Set its price")
    expect(form.get_by_role("button", name="Generate")).to_be_enabled()


@pytest.mark.accepts("S1.67", "S1.79")
def test_the_dashboard_tells_spend_success_time_and_queue_by_day_and_by_who_did_it(
    server: Running, open_page: Open, invented: Invented, account: str
) -> None:
    with server.caller() as client:
        preset = {"title": "Counted", "media": "image", "candidates": [{"action": invented.action}]}
        made = client.post("/api/v1/presets", json=preset).json()
        for prompt in ("swift and counted", "refuse and count"):
            body = {"preset": made["id"], "params": {"prompt": prompt}}
            client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=20"})
        told = client.get("/api/v1/stats?days=7").json()
    tab = open_page(server, "/activity")
    tab.page.get_by_role("link", name="Figures").click()
    tab.page.get_by_label("Days").select_option(label="7 days")
    main = tab.page.get_by_role("main")
    table = main.get_by_role("region", name="By provider").get_by_role("table")
    row = table.get_by_role("row").filter(has_text=invented["title"])
    mine = next(each for each in told["providers"] if each["provider"] == invented["provider"])
    expect(row).to_be_visible()
    cells = row.get_by_role("cell").all_inner_texts()
    assert cells[1] == f"{round(100 * mine['success_rate'])} %"
    assert cells[2] == str(mine["attempts"])
    expect(main.get_by_role("img", name=re.compile("^Spent a day"))).to_be_visible()
    expect(main.get_by_text("Queued, running, waiting now")).to_be_visible()
    totals = told["totals"]
    assert totals["struck"] >= 1 and totals["mean_ms"] > 0, "one was refused, and one took its time"
    made_good = main.locator("dl div").filter(has_text=f"Made good of {totals['struck']} that met a fault")
    expect(made_good.locator("dd")).to_have_text(f"{int(100 * totals['recovery_rate'] + 0.5)} %")
    expect(main.locator("dl div").filter(has_text="A try took on average").locator("dd")).to_have_text(
        re.compile(r"\d")
    )
    for by, title in (("Account", None), ("Preset", made["title"])):
        main.get_by_role("radio", name=by).check()
        found = main.get_by_role("region", name=f"By {by.lower()}").get_by_role("row")
        expect(found.filter(has_text=title) if title else found.nth(1)).to_be_visible()
    tab.page.reload()
    expect(main.get_by_role("radio", name="Preset")).to_be_checked()
    main.get_by_role("radio", name="Provider").check()
    tab.look("figures")
    with tab.page.expect_download() as download:
        main.get_by_role("link", name="Ledger").click()
    assert "attempt" in download.value.path().read_text().splitlines()[0]
    with server.caller() as client:
        client.delete(f"/api/v1/presets/{made['id']}")


def test_the_price_is_told_before_the_press_from_what_to_what_and_where_it_is_from(
    server: Running, open_page: Open
) -> None:
    settings = {"api_key": "a word", "base_url": NOWHERE, "flavour": "openai"}
    with server.caller() as client:
        body = {"provider": "openai", "name": "priced", "settings": settings}
        made = client.post("/api/v1/accounts", json=body, params={"check": "false"}).json()
        try:
            asked = {"action": "media.openai.txt2img", "params": {"prompt": "a dear picture", "n": 2}}
            expected = client.post("/api/v1/estimate", json=asked).json()
            assert 0 < expected["min"] <= expected["likely"] <= expected["max"]
            tab = open_page(server, "/?action=media.openai.txt2img")
            form = tab.page.get_by_role("form", name="Create")
            form.get_by_role("textbox", name="Prompt").fill("a dear picture")
            price = form.get_by_text(re.compile(r"^about \$"))
            price.press("Enter")
            for word in ("At least", "Likely", "At most"):
                expect(form.get_by_text(word, exact=True)).to_be_visible()
            expect(form.get_by_text(expected["source"])).to_be_visible()
            tab.look("price")
        finally:
            client.delete(f"/api/v1/accounts/{made['id']}")
