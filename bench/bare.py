"""`python -m bench.bare --upstream URL --port N`: the least that a Python process can do to keep one picture for good.

A request is noted, noted again before it is sent, its answer is flushed to the disk, decoded, hashed and stored, and
noted as done: three commits that outlive a power cut. There are no keys, accounts, prices, limits, events, recipes or
small pictures here, so what a product uses beyond it is what those cost.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import queue
import sqlite3
import tempfile
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import msgspec
import pybase64
import uvloop
from aiohttp import web

from bench.place import SERVED
from bench.process import child, free_port, pinned, until_answers


class _Picture(msgspec.Struct):
    b64_json: str


class _Album(msgspec.Struct):
    data: list[_Picture]


_ALBUM = msgspec.json.Decoder(_Album)
Note = tuple[str, tuple[str, ...]]


class Notes:
    """A table of jobs, written by one thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._work: queue.SimpleQueue[tuple[Note, asyncio.Future[None], asyncio.AbstractEventLoop]]
        self._work = queue.SimpleQueue()
        threading.Thread(target=self._write, daemon=True).start()

    async def write(self, statement: str, *values: str) -> None:
        """Run one statement in a commit of its own."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._work.put(((statement, values), done, loop))
        await done

    def _write(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("CREATE TABLE jobs (id TEXT PRIMARY KEY, state TEXT, request TEXT, digest TEXT)")
        while True:
            (statement, values), done, loop = self._work.get()
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(statement, values)
            connection.execute("COMMIT")
            loop.call_soon_threadsafe(done.set_result, None)


def kept(folder: Path, name: str, answer: bytes) -> str:
    """Flush an answer to the disk, store the picture in it, and return its digest."""
    spooled = folder / f"{name}.answer"
    with spooled.open("wb") as file:
        file.write(answer)
        file.flush()
        os.fsync(file.fileno())
    picture = pybase64.b64decode(_ALBUM.decode(answer).data[0].b64_json, validate=True)
    digest = hashlib.sha256(picture).hexdigest()
    (folder / f"{digest}-{name}.png").write_bytes(picture)
    spooled.unlink()
    return digest


def application(upstream: str, folder: Path) -> web.Application:
    """Return the server."""
    notes = Notes(folder / "jobs.db")
    sessions = list[aiohttp.ClientSession]()

    async def make(request: web.Request) -> web.Response:
        body, name = await request.read(), uuid.uuid4().hex
        await notes.write("INSERT INTO jobs VALUES (?, 'queued', ?, '')", name, body.decode())
        await notes.write("UPDATE jobs SET state = 'sending' WHERE id = ?", name)
        sent = {"content-type": "application/json"}
        async with sessions[0].post(f"{upstream}/v1/images/generations", data=body, headers=sent) as answer:
            found = await answer.read()
        digest = await asyncio.to_thread(kept, folder, name, found)
        await notes.write("UPDATE jobs SET state = 'succeeded', digest = ? WHERE id = ?", digest, name)
        return web.json_response({"id": name, "state": "succeeded", "digest": digest})

    async def health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def begin(_app: web.Application) -> None:
        sessions.append(aiohttp.ClientSession(read_bufsize=2**20))

    app = web.Application()
    app.on_startup.append(begin)
    app.router.add_get("/health", health)
    app.router.add_post("/v1/images/generations", make)
    return app


@contextmanager
def running(upstream: str) -> Iterator[tuple[str, int]]:
    """Run it before an upstream while the block lasts; gives its address and process id."""
    port = free_port()
    with pinned(SERVED):
        block = child(["-m", "bench.bare", "--upstream", upstream, "--port", str(port)])
    with block as process:
        until_answers(f"http://127.0.0.1:{port}/health", process)
        yield f"http://127.0.0.1:{port}", process.pid


def main() -> None:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--port", type=int, required=True)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="maquette-bench-") as folder:
        app = application(given.upstream, Path(folder))
        web.run_app(app, host="127.0.0.1", port=given.port, print=None, access_log=None, loop=uvloop.new_event_loop())


if __name__ == "__main__":
    main()
