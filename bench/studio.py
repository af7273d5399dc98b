"""The studio in a real Chromium: how soon Create is usable on a slow machine, how 100,000 files scroll."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, ViewportSize, sync_playwright

from bench.figure import Figure, quantile, spread
from bench.gallery import MAKERS, fill, prompt
from bench.place import Wish, installation
from bench.process import ROOT
from maquette.core.clock import SystemClock
from maquette.store.database import Store
from maquette.store.table import assets
from tests.api.running import Running, made
from tests.e2e.tab import Tab

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
SCREEN = ViewportSize(width=1280, height=860)
PATIENCE_MS = 30_000
PICTURES = 24
WORDS = "a lighthouse on a cliff at dawn"
USABLE_MS, FRAME_MS = 1500, 25
STEPS, TICK_S = 240, 0.016
"""A drag: so many movements of the hand, one in each frame of a screen."""

# Runs before anything of the page; the clock of the page begins with the navigation.
WATCH = """words => {
    const marks = window.marks = {}
    const look = () => {
        const form = document.querySelector('form[aria-label="Create"]')
        const field = form?.querySelector('textarea'), button = form?.querySelector('button.primary')
        if (field && !marks.focus && field.checkVisibility()) {
            field.focus()
            if (document.activeElement === field) {
                marks.focus = performance.now()
                field.select()
                document.execCommand('insertText', false, words)
            }
        }
        const ready = marks.focus && button && !button.disabled && button.getAttribute('aria-disabled') !== 'true'
        if (ready) marks.usable = performance.now()
        else requestAnimationFrame(look)
    }
    look()
}"""
SPIN = """() => Math.min(...[1, 2, 3, 4].map(() => {
    const began = performance.now(); let n = 0; while (n < 1e7) n++; return performance.now() - began
}))"""
TIRED = 0.6
"""A slow-down that is less than this share of what was asked for is none, and its figures are not to be had."""
RECORD = """() => {
    const scroller = document.querySelector('[role=grid]').parentElement
    const frames = window.frames_ = []
    const step = now => { frames.push([now, scroller.scrollTop]); window.stop_ || requestAnimationFrame(step) }
    window.stop_ = false
    requestAnimationFrame(step)
}"""
STOP = """() => {
    window.stop_ = true
    const scroller = document.querySelector('[role=grid]').parentElement
    return {frames: window.frames_, longest: scroller.scrollHeight - scroller.clientHeight}
}"""
# In the page's own time and by the debugger's word: the policy of the page lets no text be run as a script.
UNTIL = """wanted => new Promise((done, fail) => {
    const end = performance.now() + PATIENCE
    const look = () => {
        if (CONDITION) done(performance.now())
        else if (performance.now() > end) fail(new Error(MESSAGE))
        else requestAnimationFrame(look)
    }
    look()
})"""
DRAWN = """(cells => cells.length && cells.every(cell => { const picture = cell.querySelector("img")
    return picture && (picture.complete ? picture.naturalWidth : cell.getBoundingClientRect().top > innerHeight) })
)([...document.querySelectorAll("[role=gridcell]")])"""
AT = "document.activeElement?.dataset.index === wanted"


def options(parser: argparse.ArgumentParser) -> None:
    """Describe what can be chosen."""
    parser.add_argument("--rows", type=int, default=100_000, help="files in the gallery (%(default)s)")
    parser.add_argument("--opens", type=int, default=9, help="how often Create is opened (%(default)s)")
    parser.add_argument("--slow", type=float, default=4, help="how much slower the processor (%(default)s)")
    parser.add_argument("--drags", type=int, default=3, help="how often the scroll bar is dragged (%(default)s)")


def run(given: argparse.Namespace) -> Sequence[Figure]:
    """Measure."""
    web = os.environ.get("MAQUETTE_WEB_DIR") or str(ROOT / "web" / "dist")
    if not Path(web, "index.html").exists():
        raise FileNotFoundError("the web interface is not built: ./run web")
    with installation(Wish("http://127.0.0.1:9", settings={"MAQUETTE_WEB_DIR": web})) as fleet:
        key = (fleet.home / "admin.key").read_text().strip()
        server = Running(fleet.home, f"http://127.0.0.1:{fleet.port}", key)
        furnish(server, given.rows)
        with chromium() as browser:
            cookies = signed_in(browser, server)
            return [
                *opening(browser, server, cookies, given),
                *scrolling(browser, server, cookies, given),
            ]


# -- what is looked at -------------------------------------------------------------------------------------------------


def furnish(server: Running, rows: int) -> None:
    """Fill the gallery, then paint some pictures, the newest of all, and show every row by one of them."""
    store = Store(f"sqlite:///{server.home / 'maquette.db'}", SystemClock(), pool=1)
    fill(store, rows)
    with server.caller() as client:
        painted = [made(client, prompt=prompt(n), width=1024, height=768, seed=n)["assets"][0] for n in range(PICTURES)]
    wanted = [each["id"] for each in painted]
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while (ready := looks(store, wanted)) is None:
        if time.monotonic() > deadline:
            raise TimeoutError("the small pictures were not made")
        time.sleep(0.1)
    with store.engine.begin() as connection:
        for number, look in enumerate(ready):
            mine = assets.c.provider.in_(MAKERS) & (assets.c.seed % PICTURES == number)
            connection.execute(sa.update(assets).where(mine).values(**look))
    store.close()


def looks(store: Store, wanted: Sequence[str]) -> list[dict[str, Any]] | None:
    """Return what shows each of these pictures, or None until all have their small ones."""
    columns = (assets.c.thumbs, assets.c.thumbhash, assets.c.blob)
    with store.engine.connect() as connection:
        rows = connection.execute(sa.select(*columns).where(assets.c.id.in_(wanted))).mappings().all()
    return [dict(row) for row in rows] if all(row["thumbs"] for row in rows) else None


@contextmanager
def chromium() -> Iterator[Browser]:
    """Run the browser of this machine, with the scroll bars that people see."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        raise FileNotFoundError("no Chromium: apt install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=[*FLAGS], ignore_default_args=["--hide-scrollbars"]
        )
        yield started
        started.close()


