"""Route the wires of the Gemini API and of Vertex."""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import uuid
from typing import Final

from aiohttp import web

from tests.twins.counter import Counter
from tests.twins.desk import Desk, Order
from tests.twins.google import content
from tests.twins.google.dialect import GoogleDialect, bad_key, error, invalid, no_model, refuse
from tests.twins.google.work import SPEECH, VIDEO, Works, interaction, operated, operation, shown
from tests.twins.ledger import Ledger
from tests.twins.marker import asked
from tests.twins.picture import Picture, painted
from tests.twins.server import Wire
from tests.twins.storm import Storm
from tests.twins.vendor import REFUSE
from tests.twins.wire import Answer, Json, Refused, json_answer, parsed

VERTEX: Final = "/v1/projects/{project}/locations/{location}/publishers/google/models/{model}"
EXPRESS: Final = "/{version:v1|v1beta1}/publishers/google/models/{model}"
"""The path of a key of the express mode, which has no project."""
SAFETY: Final = ("block_low_and_above", "block_medium_and_above", "block_only_high", "block_none")
IMAGEN: Final = ("imagen-4.0-generate-001", "imagen-3.0-generate-001")


class Vendor:
    """Serve both doors to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._works = Works(lambda: desk.storm.conditions.step_delay)
        self.state = self._works.state
        self._counter = Counter(desk, self._admit, lambda _: error(404, "Requested entity was not found."))
        for root in ("/v1/models/{model}", VERTEX, EXPRESS):
            self._counter.paid(f"{root}:generateContent", self._generate)
            self._counter.free("POST", f"{root}:countTokens", lambda _: json_answer({"totalTokens": 1}))
        for root in (VERTEX, EXPRESS):
            self._counter.paid(f"{root}:predict", self._predict)
            self._counter.paid(f"{root}:predictLongRunning", self._operate)
            # The body names the work, so that this one is read before it is answered.
            self._counter.app.router.add_post(f"{root}:fetchPredictOperation", self._fetch)
        self._counter.free("GET", "/v1/models", lambda _: json_answer(listed()))
        self._counter.paid("/v1/interactions", self._interact)
        self._counter.free("GET", "/v1/interactions/{name}", self._look)
        self._counter.side("POST", "/v1/interactions/{name}/cancel", self._cancel)
        self._counter.free("GET", "/v1/files/{name}:download", self._file)
        self._desk = desk
        self.app = self._counter.served()

    def _admit(self, request: web.Request) -> None:
        bearer = request.headers.get("Authorization", "")
        if request.headers.get("x-goog-api-key") != self._key and not bearer.startswith("Bearer ey"):
            raise Refused(bad_key())

    async def _generate(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        return content.order(request.match_info["model"], fields, self._counter.latency)

    async def _interact(self, request: web.Request) -> Order:
        return interaction(parsed(await request.read(), invalid), self._works, self._counter.latency)

    async def _operate(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        return operation(request.match_info["model"], fields, self._works, self._counter.latency)

    async def _predict(self, request: web.Request) -> Order:
        fields = parsed(await request.read(), invalid)
        if request.match_info["model"] not in IMAGEN:
            raise Refused(no_model(request.match_info["model"], "predict"))
        return imagined(fields)

    def _look(self, request: web.Request) -> Answer:
        work = self._works.find(request.match_info["name"])
        return json_answer(shown(work, lambda name: f"http://{request.host}/v1/files/{name}:download?alt=media"))

    async def _cancel(self, request: web.Request) -> Answer:
        work = self._works.find(request.match_info["name"])
        work.cancelled = work.status == "in_progress"
        return json_answer({"id": work.name, "status": work.status})

    def _file(self, request: web.Request) -> Answer:
        return Answer((self._works.find(request.match_info["name"]).film(),), content_type="video/mp4")

    async def _fetch(self, request: web.Request) -> web.StreamResponse:
        name = json.loads(await request.read())["operationName"].rpartition("/")[2]

        def answer() -> Answer:
            self._admit(request)
            return json_answer(operated(self._works.find(name)))

        return await self._desk.poll(request, name, answer)


def imagined(fields: Json) -> Order:
    """Check a request for pictures of Imagen and return its order."""
    prompt, wanted = fields["instances"][0]["prompt"], fields["parameters"]
    if wanted.get("aspectRatio", "1:1") not in ("1:1", "3:4", "4:3", "9:16", "16:9") or not prompt:
        refuse("Invalid aspect ratio, or no prompt.")
    if wanted.get("safetySetting", SAFETY[0]) not in SAFETY:
        refuse("Invalid safetySetting.")
    count = int(wanted.get("sampleCount", 1))

    async def fulfil() -> Answer:
        if REFUSE in prompt:
            return json_answer({"predictions": [{"raiFilteredReason": "The prompt is against the safety policy."}]})
        pictures = [Picture(256, 256, prompt, asked(prompt), number) for number in range(count)]
        made = [await asyncio.to_thread(painted, each) for each in pictures]
        rows = [{"bytesBase64Encoded": base64.b64encode(each).decode(), "mimeType": "image/png"} for each in made]
        return json_answer({"predictions": rows})

    return Order(uuid.uuid4().hex, asked(prompt), fulfil, count)


def listed() -> Json:
    """Return all models of the Gemini API."""
    names = (*content.TEXT, *content.IMAGE, *SPEECH, *VIDEO)
    verbs = ["generateContent", "countTokens"]
    return {
        "models": [
            {"name": f"models/{n}", "displayName": n.title(), "supportedGenerationMethods": verbs} for n in names
        ]
    }


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options.key, Desk(storm, ledger, GoogleDialect()))
    return Wire(vendor.app, vendor.state)
