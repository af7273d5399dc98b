"""A real server, a real browser, and a page that is signed in."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

import pytest
from playwright.sync_api import Browser, Error, expect, sync_playwright

from tests.api.running import Running, left_as_found, serving
from tests.e2e.invented import Invented, install
from tests.e2e.tab import Tab
from tests.house.tree import ROOT

BUILT = ROOT / "web" / "dist"
# Longer than anything takes: whatever waits goes on as soon as it may.
PATIENCE_MS = 15_000
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip


OPENED = pytest.StashKey[list[Tab]]()


class Serve(Protocol):
    """Start a server on a home folder, with the built interface."""

    def __call__(
        self, home: Path, config: str = "", extra: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Running]: ...


class Open(Protocol):
    """Open a page that is signed in."""

    def __call__(self, server: Running, path: str = "/", *, width: int = 1280, height: int = 860) -> Tab: ...


@pytest.fixture(scope="package")
def web() -> Path:
    """The folder of the built interface; the one of another build is named by MAQUETTE_WEB_DIR."""
    folder = Path(os.environ.get("MAQUETTE_WEB_DIR") or BUILT)
    assert (folder / "index.html").exists(), "the web interface is not built: ./run web"
    return folder


@pytest.fixture(scope="package")
def serve(web: Path) -> Serve:
    def start(home: Path, config: str = "", extra: Mapping[str, str] | None = None) -> AbstractContextManager[Running]:
        return serving(home, config, {"MAQUETTE_WEB_DIR": str(web), **(extra or {})})

    return start


@pytest.fixture(scope="package")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Invented:
    """A package with a provider and a module of random names, installed after the interface was built."""
    return install(tmp_path_factory.mktemp("invented"))


@pytest.fixture(scope="package")
def server(serve: Serve, invented: Invented, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for all tests that share it; the invented package is installed there, without an account."""
    with serve(tmp_path_factory.mktemp("e2e") / "home", extra=invented.environ) as running:
        yield running


@pytest.fixture(autouse=True)
def tidy(request: pytest.FixtureRequest) -> Iterator[None]:
    """The tests come in any order: what one leaves behind fails here, and not in another."""
    if "server" in request.fixturenames:
        invented = request.getfixturevalue("invented")
        yield from left_as_found(request.getfixturevalue("server"), [invented["provider"]])
    else:
        yield


@pytest.fixture(scope="package")
def account(server: Running, invented: Invented) -> str:
    """An account of the invented provider on the common server."""
    return opened(server, invented)


def opened(server: Running, invented: Invented) -> str:
    with server.caller() as client:
        body = {"provider": invented["provider"], "settings": invented.settings}
        made = client.post("/api/v1/accounts", json=body)
    assert made.status_code == 201, made.text
    found: str = made.json()["id"]
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    # The shell is the same engine without the windows of a browser, which take half of the time.
    names = ("chromium-headless-shell", "chromium", "google-chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    assert program, "the tests of the web interface drive Chromium: apt install chromium-headless-shell"
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        yield started
        started.close()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Have a failure tell what the pages showed: under load it may not come again."""
    report = yield
    if report.when == "call" and report.failed:
        for tab in item.stash.get(OPENED, []):
            with suppress(Error):
                report.sections.append((f"Page {tab.page.url}", tab.page.locator("body").aria_snapshot(timeout=2000)))
                report.sections.append(("Complaints", "\n".join(tab.complaints)))
    return report


@pytest.fixture
def open_page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Open pages, each in a browser profile of its own; all of them must have been without complaint at the end."""
    opened = request.node.stash[OPENED] = list[Tab]()

    def make(server: Running, path: str = "/", *, width: int = 1280, height: int = 860) -> Tab:
        context = browser.new_context(viewport={"width": width, "height": height}, base_url=server.url)
        context.set_default_timeout(PATIENCE_MS)
        tab = Tab(context.new_page())
        opened.append(tab)
        tab.sign_in(server, path)
        return tab

    yield make
    for tab in opened:
        tab.page.context.close()
    assert [said for tab in opened for said in tab.complaints] == []


@pytest.fixture
def tab(open_page: Open, server: Running) -> Tab:
    """A signed-in page on the common server."""
    return open_page(server)
