"""An asset is shown without a key only by an address that this server signed, and only for a while."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.api.running import PLAIN, Running, made, png, serving


def signed(admin: httpx2.Client, asset: str, seconds: int | None = 60) -> httpx2.Response:
    return admin.post(f"/api/v1/assets/{asset}/links", json={"expires_in": seconds})


def uploaded(client: httpx2.Client) -> str:
    answer = client.post("/api/v1/assets", files={"file": ("disc.png", png(), "image/png")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def stranger(server: Running) -> httpx2.Client:
    return httpx2.Client(base_url=server.url, timeout=30, verify=PLAIN)


@pytest.mark.accepts("S3.31", "C9")
def test_an_address_shows_one_asset_to_whoever_holds_it_and_nothing_else(server: Running, admin: httpx2.Client) -> None:
    asset, other = uploaded(admin), uploaded(admin)
    answer = signed(admin, asset)
    assert answer.status_code == 201, answer.text
    url = answer.json()["url"]
    with stranger(server) as client:
        assert client.get(f"/api/v1/assets/{asset}/content").status_code == 401
        shown = client.get(url)
        assert (shown.status_code, shown.content) == (200, admin.get(f"/api/v1/assets/{asset}/content").content)
        assert "sandbox" in shown.headers["content-security-policy"]
        assert client.get(url, headers={"Range": "bytes=0-3"}).content == b"\x89PNG"
        bare = urlsplit(url).path
        later = url.replace(f"until={answer.json()['expires_at']}", f"until={answer.json()['expires_at'] + 1}")
        for wrong in (bare, url.replace(asset, other), later, url[:-1] + ("0" if url[-1] != "0" else "1")):
            refused = client.get(wrong)
            assert (refused.status_code, "not signed" in refused.json()["detail"]) == (404, True), wrong


def test_an_address_ends_with_its_time_and_with_its_asset(server: Running, admin: httpx2.Client) -> None:
    asset = uploaded(admin)
    short, long = signed(admin, asset, 1).json(), signed(admin, asset).json()
    with stranger(server) as client:
        assert client.get(short["url"]).status_code == 200
        while (answer := client.get(short["url"])).status_code == 200:
            pass  # its second is not over yet
        assert "over" in answer.json()["detail"]
        assert client.get(long["url"]).status_code == 200
        assert admin.delete(f"/api/v1/assets/{asset}").status_code == 204
        assert client.get(long["url"]).status_code == 404


def test_only_a_member_signs_and_an_open_address_needs_the_owner_s_word(server: Running, admin: httpx2.Client) -> None:
    asset = uploaded(admin)
    with server.caller("viewer") as viewer:
        assert signed(viewer, asset).status_code == 403
    refused = signed(admin, asset, None)
    assert (refused.status_code, "public_assets" in refused.json()["hint"]) == (409, True)


@pytest.mark.accepts("S3.31")
def test_where_the_owner_says_so_every_asset_has_an_open_address(tmp_path: Path) -> None:
    with serving(tmp_path / "home", "public_assets = true\n") as server, server.caller("admin") as admin:
        asset = made(admin)["assets"][0]["id"]
        answer = signed(admin, asset, None).json()
        assert (answer["expires_at"], urlsplit(answer["url"]).query) == (None, "")
        with stranger(server) as client:
            assert client.get(answer["url"]).headers["content-type"] == "image/png"
            assert client.get("/api/v1/assets").status_code == 401
