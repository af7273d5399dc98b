"""Bad input over the real server: a clear message with what to do, a 4xx, and nothing half-written."""

from __future__ import annotations

import io
import json
import socket
import struct
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.fleet import Fleet, Json

PAINT = "media.painter.txt2img"
TEN_GB = 10 * 2**30
CONFIG = "private_networks = false\n[limits]\npixels = 4000000\n"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    home = tmp_path_factory.mktemp("bad")
    (home / "maquette.toml").write_text(CONFIG)
    made = Fleet(home)
    made.start()
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_is_left(fleet: Fleet) -> Iterator[None]:
    """Hold the server's whole state against what it was before the test."""
    before = state(fleet)
    yield
    assert state(fleet) == before


def state(fleet: Fleet) -> Json:
    """Return all that bad input might have changed: rows, and files that were on their way."""
    rows = {what: fleet.ask("GET", f"/api/v1/{what}?limit=200")[1]["items"] for what in ("jobs", "assets")}
    rows["accounts"] = fleet.ask("GET", "/api/v1/accounts")[1]["items"]
    folders = [fleet.home / name for name in ("uploads", "scratch", "spool")]
    files = [str(path) for folder in folders if folder.exists() for path in folder.rglob("*") if path.is_file()]
    return rows | {"files": sorted(files)}


def refused(fleet: Fleet, path: str, body: Json, status: int, code: str) -> Json:
    """Send a body that must be refused; return the problem."""
    answered, problem = fleet.ask("POST", path, body)
    assert (answered, problem["code"]) == (status, code), problem
    assert problem["detail"]
    assert problem["hint"]
    return problem


