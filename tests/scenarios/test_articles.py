"""A hundred pictures for twenty articles: a tenth fails at the provider, the server is killed in the middle."""

from __future__ import annotations

import base64
import http.server
import io
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typing_extensions import override

from tests.scenarios.fleet import Fleet, Json

ARTICLES, EACH = 20, 5
TEXT = "# Title\n\nWords.\n\n## One\n\nMore words.\n\n## Two\n\nStill more.\n"
PAUSE_AT, AT_ONCE = 40, 5


class Painter(http.server.ThreadingHTTPServer):
    """A vendor of pictures that keeps a bill, refuses some prompts until it is healed, and halfway asks to wait."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Easel)
        held = io.BytesIO()
        Image.new("RGB", (64, 64), (20, 90, 160)).save(held, "PNG")
        self.picture = base64.b64encode(held.getvalue()).decode()
        self.bill: list[str] = []
        self.refused: list[str] = []
        self.healed = False
        self.paused = False
        self.resumed = False
        self.lock = threading.Lock()


class Easel(http.server.BaseHTTPRequestHandler):
    server: Painter

    def do_POST(self) -> None:
        prompt = json.loads(self.rfile.read(int(self.headers["content-length"])))["prompt"]
        vendor = self.server
        with vendor.lock:
            vendor.paused = vendor.paused or len(vendor.bill) >= PAUSE_AT
        if vendor.paused and not vendor.resumed:
            self._say(429, {"error": {"message": "slow down", "code": "rate_limit_exceeded"}})
        elif "broken" in prompt and not vendor.healed:
            vendor.refused.append(prompt)
            self._say(400, {"error": {"message": "The prompt names what we do not draw", "code": "moderation_blocked"}})
        else:
            with vendor.lock:
                vendor.bill.append(prompt)
            details = {"text_tokens": 10, "image_tokens": 0}
            usage = {"input_tokens": 10, "input_tokens_details": details, "output_tokens": 100, "total_tokens": 110}
            self._say(200, {"created": 1, "data": [{"b64_json": vendor.picture}], "usage": usage})

    def _say(self, status: int, body: Json) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if status == 429:
            self.send_header("Retry-After", "2")
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def vendor() -> Iterator[Painter]:
    with Painter() as server:
        threading.Thread(target=server.serve_forever).start()
        yield server
        server.shutdown()


def _prompts(number: int) -> list[Json]:
    first = number * EACH
    broken = {0: "broken "}
    words = [f"{broken.get(at % 10, '')}picture {at}." for at in range(first, first + EACH)]
    return [{"kind": "in_article", "prompt": prompt} for prompt in words]


def _set_up(fleet: Fleet, url: str) -> list[str]:
    settings = {"base_url": url, "flavour": "openai", "api_key": "sk-paint"}
    assert (
        fleet.ask("POST", "/api/v1/accounts", {"provider": "openai", "name": "easel", "settings": settings})[0] == 201
    )
    wanted = {
        "action": "media.openai.txt2img",
        "image_format": "png",
        "concurrency": AT_ONCE,
        "image_prompt_template": "{image_prompt}",
    }
    assert fleet.ask("PUT", "/api/v1/contents/settings", wanted)[0] == 200
    ids = []
    for number in range(ARTICLES):
        status, made = fleet.ask("POST", "/api/v1/contents", {"body": TEXT, "images": _prompts(number)})
        assert status == 201, made
        ids.append(made["id"])
    return ids


def _until(condition: Any, seconds: float) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it took too long")


def _ended(fleet: Fleet, job: str) -> Json:
    def look() -> Json | None:
        _, found = fleet.ask("GET", f"/api/v1/jobs/{job}")
        return found if found["state"] in ("succeeded", "failed") else None

    ended: Json = _until(look, 60)
    return ended


def _images(fleet: Fleet) -> list[Json]:
    _, page = fleet.ask("GET", "/api/v1/contents?limit=50")
    return [image for each in page["items"] for image in each["in_article_images"]]


@pytest.mark.accepts("S4.21", "S4.20", "S4.33", "S4.15", "C3", "S4.27")
def test_of_a_hundred_pictures_ninety_are_made_and_ten_are_tried_again(tmp_path: Path, vendor: Painter) -> None:
    fleet = Fleet(tmp_path)
    try:
        fleet.start()
        contents = _set_up(fleet, f"http://127.0.0.1:{vendor.server_port}/v1")
        status, begun = fleet.ask("POST", "/v1/writer/images/generate_images/", {"ids": contents})
        assert (status, begun["success"], begun["message"]) == (200, True, "Image generation started")
        # The vendor has asked to wait, so that nothing is in flight whose outcome a kill would leave in doubt.
        waits = "/api/v1/jobs?state=waiting&action=media.openai.txt2img"
        _until(lambda: vendor.paused and len(fleet.ask("GET", waits)[1]["items"]) == AT_ONCE, 30)
        fleet.kill(fleet.server)
        vendor.resumed = True
        fleet.start()
        ended = _ended(fleet, begun["task_id"])
        result = ended["result"]
        assert (result["images_generated"], result["images_failed"]) == (90, 10), ended["error"]
        assert result["message"] == "90 images generated successfully"
        assert len(vendor.bill) == len(set(vendor.bill)) == 90
        _check_failed(_images(fleet))
        vendor.healed = True
        failed = [image["id"] for image in _images(fleet) if image["status"] == "failed"]
        status, again = fleet.ask("POST", "/api/v1/contents/images", {"ids": contents, "only": "failed"})
        assert (status, sorted(again["images"])) == (202, sorted(failed))
        assert again["message"] == "Preparing to generate 10 images"
        assert _ended(fleet, again["job"])["result"]["images_generated"] == 10
        _check_all(fleet, vendor, [begun["task_id"], again["job"]])
    finally:
        fleet.close()


def _check_failed(images: list[Json]) -> None:
    failed = [image for image in images if image["status"] == "failed"]
    assert len(images) == 100
    assert len(failed) == 10
    assert all("what we do not draw" in image["error"]["detail"] for image in failed)
    assert {image["error"]["code"] for image in failed} == {"content_rejected"}
    assert all("broken" in image["prompt"] for image in failed)


def _check_all(fleet: Fleet, vendor: Painter, jobs: list[str]) -> None:
    images = _images(fleet)
    assert {image["status"] for image in images} == {"generated"}
    assert len(vendor.bill) == len(set(vendor.bill)) == 100
    costs = [image["cost_micro_usd"] for image in images]
    assert len(set(costs)) == 1
    assert costs[0] > 0
    spent = [fleet.ask("GET", f"/api/v1/jobs/{job}")[1]["cost"]["micro_usd"] for job in jobs]
    assert spent == [90 * costs[0], 10 * costs[0]]
