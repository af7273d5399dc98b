"""Who may call what: every route by every role, every way to show a key, every foreign page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from maquette.api.app import create_app
from maquette.api.door import check_table
from maquette.core.config import Config
from maquette.core.errors import ConfigInvalid
from tests.api.running import Running

ROLES = ("viewer", "member", "admin")
TABLE = create_app(Config(home=Path("nowhere"))).state.access
PUBLIC = {"/", "/healthz", "/readyz", "/sign-in", "/static/{name:path}", "/shared/{asset}"}
IDS = {"job": "job_" + "0" * 32, "asset": "asset_" + "0" * 32, "side": "320"}


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda found: IDS.get(found[1], "nothing_there"), path)


def status(client: httpx2.Client, method: str, path: str) -> int:
    with client.stream(method, address(path)) as answer:
        return answer.status_code


@pytest.mark.accepts("S3.40")
@pytest.mark.parametrize(("method", "path"), sorted(TABLE))
def test_every_route_refuses_all_roles_below_its_own(server: Running, method: str, path: str) -> None:
    needed = TABLE[method, path]
    with server.caller(None) as nobody:
        assert (status(nobody, method, path) == 401) == (needed != "public")
    for role in ROLES:
        if (method, path) == ("DELETE", "/api/v1/session"):
            continue
        with server.caller(role) as client:
            allowed = needed == "public" or ROLES.index(role) >= ROLES.index(needed)
            found = status(client, method, path)
            assert (found != 403) == allowed, (role, found)
            assert found != 401 or needed == "public"
            assert found < 500


def test_only_health_sign_in_and_the_files_of_the_interface_are_public() -> None:
    assert {path for (_, path), needed in TABLE.items() if needed == "public"} == PUBLIC


def test_a_route_that_names_no_role_stops_the_start() -> None:
    app = create_app(Config(home=Path("nowhere")))

    @app.get("/forgotten")
    async def forgotten() -> str:
        return "open to all"

    with pytest.raises(ConfigInvalid, match="/forgotten"):
        check_table(app)


@pytest.mark.parametrize(
    "header",
    [
        {"Authorization": "Bearer mq_wrong"},
        {"Authorization": "Bearer ' OR 1=1 --"},
        {"Authorization": "Bearer"},
        {"Authorization": "Basic YTpi"},
        {"x-api-key": "mq_' UNION SELECT digest FROM keys --"},
        {"x-api-key": ""},
    ],
)
def test_a_wrong_key_is_refused_however_it_is_shown(nobody: httpx2.Client, header: dict[str, str]) -> None:
    answer = nobody.get("/api/v1/jobs", headers=header)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["code"] == "unauthorized"


def test_a_key_that_begins_like_a_valid_one_is_another_key(server: Running, nobody: httpx2.Client) -> None:
    valid = server.key("admin")
    for wrong in (valid[:-1], valid + "A", valid[:-1] + ("A" if valid[-1] != "A" else "B")):
        assert nobody.get("/api/v1/keys", headers={"x-api-key": wrong}).status_code == 401
    assert nobody.get("/api/v1/keys", headers={"x-api-key": valid}).status_code == 200


def test_no_key_can_be_made_that_may_more_than_its_maker(server: Running) -> None:
    with server.caller("member") as member:
        assert member.post("/api/v1/keys", json={"name": "x", "role": "admin"}).status_code == 403
        assert member.post("/api/v1/keys", json={"name": "x", "role": "viewer"}).status_code == 403


def test_a_token_is_shown_once_and_a_revoked_key_is_dead(server: Running, admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/keys", json={"name": "short lived", "role": "viewer"}).json()
    listed = admin.get("/api/v1/keys")
    assert made["token"] not in listed.text
    with httpx2.Client(base_url=server.url, headers={"x-api-key": made["token"]}) as client:
        assert client.get("/api/v1/session").json()["role"] == "viewer"
        assert admin.delete(f"/api/v1/keys/{made['id']}").status_code == 204
        assert client.get("/api/v1/session").status_code == 401


def test_an_expired_key_is_dead(server: Running, admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/keys", json={"name": "old", "role": "viewer", "expires_at": 1}).json()
    with httpx2.Client(base_url=server.url, headers={"x-api-key": made["token"]}) as client:
        assert client.get("/api/v1/session").status_code == 401


FOREIGN = [
    "evil.example",
    "evil.example:80",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1:1",
    "192.0.2.7",
]


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_name_is_refused(server: Running, admin: httpx2.Client, host: str) -> None:
    for path in ("/healthz", "/api/v1/jobs"):
        answer = admin.get(path, headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


@pytest.mark.parametrize(
    "origin",
    ["null", "http://evil.example", "http://127.0.0.1", "https://localhost:1", "file://", "chrome-extension://x"],
)
def test_a_foreign_page_is_refused(admin: httpx2.Client, origin: str) -> None:
    for method in ("GET", "POST"):
        answer = admin.request(method, "/api/v1/jobs", headers={"Origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin_refused")


def test_our_own_page_is_welcome(server: Running, admin: httpx2.Client) -> None:
    assert admin.get("/api/v1/jobs", headers={"Origin": server.url}).status_code == 200


@contextmanager
def signed_in(server: Running, holder: httpx2.Client) -> Iterator[httpx2.Client]:
    link = holder.post("/api/v1/session/links").json()["url"]
    with httpx2.Client(base_url=server.url, timeout=30) as browser:
        answer = browser.get(link)
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        cookies = answer.headers.get_list("set-cookie")
        session = next(c for c in cookies if c.startswith("maquette_session="))
        assert "HttpOnly" in session
        assert "SameSite=strict" in session
        yield browser


def test_a_link_signs_in_once(server: Running, admin: httpx2.Client) -> None:
    link = admin.post("/api/v1/session/links").json()["url"]
    with httpx2.Client() as first, httpx2.Client() as second:
        assert first.get(link).status_code == 303
        refused = second.get(link)
        assert refused.status_code == 401
        assert "maquette open" in refused.json()["hint"]


def test_a_cookie_reads_but_writes_only_with_its_word(server: Running, admin: httpx2.Client) -> None:
    with signed_in(server, admin) as browser:
        assert browser.get("/api/v1/session").json()["via"] == "session"
        body = {"name": "by cookie", "role": "viewer"}
        for word in (None, "", "0" * 64):
            headers = {"X-CSRF-Token": word} if word is not None else {}
            assert browser.post("/api/v1/keys", json=body, headers=headers).status_code == 403
        word = browser.cookies["maquette_csrf"]
        made = browser.post("/api/v1/keys", json=body, headers={"X-CSRF-Token": word})
        assert made.status_code == 201
        assert browser.delete("/api/v1/session", headers={"X-CSRF-Token": word}).status_code == 204


def test_a_session_that_was_ended_is_dead(server: Running, admin: httpx2.Client) -> None:
    with signed_in(server, admin) as browser:
        cookie, word = browser.cookies["maquette_session"], browser.cookies["maquette_csrf"]
        assert browser.delete("/api/v1/session", headers={"X-CSRF-Token": word}).status_code == 204
    with httpx2.Client(base_url=server.url, cookies={"maquette_session": cookie}) as thief:
        assert thief.get("/api/v1/session").status_code == 401


def test_a_session_ends_with_its_key(server: Running, admin: httpx2.Client) -> None:
    made = admin.post("/api/v1/keys", json={"name": "parent", "role": "member"}).json()
    with (
        httpx2.Client(base_url=server.url, headers={"x-api-key": made["token"]}) as holder,
        signed_in(server, holder) as browser,
    ):
        assert browser.get("/api/v1/session").json()["role"] == "member"
        assert browser.get("/api/v1/keys").status_code == 403
        admin.delete(f"/api/v1/keys/{made['id']}")
        assert browser.get("/api/v1/session").status_code == 401
