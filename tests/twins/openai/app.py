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
from tests.twins.openai import chat, image, model, response, speech
from tests.twins.openai.dialect import INVALID, OpenAIDialect, error, headers, refuse, unauthorized
from tests.twins.server import LARGEST, Wire
from tests.twins.storm import Storm
from tests.twins.wire import Answer, Json, Refused, json_answer

MOST_IMAGES = 16
Read = Callable[[web.Request], Awaitable[Order]]


class Vendor:
    """Serve OpenAI's endpoints to the holder of one key."""

    def __init__(self, key: str, desk: Desk) -> None:
        self._key = key
        self._desk = desk

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=LARGEST)
        paid: dict[str, Read] = {
            "/v1/images/generations": self._generate,
            "/v1/images/edits": self._edit,
            "/v1/audio/speech": self._speech,
            "/v1/responses": self._response,
            "/v1/chat/completions": self._chat,
        }
        for path, read in paid.items():
            app.router.add_post(path, partial(self._paid, read))
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/v1/models/{name}", self._model)
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

    async def _response(self, request: web.Request) -> Order:
        return response.order(await _json(request), self._latency)

    async def _chat(self, request: web.Request) -> Order:
        return chat.order(await _json(request), self._latency)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        return await self._desk.poll(request, "models", lambda: self._free(request, model.listed))

    async def _model(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        known = (*model.IMAGE, *model.SPEECH, *model.TEXT)
        return await self._desk.poll(
            request, name, lambda: self._free(request, lambda: model.described(model.served(name, known)))
        )

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return error(404, f"Invalid URL ({request.method} {request.path})", INVALID)

        return await self._desk.side(request, act)

    def _free(self, request: web.Request, data: Callable[[], Json]) -> Answer:
        self._admit(request)
        return json_answer(data()).told(headers())

    def _admit(self, request: web.Request) -> None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if key != self._key:
            raise Refused(unauthorized(key))

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
