"""Prompts by a text model: one answer finds the places and words them all; a bad one falls back on the drafts."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from typing_extensions import override

from maquette.services import account as accounts
from maquette.services import content as contents
from maquette.services import illustrate
from maquette.services.account import Draft
from maquette.services.illustrate import Ask
from tests.engine.studio import Stage, reached
from tests.services.articles import PAINTED, handed_in, view_of
from tests.services.house import CALLER, opened

WORDS = {
    "featured": {"prompt": "Red kites over masts at dawn", "alt": "Kites above ships", "caption": "Morning wind"},
    "images": [
        {"place": 2, "prompt": "A kite with a long tail", "alt": "A tail", "caption": "It needs its tail"},
        {"place": 1, "prompt": "Bamboo and paper on a table", "alt": "Bamboo", "caption": "Two thin sticks"},
    ],
}


class Model(http.server.BaseHTTPRequestHandler):
    """Answer every chat with what the test has laid down, and note what was asked."""

    answer = ""
    asked: list[str] = []  # noqa: RUF012 - one a test

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.asked.append(json.dumps(body))
        message = {"role": "assistant", "content": Model.answer}
        usage = {"prompt_tokens": 9, "completion_tokens": 5}
        told = {"id": "c-1", "model": body["model"], "choices": [{"message": message, "finish_reason": "stop"}]}
        content = json.dumps(told | {"usage": usage}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def model() -> Iterator[str]:
    Model.asked = []
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Model) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


async def illustrated(stage: Stage, url: str, answer: str) -> tuple[contents.ContentView, dict[str, Any]]:
    studio = await opened(stage)
    settings = {"base_url": url, "flavour": "compatible"}
    await accounts.create(studio, CALLER, "openai", Draft("mind", settings))
    Model.answer = answer
    own = {**PAINTED, "text_action": "media.openai.txt2txt", "text_params": {"model": "any-model"}}
    view = await handed_in(studio, settings=own)
    begun = await illustrate.begin(studio, CALLER, Ask([view.content.id]))
    job = await reached(studio, begun.job)
    assert job.state == "succeeded", job.error
    return await view_of(studio, view.content.id), dict(job.result or {})


@pytest.mark.accepts("S4.14")
@pytest.mark.parametrize("wrapped", ["{}", "```json\n{}\n```"])
async def test_a_model_finds_the_places_and_words_the_prompts(stage: Stage, model: str, wrapped: str) -> None:
    view, _ = await illustrated(stage, model, wrapped.replace("{}", json.dumps(WORDS)))
    slots = {(each.slot.kind, each.slot.position): each.slot for each in view.slots}
    assert slots["featured", 0].prompt == "Red kites over masts at dawn"
    assert [(slots["in_article", n].anchor, slots["in_article", n].alt) for n in (1, 2)] == [
        (1, "Bamboo"),
        (2, "A tail"),
    ]
    assert {slot.status for slot in slots.values()} == {"generated"}
    assert len(Model.asked) == 1
    assert "Paper and string" in Model.asked[0]


@pytest.mark.parametrize(
    "answer", ["I cannot do that.", '{"featured": {}}', json.dumps(WORDS | {"images": [{"place": 9}]})]
)
async def test_a_bad_answer_falls_back_on_the_drafts_and_says_so(stage: Stage, model: str, answer: str) -> None:
    view, result = await illustrated(stage, model, answer)
    assert {each.slot.status for each in view.slots} == {"generated"}
    assert view.slots[0].slot.prompt.startswith("Kites over the harbour")
    (warning,) = result["warnings"]
    assert warning.startswith("The drafted prompts were used: ")