def signed_in(browser: Browser, server: Running) -> Sequence[Any]:
    """Return the cookies of a session."""
    context = browser.new_context(base_url=server.url)
    Tab(context.new_page()).sign_in(server)
    cookies = context.cookies()
    context.close()
    return cookies


@contextmanager
def page_of(browser: Browser, server: Running, cookies: Sequence[Any]) -> Iterator[tuple[Page, CDPSession]]:
    """Open a page in a profile that has the session and nothing else: no cache, no stored words."""
    context: BrowserContext = browser.new_context(viewport=SCREEN, base_url=server.url)
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies(cookies)
    page = context.new_page()
    yield page, context.new_cdp_session(page)
    context.close()


def until(page: Page, condition: str, wanted: str = "") -> None:
    """Wait in the page until a condition holds there."""
    message = json.dumps(f"this never came to be: {condition}")
    program = UNTIL.replace("CONDITION", condition).replace("PATIENCE", str(PATIENCE_MS))
    page.evaluate(program.replace("MESSAGE", message), wanted)


# -- Create ------------------------------------------------------------------------------------------------------------


def opening(browser: Browser, server: Running, cookies: Sequence[Any], given: argparse.Namespace) -> Sequence[Figure]:
    """Open Create in fresh profiles on a slow processor; raises `RuntimeError` where it was not slow."""
    marks = [opened(browser, server, cookies, given.slow) for _ in range(given.opens)]
    usable, focus, quick, slow = ([mark[name] for mark in marks] for name in ("usable", "focus", "quick", "slow"))
    # The quickest of all is the processor without other work, which would hide a slow-down and never feign one.
    times = [each / min(quick) for each in slow]
    if statistics.median(times) < given.slow * TIRED:
        raise RuntimeError(
            f"the processor was {statistics.median(times):.1f} times slower instead of {given.slow:g} times"
        )
    words = f"{given.slow:g} times slower, cold cache, 20 jobs below"
    return [
        Figure(f"Create usable, {words}, p50", statistics.median(usable), "ms", USABLE_MS, spread(usable, 0)),
        Figure("its prompt takes the focus, p50", statistics.median(focus), "ms", USABLE_MS, spread(focus, 0)),
        Figure("slow-down of a loop, measured", statistics.median(times), "times", note=spread(times)),
    ]


