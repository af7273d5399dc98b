"""Text by whatever model stands behind an account: one wire, three vendors, none of them known by name."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from tests.scenarios.fleet import Fleet

KEYS = {"gpt-4": "sk-one", "claude-sonnet-5": "sk-two", "llama-4-maverick": ""}


class Vendor(http.server.BaseHTTPRequestHandler):
    """Serve each model to the holder of its own key."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        key = self.headers.get("authorization", "").removeprefix("Bearer ")
        known = self.path.endswith("/chat/completions") and KEYS.get(asked["model"]) == key
        message = {"role": "assistant", "content": f"{asked['model']} heard: {asked['messages'][-1]['content']}"}
        usage = {"prompt_tokens": 9, "completion_tokens": 5}
        told = {"id": "c-1", "model": asked["model"], "choices": [{"message": message, "finish_reason": "stop"}]}
        content = json.dumps(told | {"usage": usage} if known else {"error": {"message": "no"}}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def vendor() -> Iterator[str]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Vendor) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


@pytest.mark.accepts("S3.22")
def test_gpt_claude_and_any_other_model_write_text_each_on_an_account_of_its_own(tmp_path: Path, vendor: str) -> None:
    fleet = Fleet(tmp_path)
    try:
        fleet.start()
        for model, key in KEYS.items():
            settings = {"base_url": vendor, "flavour": "compatible"} | ({"api_key": key} if key else {})
            body = {"provider": "openai", "name": model, "settings": settings}
            assert fleet.ask("POST", "/api/v1/accounts", body)[0] == 201
        for model in KEYS:
            params = {"prompt": "a word about rain", "model": model}
            body = {"action": "media.openai.txt2txt", "account": model, "params": params}
            status, job = fleet.ask("POST", "/api/v1/jobs", body, prefer="wait=25")
            assert (status, job["state"]) == (200, "succeeded"), job["error"]
            assert fleet.fetch(job["assets"][0]["urls"]["content"]).decode() == f"{model} heard: a word about rain"
    finally:
        fleet.close()
