"""What a job leaves for the record: the address, the revised prompt, the cost, the error, the provider's own answer."""

from __future__ import annotations

import base64
import http.server
import io
import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from PIL import Image
from typing_extensions import override

from tests.api.running import events
from tests.scenarios.fleet import Fleet, Json


def noise() -> bytes:
    """Draw a picture that packs to more than a short string."""
    target = io.BytesIO()
    Image.effect_noise((96, 96), 60).save(target, "PNG")
    return target.getvalue()


KEY = "sk-canary-4711-not-for-the-record"
REVISED = "A fox of copper, seen from below, in the manner of an engraving."
PICTURE = base64.b64encode(noise()).decode()
STEPS = ["job.queued", "job.started", "attempt.started", "asset.created", "attempt.succeeded", "job.succeeded"]


class Vendor(http.server.BaseHTTPRequestHandler):
    """Answer as an older picture model did: a revised prompt, and more in the answer than anybody needs."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if "forbidden" in asked["prompt"]:
            self._answer(400, {"error": {"code": "moderation_blocked", "message": "Your request was rejected."}})
            return
        usage = {"input_tokens": 20, "output_tokens": 1000, "total_tokens": 1020}
        self._answer(200, {
            "created": 1_700_000_000,
            "data": [{"b64_json": PICTURE, "revised_prompt": REVISED}],
            "usage": usage,
            "echo": {"authorization": self.headers["authorization"], "words": ["plain", None, 7]},
        })  # fmt: skip

    def _answer(self, status: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    home = tmp_path_factory.mktemp("record")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as vendor:
        threading.Thread(target=vendor.serve_forever).start()
        url = f"http://127.0.0.1:{vendor.server_port}/v1"
        (home / "maquette.toml").write_text(f'[media_creation.openai]\napi_url = "{url}"\napi_key = "{KEY}"\n')
        made = Fleet(home)
        made.start()
        yield made
        made.close()
        vendor.shutdown()


def run(fleet: Fleet, prompt: str) -> Json:
    body = {"action": "media.openai.txt2img", "params": {"prompt": prompt, "model": "gpt-image-2", "size": "1024x1024"}}
    return fleet.ask("POST", "/api/v1/jobs", body, prefer="wait=25")[1]


def recorded(fleet: Fleet, job: Json) -> str:
    with closing(sqlite3.connect(fleet.home / "maquette.db", timeout=30)) as database:
        return str(database.execute("SELECT response FROM attempts WHERE job = ?", [job["id"]]).fetchone()[0])


@pytest.mark.accepts("S4.31")
def test_the_address_the_revised_prompt_the_cost_and_the_error_are_all_kept(fleet: Fleet) -> None:
    job = run(fleet, "a fox")
    assert job["state"] == "succeeded", job["error"]
    (asset,) = job["assets"]
    assert asset["notes"]["revised_prompt"] == REVISED
    assert fleet.fetch(asset["urls"]["content"]).startswith(b"\x89PNG")
    assert job["cost"]["micro_usd"] > 0
    assert job["attempts"][0]["cost_source"] == "computed"
    assert job["error"] is None
    refused = run(fleet, "something forbidden")
    assert (refused["state"], refused["error"]["code"]) == ("failed", "content_rejected")
    assert "Your request was rejected" in refused["error"]["detail"]
    assert refused["attempts"][0]["state"] == "refused"
    again = fleet.ask("GET", f"/api/v1/jobs/{refused['id']}")[1]
    assert again["error"] == refused["error"]


@pytest.mark.accepts("S0.69")
def test_the_answer_is_kept_word_for_word_but_for_secrets_and_bytes(fleet: Fleet) -> None:
    kept = recorded(fleet, run(fleet, "an owl"))
    answer = json.loads(kept)["answer"]
    assert KEY not in kept
    assert PICTURE[:200] not in kept
    assert answer["created"] == 1_700_000_000
    assert answer["echo"] == {"authorization": "Bearer [secret]", "words": ["plain", None, 7]}
    assert answer["data"][0]["revised_prompt"] == REVISED
    assert answer["usage"]["output_tokens"] == 1000


@pytest.mark.accepts("S3.27")
def test_every_step_of_a_job_is_in_the_log_and_the_log_ends_with_the_job(fleet: Fleet) -> None:
    good, bad = run(fleet, "a heron"), run(fleet, "a forbidden heron")
    for job, steps in ((good, STEPS), (bad, [*STEPS[:3], "attempt.failed", "job.failed"])):
        text = fleet.fetch(f"/api/v1/jobs/{job['id']}/events?after=0").decode()
        told = [(kind, data) for _, kind, data in events(iter(text.splitlines()))]
        found = [kind for kind, _ in told if not kind.endswith(".progressed")]
        assert [kind for kind in found if kind != "asset.ready"] == steps
        numbers = [data["seq"] for _, data in told]
        assert numbers == sorted(numbers)
        assert {data["job"] for _, data in told} == {job["id"]}
