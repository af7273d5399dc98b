"""Take the pictures of `docs/screenshots`: a real server, real jobs of the built-in providers, a real browser.

Run it from the root of the repository, with the interface built: `.venv/bin/python -m docs.make_screenshots`.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect, sync_playwright

from tests.api.running import Running, serving
from tests.e2e.tab import Tab

if TYPE_CHECKING:
    from PIL import Image

TARGET = Path(__file__).with_name("screenshots")
BUILT = Path(__file__).parents[1] / "web" / "dist"
WIDE, TALL, PHONE = (ViewportSize(width=w, height=h) for w, h in ((1280, 860), (1280, 1060), (390, 844)))
SHARP = 1.5
HEAVIEST = 250_000
PATIENCE_MS = 60_000
Theme = Literal["light", "dark"]
DRAWN = """() => new Promise(done => {
    const near = it => {
        const box = it.getBoundingClientRect()
        return box.width && box.top < innerHeight && box.bottom > 0
    }
    const look = () => [...document.images].filter(near).every(it => it.complete && it.naturalWidth)
        ? requestAnimationFrame(() => requestAnimationFrame(done)) : setTimeout(look, 50)
    look()
})"""
BELOW_THE_BAR = "it => { it.style.scrollMarginTop = '76px'; it.scrollIntoView() }"

LANDSCAPE, UPRIGHT, SQUARE, FILM = (960, 640), (640, 896), (768, 768), (1152, 640)
PICTURES = (
    ("snowy mountain lake at dawn", LANDSCAPE),
    ("a lighthouse in a storm", UPRIGHT),
    ("elephants on the savanna, big orange sun", FILM),
    ("three blue squares above a yellow circle on navy", SQUARE),
    ("a red fox in an autumn forest", LANDSCAPE),
    ("northern lights over a frozen lake", FILM),
    ("palm trees on a beach, full moon", SQUARE),
    ("underwater, five fish", LANDSCAPE),
    ("city skyline at night in the rain", FILM),
    ("a village in winter at night, snowing", LANDSCAPE),
    ("a cat in a room, evening", SQUARE),
    ("a volcano at dusk", UPRIGHT),
    ("a spaceship near a planet in space", LANDSCAPE),
    ("pixel art of a castle at sunset", SQUARE),
    ("a meadow with butterflies, sunny morning", LANDSCAPE),
    ("two people in the desert at sunset", FILM),
    ("a house by the river in spring", LANDSCAPE),
    ("a stag in a misty pine forest", UPRIGHT),
    ("a road through green hills, noon", FILM),
    ("a woman in a red coat on the beach, dawn", LANDSCAPE),
)
STORY = """# The keeper's log

For eleven winters the lamp was lit at four, and put out when the gulls came.

## What was seen

| night | wind | ships |
| --- | --- | --- |
| 1 | north, strong | two |
| 2 | calm | none |
| 3 | west, rising | five |

