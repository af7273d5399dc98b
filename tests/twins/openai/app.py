"""Route the OpenAI wire."""

from __future__ import annotations

import argparse
import io
import json
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web
from PIL import Image, UnidentifiedImageError

from tests.twins.desk import Desk, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.openai import chat, image, model, response, speech, transcript, video
from tests.twins.openai.dialect import INVALID, OpenAIDialect, error, headers, refuse, unauthorized
from tests.twins.server import LARGEST, Wire
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json, Refused, json_answer

MOST_IMAGES = 16
ROOTS = ("/v1", "/openai/v1", "/openai/deployments/{deployment}")
Read = Callable[[web.Request], Awaitable[Order]]


class Vendor:
    """Serve OpenAI's endpoints to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._desk = desk
        self._films = video.Films(lambda: desk.storm.conditions.step_delay)

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=LARGEST)
        paid: dict[str, Read] = {
            "/images/generations": self._generate,
            "/images/edits": self._edit,
            "/audio/speech": self._speech,
            "/audio/transcriptions": self._transcript,
            "/responses": self._response,
            "/chat/completions": self._chat,
            "/videos": self._video,
        }
        for root in ROOTS:
            for path, read in paid.items():
                app.router.add_post(root + path, partial(self._paid, read))
        for root in ("/v1", "/openai/v1", "/openai"):
            app.router.add_get(f"{root}/models", self._models)
        app.router.add_get("/v1/models/{name}", self._model)
        app.router.add_get("/v1/videos/{name}", self._video_state)
        app.router.add_get("/v1/videos/{name}/content", self._video_file)
        app.router.add_route("*", "/{path:.*}", self._nothing)
        return app

    async def _paid(self, read: Read, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            self._admit(request)
            return await read(request)

        return await self._desk.submit(request, accept)

    async def _generate(self, request: web.Request) -> Order:
        wish = image.wished("image_generation", await _json(request), image.GENERATE_FIELDS)
        return image.order(wish, self._latency)

    async def _edit(self, request: web.Request) -> Order:
        fields, sizes = await _form(request)
        if "markup" in fields and "mask" in fields:
            refuse("Only one of 'mask' and 'markup' can be given.", "markup")
        if not sizes:
            refuse("Missing required parameter: 'image'.", "image", "missing_required_parameter")
        if len(sizes) > MOST_IMAGES:
            refuse(f"Invalid 'image': at most {MOST_IMAGES} images.", "image", "array_above_max_length")
        if fields.get("mask", sizes[0]) != sizes[0]:
            refuse("The mask must have the size of the image.", "mask", "invalid_image_mask")
        wish = image.wished("image_edit", fields, image.EDIT_FIELDS, len(sizes))
        return image.order(wish, self._latency)

    async def _speech(self, request: web.Request) -> Order:
        return speech.order(await _json(request), self._latency)

    async def _transcript(self, request: web.Request) -> Order:
        return transcript.order(dict(await request.post()), self._latency)

    async def _video(self, request: web.Request) -> Order:
        return self._films.order(dict(await request.post()), self._latency)

    async def _video_state(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.poll(request, name, lambda: self._seen(request, lambda: self._films.state(name)))

    async def _video_file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.download(request, name, lambda: self._seen(request, lambda: self._films.file(name)))

    def _seen(self, request: web.Request, answer: Callable[[], Answer]) -> Answer:
        self._admit(request)
        return answer()

    async def _response(self, request: web.Request) -> Order:
        return response.order(await _json(request), self._latency)

    async def _chat(self, request: web.Request) -> Order:
        return chat.order(await _json(request), self._latency)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.poll(request, "models", lambda: self._free(request, model.listed))

    async def _model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return await self._desk.poll(
            request, name, lambda: self._free(request, lambda: model.described(model.served(name, model.ALL)))
        )

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return error(404, f"Invalid URL ({request.method} {request.path})", INVALID)

        return await self._desk.side(request, act)

    def _free(self, request: web.Request, data: Callable[[], Json]) -> Answer:
        self._admit(request)
        return json_answer(data()).told(headers())

    def _admit(self, request: web.Request) -> None:
        azure = request.path.startswith("/openai/")
        key = request.headers.get("api-key" if azure else "Authorization", "").removeprefix("Bearer ")
        if key != self._key:
            raise Refused(unauthorized(key))
        if azure and not request.path.startswith("/openai/v1/") and not request.query.get("api-version"):
            raise Refused(error(404, "Resource not found", INVALID, None, "404"))
        name = request.match_info.get("deployment", model.IMAGE[0])
        if name not in model.ALL:
            message = "The API deployment for this resource does not exist."
            raise Refused(error(404, message, INVALID, None, "DeploymentNotFound"))

    def _latency(self) -> float:
        return self._desk.storm.conditions.latency


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options.key, Desk(storm, ledger, OpenAIDialect()))
    return Wire(vendor.app(), dict)


async def _json(request: web.Request) -> Json:
    try:
        fields = json.loads(await request.read())
    except ValueError:
        refuse("We could not parse the JSON body of your request.", None, None)
    if not isinstance(fields, dict):
        refuse("Invalid body: expected an object.", None, "invalid_type")
    return fields


async def _form(request: web.Request) -> tuple[Json, list[tuple[int, int]]]:
    """Return the fields of a form, with the size of the mask in place of the mask, and the sizes of the images."""
    if request.content_type != "multipart/form-data":
        refuse("Invalid content type: expected multipart/form-data.", None, None)
    fields: Json = {}
    sizes: list[tuple[int, int]] = []
    for name, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            size = _measured(value.file.read(), name)
            if name in {"image", "image[]"}:
                sizes.append(size)
            else:
                fields[name] = size
        else:
            fields[name] = value
    return fields, sizes


def _measured(data: bytes, name: str) -> tuple[int, int]:
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as found:
            return found.size
    except (UnidentifiedImageError, OSError):
        refuse("Invalid image file or mode.", name, "invalid_image_file")
