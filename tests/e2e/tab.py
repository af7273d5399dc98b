"""One tab of the browser: signs in, listens for complaints, and is looked at."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from playwright.sync_api import ConsoleMessage, Page, Response

from tests.api.running import Running
from tests.house.tree import ROOT

Theme = Literal["light", "dark"]
RULES = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""The rules that look at colours: a theme changes nothing else."""
NARROW = 390
THEMES: tuple[Theme, ...] = ("light", "dark")
# Chromium reports each refused request of ours as an error; what the page makes of it is tested where it happens.
EXPECTED = ("Failed to load resource", "net::ERR_")


@dataclass
class Tab:
    """A page with what it complained about: errors, refusals of the content policy, files that are not there."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        self.page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(f"{message.type}: {message.text}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and "/api/" not in response.url:
            self.complaints.append(f"{response.status}: {response.url}")

    def sign_in(self, server: Running, path: str = "/") -> None:
        """Follow a fresh one-time link, and go to a page."""
        with server.caller() as client:
            link = client.post("/api/v1/session/links").json()["url"]
        if path == "/":
            self.page.goto(link)
        else:
            self.page.context.request.get(link, max_redirects=0)  # the first page, where it leads, is not drawn
            self.page.goto(path)

    def look(self, name: str) -> None:
        """Assert that the screen is readable: by axe in both themes, and at 390 px without a sideways scroll."""
        size = self.page.viewport_size
        for theme in THEMES:
            self.page.emulate_media(color_scheme=theme)
            self._settle(theme)
            self.shoot(f"{name}-{theme}")
            found = self.violations(RULES if theme == THEMES[0] else COLOURS)
            assert found == [], f"{name}, {theme}: {found}"
        self.page.set_viewport_size({"width": NARROW, "height": 844})
        self._settle(THEMES[-1])
        self.shoot(f"{name}-{NARROW}")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= NARROW, f"{name} is {wide} px wide on a screen of {NARROW}: {self.page.evaluate(WIDE)}"
        assert (found := self.violations()) == [], f"{name}, {NARROW} px: {found}"
        self.page.emulate_media(color_scheme="light")
        if size:
            self.page.set_viewport_size(size)

    def _settle(self, theme: Theme) -> None:
        """Wait until a new theme or width is drawn: the browser is told of it, but answers before it has followed."""
        self.page.wait_for_function("theme => matchMedia(`(prefers-color-scheme: ${theme})`).matches", arg=theme)
        assert self.page.evaluate(DRAWN) == [], "this never ends to move"

    def violations(self, rules: Mapping[str, Any] = RULES) -> list[str]:
        """Run axe over the page as it is."""
        if not self.page.evaluate("'axe' in window"):
            self.page.evaluate(axe())
        found: list[dict[str, Any]] = self.page.evaluate(
            "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(done => done.violations)",
            rules,
        )
        return [
            f"{each['id']} ({each['impact']}): {node['html'][:200]}: {node['failureSummary']}"
            for each in found
            for node in each["nodes"]
        ]

    def shoot(self, name: str) -> None:
        """Keep a picture of the screen where MAQUETTE_SHOTS names a folder for them."""
        if folder := os.environ.get("MAQUETTE_SHOTS"):
            self.page.screenshot(path=Path(folder) / f"{name}.png")


DRAWN = """async () => {
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame)
    const ending = document.getAnimations().filter(each => each.effect.getComputedTiming().endTime < Infinity)
    const running = new Set(ending)
    const ended = ending.map(each => each.finished.catch(() => null).then(() => running.delete(each)))
    await Promise.race([new Promise(done => setTimeout(done, 5000)), Promise.all(ended)])
    return [...running].map(each => `${each.transitionProperty ?? each.animationName}: ${each.effect.target.outerHTML}`)
}"""
"""Waits until nothing moves; what is hidden never ends, and would be moved for nobody."""
WIDE = """[...document.querySelectorAll('body *')]
    .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""


@cache
def axe() -> str:
    """Return the checker's program, as npm brought it."""
    return (ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