> The sea keeps no diary; somebody has to.
"""
OTHERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("media.narrator.speech", {"prompt": "The lamp is lit at four. Keep the light on your left.", "voice": "man-deep"}),
    ("media.writer.txt2txt", {"prompt": "a lighthouse that is for sale", "kind": "blurb", "seed": 4}),
    ("media.typesetter.document", {"prompt": STORY, "title": "The keeper's log", "author": "A. Keeper"}),
    ("media.slideshow.txt2vid", {"prompt": "Hills at dawn. A sailing boat on a calm sea.", "duration": 4}),
    ("media.narrator.speech", {"prompt": "Three knots, wind from the west, and the fog is lifting.", "voice": "woman"}),
    ("media.slideshow.txt2vid", {"prompt": "A castle on a hill at sunset. Stars above the castle.", "duration": 4}),
    ("media.writer.txt2txt", {"prompt": "a boat that finds its way home", "kind": "storyboard", "seed": 9}),
)


def main() -> None:
    """Make something of everything, and take the pictures."""
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None or not (BUILT / "index.html").exists():
        sys.exit("needs Chromium (apt install chromium) and the web interface (./run web)")
    expect.set_options(timeout=PATIENCE_MS)
    TARGET.mkdir(exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as folder,
        serving(Path(folder, "home"), extra={"MAQUETTE_WEB_DIR": str(BUILT)}) as server,
        sync_playwright() as playwright,
    ):
        furnish(server)
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for screen in (gallery, asset, settings, activity, create, question):
            screen(browser, server)
        browser.close()


def furnish(server: Running) -> None:
    """Have the built-in providers make what there is to be seen, a job that fails among it."""
    wishes = [("media.painter.txt2img", {"prompt": p, "width": w, "height": h, "seed": 7}) for p, (w, h) in PICTURES]
    step = len(wishes) // len(OTHERS)
    for number, other in enumerate(OTHERS):
        wishes.insert((number + 1) * (step + 1) - 1, other)
    with server.caller() as client:
        body = {
            "provider": "openai",
            "name": "office",
            "settings": {"api_key": "none", "base_url": "http://127.0.0.1:9/v1"},
        }
        client.post("/api/v1/accounts", json=body).raise_for_status()
    with ThreadPoolExecutor(3) as makers:
        list(makers.map(lambda wish: job(server, *wish), wishes))
    job(server, "media.openai.txt2img", {"prompt": "a paper boat on a mirror lake"})


def job(server: Running, action: str, params: dict[str, Any], *, wait: bool = True) -> dict[str, Any]:
    """Run one job."""
    headers = {"Prefer": "wait=60"} if wait else {}
    with server.caller(**headers) as client:
        answer = client.post("/api/v1/jobs", json={"action": action, "params": params}, timeout=90)
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


# -- the screens -------------------------------------------------------------------------------------------------------


def create(browser: Browser, server: Running) -> None:
    """Three pictures of one prompt above a film."""
    job(server, "media.slideshow.txt2vid", {"prompt": "A lighthouse at night. A storm comes.", "duration": 4})
    three = {"prompt": "a sailing boat on a calm sea at sunset", "width": 768, "height": 512, "n": 3, "seed": 21}
    job(server, "media.painter.txt2img", three)
    with page_of(browser, server, "/?action=media.painter.txt2img") as page:
        page.get_by_role("textbox", name="Prompt").fill("A small wooden house among pines, first snow, evening light")
        expect(page.get_by_role("article").first.get_by_role("img")).to_have_count(3)
        take(page, "create")


def question(browser: Browser, server: Running) -> None:
    """A run that asks: prompts of several providers, results, one of them chosen."""
    with server.caller() as client:
        inputs = {"idea": "a red sailing boat"}
        run = client.post("/api/v1/workflows/example_prompts-to-picture/runs", json={"inputs": inputs}).json()["id"]
    with page_of(browser, server, f"/runs/{run}", theme="dark") as page:
        for shelf, item in (("midjourney", "prompt_a"), ("midjourney", "prompt_b"), ("midjourney", "prompt_a_prose")):
            generate(place(page, shelf, item))
        generate(place(page, "midjourney", "prompt_a"), "Generate again", 2)
        place(page, "midjourney", "prompt_a").get_by_role("radio").nth(1).check()
        page.get_by_role("heading", name="midjourney", exact=True).evaluate(BELOW_THE_BAR)
        page.mouse.move(0, 0)
        take(page, "question-dark")


def gallery(browser: Browser, server: Running) -> None:
    """Everything that was made."""
    with page_of(browser, server, "/gallery") as page:
        page.get_by_role("gridcell").locator("img").nth(12).wait_for()
        take(page, "gallery")


def asset(browser: Browser, server: Running) -> None:
    """One picture with its facts, what it was made from and what became of it."""
    first = job(server, "media.painter.txt2img", {"prompt": "hot air balloons over mountains at sunrise", "width": 960,
                "height": 832, "seed": 7})["assets"][0]["id"]  # fmt: skip
    job(server, "media.painter.vary", {"image": first, "n": 3, "seed": 5})
    job(server, "media.slideshow.img2vid", {"image": first, "duration": 3})
    with page_of(browser, server, f"/assets/{first}", theme="dark", size=TALL) as page:
        page.get_by_role("region", name="Where it comes from and what became of it").get_by_role("link").nth(
            3
        ).wait_for()
        take(page, "asset-dark")


def activity(browser: Browser, server: Running) -> None:
    """Jobs, how they went, and what it took."""
    with page_of(browser, server, "/activity") as page:
        page.get_by_text("Failed", exact=False).first.wait_for()
        take(page, "activity")


def settings(browser: Browser, server: Running) -> None:
    """Providers and their accounts, on a phone."""
    with page_of(browser, server, "/settings", size=PHONE) as page:
        page.get_by_role("link").filter(has_text="Ready").nth(5).wait_for()
        take(page, "settings-phone")


# -- how it is done ----------------------------------------------------------------------------------------------------


@contextmanager
def page_of(
    browser: Browser, server: Running, path: str, *, theme: Theme = "light", size: ViewportSize = WIDE
) -> Iterator[Page]:
    """Open one page, signed in."""
    context = browser.new_context(
        base_url=server.url, viewport=size, color_scheme=theme, device_scale_factor=SHARP, reduced_motion="reduce"
    )
    context.set_default_timeout(PATIENCE_MS)
    tab = Tab(context.new_page())
    tab.sign_in(server, path)
    yield tab.page
    context.close()


def place(page: Page, shelf: str, item: str) -> Locator:
    """Return the card of one prompt."""
    cards = page.get_by_role("region", name=shelf, exact=True).get_by_role("article")
    return cards.filter(has=page.get_by_role("heading", name=item, exact=True))


def generate(card: Locator, title: str = "Generate", wanted: int = 1) -> None:
    """Press the button of a card and wait for the picture."""
    card.get_by_role("button", name=title, exact=True).click()
    expect(card.get_by_role("radio")).to_have_count(wanted)


def take(page: Page, name: str) -> None:
    """Keep what is on the screen, as well as the permitted weight allows; small pictures are waited for."""
    from PIL import Image

    page.evaluate(DRAWN)
    with Image.open(BytesIO(page.screenshot())) as shot:
        kept = next(found for quality in range(92, 0, -4) if len(found := webp(shot, quality)) <= HEAVIEST)
    (TARGET / f"{name}.webp").write_bytes(kept)


def webp(shot: Image.Image, quality: int) -> bytes:
    """Return a picture as WebP."""
    kept = BytesIO()
    shot.save(kept, "WEBP", quality=quality, method=6)
    return kept.getvalue()


if __name__ == "__main__":
    main()