def submit(fleet: Fleet, status: int, code: str, action: str = PAINT, **more: Any) -> Json:
    return refused(fleet, "/api/v1/jobs", {"action": action, "params": {"prompt": "a fox"}, **more}, status, code)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """Return a small PNG file of very many pixels, all of which are there."""
    packer, packed = zlib.compressobj(9), io.BytesIO()
    for _ in range(height):
        packed.write(packer.compress(bytes(width // 8 + 1)))
    packed.write(packer.flush())
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed.getvalue()) + chunk(b"IEND", b"")


def upload(fleet: Fleet, content: bytes, name: str, mime: str) -> tuple[int, Json]:
    """Send a file as a browser does."""
    edge = "edge-of-a-part"
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {mime}\r\n\r\n'
    body = head.encode() + content + f"\r\n--{edge}--\r\n".encode()
    return spoken(fleet, "/api/v1/assets", f"multipart/form-data; boundary={edge}", body, len(body))


def spoken(fleet: Fleet, path: str, kind: str, body: bytes, claimed: int) -> tuple[int, Json]:
    """Send a request by hand, which may claim more bytes than it sends."""
    key = (fleet.home / "admin.key").read_text().strip()
    lines = [
        f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{fleet.port}", f"Authorization: Bearer {key}",
        f"Content-Type: {kind}", f"Content-Length: {claimed}", "Connection: close", "", "",
    ]  # fmt: skip
    with socket.create_connection(("127.0.0.1", fleet.port), timeout=30) as line:
        line.sendall("\r\n".join(lines).encode() + body)
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, told = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(told)


def test_an_unknown_action_is_answered_with_near_ones(fleet: Fleet) -> None:
    problem = submit(fleet, 404, "unknown_action", action="media.painter.txt2imag")
    assert PAINT in problem["near"]
    assert repr(PAINT) in problem["hint"]
    problem = submit(fleet, 404, "unknown_action", action="media.panter.txt2img")
    assert PAINT in problem["near"]


def test_a_parameter_that_no_action_knows_is_named_with_the_one_that_was_meant(fleet: Fleet) -> None:
    (fault,) = submit(fleet, 422, "params_invalid", params={"prompt": "a fox", "widht": 64})["errors"]
    assert fault["path"] == "widht"
    assert "width" in json.dumps(fault)


@pytest.mark.parametrize(
    ("word", "value", "allowed"),
    [("width", "wide", "type"), ("seed", 2**40, "maximum"), ("prompt", "", "minLength"), ("n", [1], "maximum")],
)
def test_a_wrong_value_is_named_by_its_path_and_with_what_is_allowed(
    fleet: Fleet, word: str, value: Any, allowed: str
) -> None:
    problem = submit(fleet, 422, "params_invalid", params={"prompt": "a fox"} | {word: value}, strict=True)
    (fault,) = [fault for fault in problem["errors"] if fault["path"] == word]
    assert allowed in json.dumps(fault), fault


def test_an_unknown_account_is_named(fleet: Fleet) -> None:
    problem = submit(fleet, 422, "account_unknown", account="nobody")
    assert "'nobody'" in problem["detail"]
    assert "accounts" in problem["hint"]


def test_an_asset_that_is_not_there_is_named_by_its_parameter(fleet: Fleet) -> None:
    given = {"prompt": "a fox", "image": f"asset_{'0' * 32}"}
    problem = submit(fleet, 422, "params_invalid", action="media.painter.img2img", params=given)
    assert problem["errors"][0]["path"] == "image"


@pytest.mark.parametrize(
    "base",
    ["http://127.0.0.1:9/v1", "http://localhost/v1", "http://10.0.0.8/v1", "http://[::1]/v1", "http://2130706433/"],
)
def test_a_base_url_inside_is_refused_where_private_networks_are_barred(fleet: Fleet, base: str) -> None:
    body = {"provider": "openai", "name": "inside", "settings": {"api_key": "sk-x", "base_url": base}}
    problem = refused(fleet, "/api/v1/accounts", body, 422, "url_refused")
    assert "sk-x" not in json.dumps(problem)


def test_a_name_that_leads_inside_is_refused_when_it_is_resolved(fleet: Fleet) -> None:
    name = socket.gethostname()
    if not socket.gethostbyname(name).startswith("127."):
        pytest.skip("the name of this machine does not lead to itself")
    with socket.create_server(("127.0.0.1", 0)) as inside:
        inside.settimeout(0.3)
        base = f"http://{name}:{inside.getsockname()[1]}/v1"
        body = {"provider": "openai", "name": "inside", "settings": {"api_key": "sk-x", "base_url": base}}
        status, made = fleet.ask("POST", "/api/v1/accounts", body)
        assert status == 201, made
        answered, problem = fleet.ask("POST", f"/api/v1/accounts/{made['id']}/check")
        fleet.ask("DELETE", f"/api/v1/accounts/{made['id']}")
        assert (answered, problem["code"]) == (503, "provider_unavailable"), problem
        with pytest.raises(TimeoutError):
            inside.accept()


LIES = [("a.png", "image/png"), ("a.pdf", "application/pdf"), ("a.mp4", "video/mp4")]


@pytest.mark.parametrize(("name", "mime"), LIES)
def test_an_upload_that_is_not_what_it_claims_is_refused(fleet: Fleet, name: str, mime: str) -> None:
    status, problem = upload(fleet, b"MZ\x90\x00 this is a program", name, mime)
    assert (status, problem["code"]) == (415, "upload_rejected")
    assert problem["hint"]


def test_a_pixel_bomb_is_refused_before_it_is_unpacked(fleet: Fleet) -> None:
    content = bomb(30_000, 30_000)
    assert len(content) < 200_000
    status, problem = upload(fleet, content, "bomb.png", "image/png")
    assert (status, problem["code"]) == (415, "upload_rejected")
    assert "pixel" in problem["detail"]


@pytest.mark.parametrize("path", ["/api/v1/jobs", "/api/v1/assets", "/api/v1/accounts"])
def test_a_body_of_ten_gigabytes_is_refused_by_its_claim(fleet: Fleet, path: str) -> None:
    kind = "multipart/form-data; boundary=x" if path.endswith("assets") else "application/json"
    status, problem = spoken(fleet, path, kind, b"{", TEN_GB)
    assert (status, problem["code"]) == (413, "body_too_large")
    assert str(TEN_GB) in problem["detail"]
    assert problem["limit"] < TEN_GB
