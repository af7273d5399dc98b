"""Route the SwarmUI wire: every call is a POST of JSON, and generating is one blocking call or one socket."""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable
from http.cookies import SimpleCookie
from urllib.parse import unquote

from aiohttp import web

from tests.twins.desk import Desk, Exchange, Order
from tests.twins.ledger import Ledger
from tests.twins.server import LARGEST, Wire
from tests.twins.storm import Storm
from tests.twins.swarmui.dialect import SwarmDialect, refuse, wrong
from tests.twins.swarmui.work import MODELS, PARAMETERS, Session, Studio, Wish
from tests.twins.wire import Answer, Json, Refused, abort, json_answer

VERSION = "0.9.8.2"


class Vendor:
    """Serve one SwarmUI with one user."""

    def __init__(self, options: argparse.Namespace, storm: Storm, ledger: Ledger) -> None:
        self._token = options.token
        self._sockets = options.sockets == "yes"
        self._ledger = ledger
        self._desk = Desk(storm, ledger, SwarmDialect())
        self._storm = storm
        self.studio = Studio(storm)
        self._tasks: set[asyncio.Task[None]] = set()
        self._opened = 0

    def app(self) -> web.Application:
        """Return the routes."""
        app = web.Application(client_max_size=LARGEST)
        reads: dict[str, Callable[[Session, Json], Json]] = {
            "GetCurrentStatus": lambda session, _: session.status(),
            "ListImages": lambda _, body: {"folders": [], "files": self.studio.listed(str(body["path"]))},
        }
        app.router.add_post("/API/GetNewSession", self._open)
        app.router.add_post("/API/InterruptAll", self._interrupt)
        app.router.add_post("/API/GenerateText2Image", self._generate)
        app.router.add_get("/API/GenerateText2ImageWS", self._live)
        lists: dict[str, Callable[[Session, Json], Json]] = {
            "ListModels": _models,
            "ListT2IParams": lambda *_: _parameters(),
        }
        for name, read in lists.items():
            app.router.add_post(f"/API/{name}", lambda request, read=read: self._listed(request, read))
        for name, read in reads.items():
            app.router.add_post(f"/API/{name}", lambda request, read=read: self._read(request, read))
        app.router.add_get("/View/local/{path:.*}", self._view)
        app.router.add_route("*", "/{path:.*}", self._nothing)
        return app

    def state(self) -> Json:
        """Return what is in memory."""
        live = {session.id: session.live for session in self.studio.sessions.values() if session.live}
        waiting = {session.id: session.waiting for session in self.studio.sessions.values() if session.waiting}
        files, unknown = sorted(self.studio.files), sorted(self.studio.unknown)
        return {"opened": self._opened, "live": live, "waiting": waiting, "files": files, "unknown": unknown}

    async def restart(self) -> None:
        """Forget sessions and all that runs in them; files stay."""
        self.studio.restart()

    async def _open(self, request: web.Request) -> web.StreamResponse:
        await _body(request)

        async def act(_: Exchange) -> Answer:
            if not self._is_known(request):
                return json_answer({"error": "Invalid or unauthorized."})
            self._opened += 1
            told = {"user_id": "local", "output_append_user": True, "version": VERSION, "server_id": "twin"}
            return json_answer({"session_id": self.studio.open().id, **told, "permissions": ["*"]})

        return await self._desk.side(request, act)

    def _is_known(self, request: web.Request) -> bool:
        cookie = SimpleCookie(request.headers.get("Cookie", "")).get("swarm_token")
        return not self._token or (cookie is not None and cookie.value == self._token)

    def _session(self, request: web.Request, body: Json) -> Session:
        if not self._is_known(request):
            wrong("invalid_session_id", "Invalid session ID. You may need to refresh the page.", 401)
        if "session_id" not in body:
            wrong("basic_api", "Missing session_id")
        found = self.studio.sessions.get(str(body["session_id"]))
        if found is None:
            wrong("invalid_session_id", "Invalid session ID. You may need to refresh the page.", 401)
        return found

    async def _read(self, request: web.Request, read: Callable[[Session, Json], Json]) -> web.StreamResponse:
        body = await _body(request)
        key = f"{request.path}/{body.get('session_id')}"
        return await self._desk.poll(request, key, lambda: json_answer(self._refusable(request, body, read)))

    async def _listed(self, request: web.Request, read: Callable[[Session, Json], Json]) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            return json_answer(self._refusable(request, await _body(request), read))

        return await self._desk.side(request, act)

    def _refusable(self, request: web.Request, body: Json, read: Callable[[Session, Json], Json]) -> Json:
        return read(self._session(request, body), body)

    async def _interrupt(self, request: web.Request) -> web.StreamResponse:
        async def act(exchange: Exchange) -> Answer:
            body = await _body(request)
            session = self._session(request, body)
            if body.get("other_sessions"):
                exchange.note = "interrupted others"
            session.stops += 1
            return json_answer({"success": True})

        return await self._desk.side(request, act)

    async def _generate(self, request: web.Request) -> web.StreamResponse:
        async def accept() -> Order:
            body = await _body(request)
            session = self._session(request, body)
            wish = self.studio.wished(body)

            async def fulfil() -> Answer:
                told: list[Json] = []
                # The work goes on when the one who asked has gone away.
                await asyncio.shield(self._started(session, wish, told.append))
                made = [row["image"] for row in told if "image" in row]
                return json_answer({"images": made}, hollow={})

            return Order(session.id, wish.marker, fulfil, wish.count)

        return await self._desk.submit(request, accept)

    def _started(self, session: Session, wish: Wish, tell: Callable[[Json], None]) -> asyncio.Task[None]:
        task = asyncio.create_task(self.studio.generate(session, wish, tell))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if not self._sockets:
            return web.Response(status=400, text="<html>no upgrade</html>")
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        line: Json = {"phase": "submit", "method": "WS", "path": request.path}
        try:
            body = json.loads(await socket.receive_str())
            session, wish = self._session(request, body), self.studio.wished(body)
            line |= {"marker": wish.marker, "billed": True}
            self._ledger.bill(session.id, wish.marker, wish.count)
            await self._converse(request, socket, session, wish)
            line["answered"] = True
        except Refused as refused:
            await socket.send_str(refused.answer.body.decode())
        except (ConnectionError, TypeError):
            line["note"] = "left"
        finally:
            self._ledger.log(line)
        await socket.close()
        return socket

    async def _converse(
        self, request: web.Request, socket: web.WebSocketResponse, session: Session, wish: Wish
    ) -> None:
        queue: asyncio.Queue[Json | None] = asyncio.Queue()
        task = self._started(session, wish, queue.put_nowait)
        task.add_done_callback(lambda _: queue.put_nowait(None))
        patience = self._patience(session)
        await socket.send_json({**session.status(), "status": {**session.status()["status"], "waiting_gens": 1}})
        while (row := await queue.get()) is not None:
            patience -= 1
            if patience == 0:
                abort(request.transport)
                raise ConnectionError
            await socket.send_json(row)
        await socket.send_json({"socket_intention": "close"})
        await socket.send_json(session.status())

    def _patience(self, session: Session) -> int:
        if not self._storm.draw("socket", session.id):
            return 2**31
        return self._storm.chance("socket", session.id).randint(1, 5)

    async def _view(self, request: web.Request) -> web.StreamResponse:
        path = unquote(request.match_info["path"])

        def answer() -> Answer:
            if not self._is_known(request) or path not in self.studio.files:
                return Answer(status=404)
            return Answer((self.studio.files[path],), content_type="image/png")

        return await self._desk.download(request, path, answer)

    async def _nothing(self, request: web.Request) -> web.StreamResponse:
        async def act(_: Exchange) -> Answer:
            wrong("bad_route", f"Unknown API route {request.path}")

        return await self._desk.side(request, act)


async def _body(request: web.Request) -> Json:
    if request.content_length is None or request.content_type != "application/json":
        wrong("basic_api", "Request has bad content length or type")
    found = json.loads(await request.read())
    if not isinstance(found, dict):
        refuse("Request input is not an object")
    return found


def _models(_: Session, body: Json) -> Json:
    names = MODELS.get(str(body.get("subtype", "Stable-Diffusion")), [])
    return {"folders": [], "files": [{"name": name, "title": name.rpartition("/")[2]} for name in names]}


def _parameters() -> Json:
    rows = [
        {"id": word, "name": word.title(), "type": "dropdown", "values": values} for word, values in PARAMETERS.items()
    ]
    return {"list": rows, "models": MODELS, "wildcards": []}


def build(options: argparse.Namespace, storm: Storm, ledger: Ledger) -> Wire:
    """Build the twin from its flags."""
    vendor = Vendor(options, storm, ledger)
    return Wire(vendor.app(), vendor.state, vendor.restart)
