"""A small server over a real socket whose every answer is written by the test."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from typing_extensions import override


@dataclass(frozen=True)
class Asked:
    """One request, as it arrived."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Told:
    """One answer; `cut` resets the connection after the body, or before it if there is none; `hold` keeps it open."""

    value: Any = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: bool = False
    hold: threading.Event | None = None

    @property
    def content(self) -> bytes:
        return self.body if self.body is not None else b"" if self.value is None else json.dumps(self.value).encode()


Answer = Callable[[Asked], Told]


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Wire)
        self.answers: dict[str, Answer] = {"GET /healthz": lambda _: Told({"status": "ok", "version": "0.1.0"})}
        self.asked: list[Asked] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def on(self, what: str, answer: Answer | Any) -> None:
        """Answer `METHOD /path` by a function, or always by a value."""
        self.answers[what] = answer if callable(answer) else lambda _: Told(answer)

    def of(self, what: str) -> list[Asked]:
        return [asked for asked in self.asked if f"{asked.method} {asked.path}" == what]

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of clients that leave: tests do so on purpose."""


class Wire(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def answer(self) -> None:
        parts = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, parts.path, query, headers, body)
        self.server.asked.append(asked)
        found = self.server.answers.get(f"{asked.method} {asked.path}")
        missing = Told({"code": "not_found", "detail": f"no {asked.path}"}, 404)
        self.tell(found(asked) if found else missing)

    def tell(self, told: Told) -> None:
        if told.cut and not told.content:
            self.reset()
            return
        self.send_response(told.status)
        for name, value in {"content-type": "application/json", **told.headers}.items():
            self.send_header(name, value)
        # A cut answer promises more than it sends.
        self.send_header("content-length", str(len(told.content) + (1000 if told.cut or told.hold else 0)))
        self.end_headers()
        self.wfile.write(told.content)
        if told.hold:
            told.hold.wait(30)
        if told.cut or told.hold:
            self.reset()

    def reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet."""


for method in ("GET", "POST", "PATCH", "DELETE"):
    setattr(Wire, f"do_{method}", Wire.answer)


@contextmanager
def serving() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def stream(*events: tuple[int, str, dict[str, Any]], job: str = "job_1", cut: bool = False) -> Told:
    """Frame events as the server does."""
    text = "retry: 1000\n\n: ping\n\n"
    for seq, kind, data in events:
        row = {"seq": seq, "job": job, "type": kind, "at": 5, "data": data}
        text += f"id: {seq}\nevent: {kind}\ndata: {json.dumps(row)}\n\n"
    return Told(headers={"content-type": "text/event-stream"}, body=text.encode(), cut=cut)


def job(state: str = "succeeded", **words: Any) -> dict[str, Any]:
    return {"id": "job_1", "action": "media.painter.txt2img", "state": state, "produces": "image", **words}