def opened(browser: Browser, server: Running, cookies: Sequence[Any], slow: float) -> Mapping[str, float]:
    """Open Create once; returns when the prompt took the focus and when, its words typed, Generate could be pressed.

    Raises:
        RuntimeError: The words that were typed did not stay.
    """
    with page_of(browser, server, cookies) as (page, session):
        page.add_init_script(f"({WATCH})({json.dumps(WORDS)})")
        quick = page.evaluate(SPIN)
        session.send("Emulation.setCPUThrottlingRate", {"rate": slow})
        page.goto("/", wait_until="commit")
        until(page, "window.marks?.usable")
        page.get_by_role("article").nth(19).wait_for()
        marks: dict[str, float] = page.evaluate("window.marks")
        kept = page.get_by_role("form", name="Create").get_by_role("textbox").first.input_value()
        marks |= {"quick": quick, "slow": page.evaluate(SPIN)}
    if kept != WORDS:
        raise RuntimeError(f"what was typed did not stay: {kept!r}")
    return marks


# -- the gallery -------------------------------------------------------------------------------------------------------


def scrolling(browser: Browser, server: Running, cookies: Sequence[Any], given: argparse.Namespace) -> Sequence[Figure]:
    """Drag the scroll bar of the gallery over its whole height, then jump to the last file."""
    with page_of(browser, server, cookies) as (page, session):
        page.goto("/gallery")
        until(page, DRAWN)
        gaps, filled = list[float](), list[float]()
        for _ in range(given.drags):
            gaps += dragged(page)
            begun = time.monotonic()
            until(page, DRAWN)
            filled.append((time.monotonic() - begun) * 1000)
            page.get_by_role("gridcell").first.focus()
            page.keyboard.press("Home")
            until(page, AT, "0")
        page.keyboard.press("End")
        missed = missing(page, given.rows + PICTURES)
        session.send("HeapProfiler.collectGarbage")
        heap = session.send("Runtime.getHeapUsage")["usedSize"] / 1e6
        nodes = page.evaluate("document.querySelectorAll('*').length")
    return [
        Figure(f"a frame while the bar is dragged over {given.rows:,} files, p95", quantile(gaps, 0.95), "ms",
               FRAME_MS, spread(gaps)),
        Figure("files between where End leads and the last", missed, "", 0),
        Figure("pictures drawn after letting go, p50", statistics.median(filled), "ms", note=spread(filled, 0)),
        Figure("elements in the page", nodes, "", 1500),
        Figure("memory of its script", heap, "MB", 50),
    ]  # fmt: skip


def dragged(page: Page) -> Sequence[float]:
    """Take the bar by the mouse and draw it from top to bottom; returns the ms between the frames meanwhile.

    Raises:
        RuntimeError: The bar did not follow the mouse over the whole height.
    """
    box = page.get_by_role("grid").locator("..").bounding_box()
    if box is None:
        raise RuntimeError("the gallery is not on the page")
    right, top, bottom = box["x"] + box["width"] - 7, box["y"] + 22, box["y"] + box["height"] - 2
    page.mouse.move(right, top)
    page.mouse.down()
    page.evaluate(RECORD)
    begun = time.monotonic()
    for step in range(1, STEPS + 1):
        page.mouse.move(right, top + (bottom - top) * step / STEPS)
        time.sleep(max(0.0, begun + step * TICK_S - time.monotonic()))
    page.mouse.up()
    found = page.evaluate(STOP)
    places = [place for _, place in found["frames"]]
    if max(places) < found["longest"] - 1 or len(set(places)) < STEPS / 4:
        raise RuntimeError(f"the bar came to {max(places):.0f} of {found['longest']} in {len(set(places))} places")
    times = [now for now, _ in found["frames"]]
    return [after - before for before, after in pairwise(times)]


def missing(page: Page, count: int) -> int:
    """Return how many files lie between the one that has the focus and the last; it must be drawn, and the oldest.

    Raises:
        RuntimeError: Another file than the oldest is shown there.
    """
    last = str(count - 1)
    until(page, AT, last)
    shown = page.locator(f'[data-index="{last}"] img')
    shown.wait_for()
    words = shown.get_attribute("alt") or ""
    if not prompt(0).startswith(words.rstrip("… ")[:30]):
        raise RuntimeError(f"End leads to {words!r}, and the oldest is {prompt(0)!r}")
    return count - 1 - int(page.evaluate("document.activeElement.dataset.index"))
