"""A mask is painted over the picture that it is for, by whatever takes one."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Locator, expect

from tests.api.running import Running, made
from tests.e2e.conftest import Open
from tests.e2e.question import WORK_MS
from tests.e2e.tab import Tab

SIDE = (192, 128)
WHITE, BLACK = 255, 0
PAINTED = """canvas => [48, 144].map(x => {
    const read = new OffscreenCanvas(1, 1).getContext('2d')
    read.drawImage(canvas, -x, -64)
    return read.getImageData(0, 0, 1, 1).data[3]
})"""
"""How much of the ink lies left and right of the middle."""


def pixels(server: Running, asset: str) -> Image.Image:
    with server.caller() as client:
        return Image.open(io.BytesIO(client.get(f"/api/v1/assets/{asset}/content").content))


def fields_with(server: Running, asset: str) -> dict[str, Any]:
    """Return something that a picture can be put into and that takes a mask over it, and needs no account."""
    with server.caller() as client:
        offered = client.get(f"/api/v1/assets/{asset}/follow-ups").json()["items"]
        actions = {each["action"]: client.get(f"/api/v1/actions/{each['action']}").json() for each in offered}
    for action in actions.values():
        fields = action["schema"]["properties"]
        masks = [name for name, own in fields.items() if own["x-widget"] == "mask"]
        if action["free"] and masks:
            return {"action": action, "mask": masks[0], "over": fields[masks[0]]["x-mask"]["over"]}
    pytest.fail("nothing takes a mask")


def stroke(tab: Tab, canvas: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw a line, its ends given as shares of the picture."""
    box = canvas.bounding_box()
    assert box
    at = [(box["x"] + box["width"] * x, box["y"] + box["height"] * y) for x, y in (start, end)]
    tab.page.mouse.move(*at[0])
    tab.page.mouse.down()
    tab.page.mouse.move(*at[1], steps=8)
    tab.page.mouse.up()


@pytest.mark.accepts("S1.57")
def test_a_mask_is_painted_over_its_picture_and_only_what_is_white_is_made_anew(
    server: Running, open_page: Open
) -> None:
    with server.caller() as client:
        picture = made(client, prompt="a red disc", width=SIDE[0], height=SIDE[1])["assets"][0]
    found = fields_with(server, picture["id"])
    tab = open_page(server, f"/?action={found['action']['name']}")
    form = tab.page.get_by_role("form", name="Create")
    paint = form.get_by_role("button", name="Paint", exact=True)
    expect(paint).to_be_disabled()
    over = form.get_by_role(
        "group", name=re.compile(rf"^{found['action']['schema']['properties'][found['over']]['title']}")
    )
    over.get_by_role("button", name="Choose").click()
    tab.page.get_by_role("dialog").get_by_role("button", name="a red disc").first.click()
    paint.click()
    dialog = tab.page.get_by_role("dialog", name=re.compile("^Paint: "))
    canvas = dialog.locator("canvas")
    keep = dialog.get_by_role("button", name="Use it")
    expect(canvas).to_have_attribute("width", str(SIDE[0]))
    expect(keep).to_be_disabled()
    stroke(tab, canvas, (0.2, 0.25), (0.8, 0.25))
    stroke(tab, canvas, (0.2, 0.9), (0.8, 0.9))
    dialog.get_by_role("button", name="Undo").click()
    dialog.get_by_role("button", name="Erase").click()
    stroke(tab, canvas, (0.5, 0.1), (0.5, 0.4))
    tab.look("mask")
    keep.click()
    expect(dialog).to_have_count(0)
    form.get_by_role("textbox", name="Prompt", exact=True).fill("a blue disc")
    expect(form.get_by_role("img")).to_have_count(2)
    tab.look("mask-field")
    form.get_by_role("button", name="Generate").click()
    entry = tab.page.get_by_role("article", name="a blue disc", exact=True)
    expect(entry.get_by_role("img").first).to_be_visible(timeout=WORK_MS)
    with server.caller() as client:
        job = client.get("/api/v1/jobs", params={"action": found["action"]["name"], "limit": 1}).json()["items"][0]
    mask = pixels(server, job["params"][found["mask"]]).convert("L")
    assert mask.size == SIDE
    painted, erased, undone, left = ((48, 32), (96, 32), (96, 115), (96, 70))
    assert [mask.getpixel(at) for at in (painted, erased, undone, left)] == [WHITE, BLACK, BLACK, BLACK]
    before, after = (pixels(server, each).convert("RGB") for each in (picture["id"], job["assets"][0]["id"]))
    assert all(before.getpixel(at) == after.getpixel(at) for at in (erased, undone, left))


def test_what_was_painted_is_gone_on_with_and_can_be_cleared(server: Running, open_page: Open) -> None:
    with server.caller() as client:
        picture = made(client, prompt="a green disc", width=SIDE[0], height=SIDE[1])["assets"][0]
        mask = Image.new("RGB", SIDE, "black")
        mask.paste("white", (0, 0, 96, 128))
        held = io.BytesIO()
        mask.save(held, "PNG")
        sent = {"file": ("half.png", held.getvalue(), "image/png")}
        half = client.post("/api/v1/assets", files=sent).json()["id"]
    found = fields_with(server, picture["id"])
    params = {found["over"]: picture["id"], found["mask"]: half}
    with server.caller() as client:
        body = {"action": found["action"]["name"], "params": {"prompt": "half and half", **params}}
        client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"})
    tab = open_page(server)
    tab.page.get_by_role("article", name="half and half").get_by_role("button", name="Reuse settings").click()
    form = tab.page.get_by_role("form", name="Create")
    form.get_by_role("button", name="Paint", exact=True).click()
    dialog = tab.page.get_by_role("dialog", name=re.compile("^Paint: "))
    expect(dialog.get_by_role("button", name="Clear")).to_be_enabled()
    assert dialog.locator("canvas").evaluate(PAINTED) == [255, 0]
    dialog.get_by_role("button", name="Clear").click()
    assert dialog.locator("canvas").evaluate(PAINTED) == [0, 0]
    expect(dialog.get_by_role("button", name="Use it")).to_be_disabled()
    tab.page.keyboard.press("Control+z")
    assert dialog.locator("canvas").evaluate(PAINTED) == [255, 0]
