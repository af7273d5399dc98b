"""The web interface as files: one page for all its addresses, hashed files for ever, nothing of the server's own."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from maquette.api.web import folder_of
from tests.api.running import Running, serving

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGE = "<!doctype html><title>Maquette</title><script type=module src=/static/main-1a2b.js></script>"
CODE = "console.log('hello')\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("web") / "dist"
    (made / "static").mkdir(parents=True)
    (made / "index.html").write_text(PAGE)
    (made / "favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (made / "static" / "main-1a2b.js").write_text(CODE)
    (made / "static" / "main-1a2b.js.gz").write_bytes(gzip.compress(CODE.encode()))
    (made / "static" / "style-3c4d.css").write_text("body{margin:0}")
    (made.parent / "secret.txt").write_text("outside")
    return made


@pytest.fixture(scope="module")
def site(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    home = tmp_path_factory.mktemp("site") / "home"
    with serving(home, extra={"MAQUETTE_WEB_DIR": str(folder)}) as running:
        yield running


@pytest.fixture
def browser(site: Running) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=site.url, headers=HTML, timeout=30) as client:
        yield client


@pytest.mark.parametrize("path", ["/", "/workflows/some-run", "/gallery?media=image", "/sign", "/staticky"])
def test_every_address_of_the_interface_is_its_one_page(browser: httpx2.Client, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.text) == (200, PAGE)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-cache"
    assert "Accept" in answer.headers["vary"]


@pytest.mark.parametrize("path", ["/", "/gallery", "/static/main-1a2b.js", "/favicon.svg"])
def test_what_the_interface_is_made_of_loads_nothing_from_elsewhere(browser: httpx2.Client, path: str) -> None:
    policy = browser.get(path).headers["content-security-policy"]
    words = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert words["default-src"] == "'self'"
    assert words["object-src"] == words["base-uri"] == words["frame-ancestors"] == "'none'"
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/nothing", "/v1/nothing", "/workflow/nothing", "/sdapi/v1/x"])
def test_a_wrong_address_of_the_api_is_an_error_and_no_page(browser: httpx2.Client, path: str) -> None:
    answer = browser.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_program_that_asks_for_no_page_gets_none(site: Running) -> None:
    with httpx2.Client(base_url=site.url, headers={"Accept": "application/json"}) as program:
        assert program.get("/gallery").json()["code"] == "not_found"
        assert program.get("/").json()["api"] == "/api/v1/openapi.json"
    with httpx2.Client(base_url=site.url, headers=HTML) as browser:
        assert browser.post("/gallery").status_code == 404


def test_a_hashed_file_is_kept_for_ever_and_its_type_is_told(browser: httpx2.Client) -> None:
    code = browser.get("/static/main-1a2b.js", headers={"Accept-Encoding": "identity"})
    assert (code.text, code.headers["content-type"]) == (CODE, "text/javascript; charset=utf-8")
    assert "immutable" in code.headers["cache-control"]
    assert "content-encoding" not in code.headers
    style = browser.get("/static/style-3c4d.css")
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert browser.head("/static/style-3c4d.css").headers["content-length"] == "14"
    assert browser.get("/static/gone-9.js").status_code == 404


@pytest.mark.parametrize(
    ("asked", "coding"), [("gzip, br", "gzip"), ("br", None), ("gzip;q=0", None), ("gzip;q=0.5", "gzip")]
)
def test_a_file_that_was_packed_at_the_build_is_sent_packed(
    browser: httpx2.Client, asked: str, coding: str | None
) -> None:
    answer = browser.get("/static/main-1a2b.js", headers={"Accept-Encoding": asked})
    assert answer.headers.get("content-encoding") == coding
    assert answer.text == CODE
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.headers["content-type"].startswith("text/javascript")


def test_the_icon_stands_beside_the_page(browser: httpx2.Client) -> None:
    assert browser.get("/favicon.svg").headers["content-type"] == "image/svg+xml"
    assert browser.get("/robots.txt", headers={"Accept": "*/*"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/static/../../secret.txt", "/static/%2e%2e/%2e%2e/secret.txt", "/..%2fsecret.txt", "/static//etc/passwd"]
)
def test_nothing_outside_the_folder_is_served(browser: httpx2.Client, path: str) -> None:
    answer = browser.get(path, headers={"Accept": "*/*"})
    assert answer.status_code == 404
    assert "outside" not in answer.text


def test_a_link_signs_a_browser_in_and_leads_to_the_page_even_when_it_was_used(site: Running) -> None:
    with site.caller("admin") as admin:
        link = admin.post("/api/v1/session/links").json()["url"]
    with httpx2.Client(base_url=site.url, headers=HTML, follow_redirects=True) as browser:
        landed = browser.get(link)
        assert (landed.status_code, landed.url.path, landed.text) == (200, "/", PAGE)
        assert browser.get("/api/v1/session").json()["via"] == "session"
        assert browser.get(link).text == PAGE
    with httpx2.Client(base_url=site.url, headers=HTML, follow_redirects=True) as late:
        assert late.get(link).text == PAGE
        assert late.get("/api/v1/session").status_code == 401


def test_without_a_build_the_page_says_what_to_run(tmp_path: Path) -> None:
    assert folder_of(tmp_path) is None
    with (
        serving(tmp_path / "home", extra={"MAQUETTE_WEB_DIR": str(tmp_path / "nowhere")}) as running,
        httpx2.Client(base_url=running.url, headers=HTML) as browser,
    ):
        answer = browser.get("/")
        assert answer.status_code == 404
        assert "./run web" in answer.text
        assert "MAQUETTE_WEB_DIR" in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]


@pytest.mark.accepts("S1.21")
def test_only_named_origins_may_frame_the_embedded_pages_and_no_other_page(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home, origins = tmp_path_factory.mktemp("framed") / "home", ["https://app.example.com", "http://localhost:3000"]
    extra = {"MAQUETTE_WEB_DIR": str(folder), "MAQUETTE_EMBED_ORIGINS": str(origins).replace("'", '"')}
    with serving(home, extra=extra) as running, httpx2.Client(base_url=running.url, headers=HTML) as client:
        framed = client.get("/embed/chat")
        assert framed.status_code == 200
        assert framed.headers["content-security-policy"].endswith(f"frame-ancestors {' '.join(origins)}")
        assert "x-frame-options" not in framed.headers
        for path in ("/", "/chat", "/api/v1/actions"):
            answer = client.get(path)
            assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-frame-options"] == "DENY"
        assert client.get("/api/v1/conversations").status_code == 401


def test_without_a_setting_no_page_may_be_framed(browser: httpx2.Client) -> None:
    answer = browser.get("/embed/chat")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-frame-options"] == "DENY"
