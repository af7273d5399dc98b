"""Bodies and addresses that are too large, too deep or not what they claim are refused before any work."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import pytest

from maquette.api.guard import check_json
from maquette.api.problem import BodyInvalid
from tests.api.running import ACTION, Running


def problem(answer: httpx2.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["hint"]
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "body_invalid"),
        (b'{"params": {"prompt": "\\u0000"}}', "body_invalid"),
        (b'{"params": {"prompt": "\\ud800"}}', "body_invalid"),
        (b'{"params": {"seed": NaN}}', "body_invalid"),
        (b'{"params": {"seed": 1' + b"0" * 30 + b"}}", "body_invalid"),
        (b'{"params": {"seed": 1e400}}', "body_invalid"),
        (b"[" * 5000 + b"]" * 5000, "body_invalid"),
        (b'{"a":' * 70 + b"1" + b"}" * 70, "body_invalid"),
        (b"\xff\xfe{}", "body_invalid"),
    ],
)
def test_json_that_something_behind_would_trip_over_is_refused(admin: httpx2.Client, body: bytes, code: str) -> None:
    answer = admin.post("/api/v1/jobs", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer) == (400, code)


def test_a_body_full_of_quotes_is_judged_in_linear_time() -> None:
    with pytest.raises(BodyInvalid):
        check_json(b'{"a": "' + b'\\"' * 2_000_000)


def test_a_claimed_body_of_ten_gigabytes_is_refused_unread(server: Running) -> None:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=10) as line:
        head = f"POST /api/v1/jobs HTTP/1.1\r\nHost: {where.netloc}\r\nContent-Type: application/json\r\n"
        line.sendall(f"{head}x-api-key: {server.key('admin')}\r\nContent-Length: 10000000000\r\n\r\n".encode())
        assert line.recv(64).startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize(
    ("path", "kind"), [("/api/v1/jobs", "application/json"), ("/api/v1/assets", "multipart/form-data; boundary=x")]
)
def test_a_body_without_a_length_is_cut_at_the_limit(admin: httpx2.Client, path: str, kind: str) -> None:
    def endless() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(64):
            yield b" " * 65536

    answer = admin.post(path, content=endless(), headers={"Content-Type": kind})
    assert problem(answer) == (413, "body_too_large")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_a_write_must_be_json(admin: httpx2.Client, kind: str) -> None:
    answer = admin.post("/api/v1/jobs", content=b"{}", headers={"Content-Type": kind})
    assert problem(answer) == (415, "media_type_unsupported")


@pytest.mark.accepts("S1.43")
def test_every_refusal_is_a_problem_with_a_hint(admin: httpx2.Client) -> None:
    assert problem(admin.get("/nowhere")) == (404, "not_found")
    assert problem(admin.get("/api/v1/jobs/job_" + "0" * 32)) == (404, "not_found")
    assert problem(admin.put("/api/v1/jobs", json={})) == (405, "method_not_allowed")
    assert problem(admin.post("/api/v1/jobs", json={"actoin": ACTION})) == (422, "request_invalid")
    assert problem(admin.get("/api/v1/jobs?limit=0")) == (422, "request_invalid")
    assert problem(admin.get("/api/v1/jobs?stat=x")) == (422, "request_invalid")
    assert problem(admin.get("/api/v1/jobs?subject=%00")) == (400, "body_invalid")
    assert problem(admin.get("/api/v1/accounts/a%00b")) == (400, "body_invalid")


def test_a_refusal_never_repeats_a_secret(admin: httpx2.Client) -> None:
    canary = "sk-canary-4711"
    answers = [
        admin.post("/api/v1/accounts", json={"provider": "openai", "settings": {"api_key": [canary]}}),
        admin.post("/api/v1/accounts", json={"provider": "openai", "api_key": canary}),
        admin.post(
            "/api/v1/accounts", json={"provider": "openai", "settings": {"api_key": canary, "base_url": canary}}
        ),
    ]
    for answer in answers:
        assert answer.status_code == 422
        assert canary not in answer.text


def test_every_answer_forbids_guessing_framing_and_referring(nobody: httpx2.Client) -> None:
    for path in ("/healthz", "/nowhere", "/api/v1/jobs"):
        headers = nobody.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
