"""The running product with every provider in it, and what the suite asks of it."""

from __future__ import annotations

import io
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from PIL import Image

from tests.api.running import PLAIN, events
from tests.conformance.found import HOSTED, OWN, PACED
from tests.scenarios.fleet import ROOT, Fleet
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin
from tests.twins.sound import wav

T = TypeVar("T")
Json = dict[str, Any]
PATIENCE_S = 60.0
FINAL = {"succeeded", "failed", "cancelled"}
KEY = "sk-twin"
SMALL: Mapping[str, Any] = {
    "width": 64, "height": 64, "steps": 2, "n": 1, "size": "1024x1024", "duration": 1, "fps": 12, "resolution": "480p",
}  # fmt: skip
"""What keeps a run of any action short, by the common words."""
CONFIG = """
[media_creation.openai]
api_url = "{openai}/v1"
api_key = "sk-twin"
[media_creation.openai.settings]
flavour = "openai"
endpoints = ["text", "images", "edits", "speech", "transcription", "videos"]
[media_creation.comfyui]
api_url = "{comfyui}"
[media_creation.swarmui]
api_url = "{swarmui}"
api_key = "sk-twin"
[media_creation.automatic1111]
api_url = "{automatic1111}"
[media_creation.anthropic]
api_url = "{anthropic}"
api_key = "sk-twin"
[media_creation.cohere]
api_url = "{cohere}"
api_key = "sk-twin"
[media_creation.google]
api_url = "{google}"
api_key = "sk-twin"
[media_creation.google_speech]
api_url = "{google_speech}"
api_key = "sk-twin"
[testing.narrator]
latency_s = 0.6
"""


@dataclass
class Product:
    """A server that runs, and a caller with its admin key."""

    fleet: Fleet
    twins: Mapping[str, Twin]
    site: Path

    def client(self) -> httpx2.Client:
        """Return a caller with the admin key."""
        key = (self.fleet.home / "admin.key").read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        url = f"http://127.0.0.1:{self.fleet.port}"
        return httpx2.Client(base_url=url, headers=headers, timeout=PATIENCE_S, verify=PLAIN)

    def get(self, path: str) -> Any:
        """Return the JSON at a path."""
        with self.client() as client:
            answer = client.get(path)
            assert answer.status_code == 200, answer.text
            return answer.json()

    def post(self, path: str, body: Json | None = None, **headers: str) -> Json:
        """Send JSON and return JSON; any refusal fails the test."""
        with self.client() as client:
            answer = client.post(path, json=body, headers=headers)
            assert answer.status_code < 300, answer.text
            return answer.json()

    def replace_account(self, provider: str, settings: Json) -> None:
        """Use another account of a provider than the one that is built in."""
        account = self.get(f"/api/v1/accounts?provider={provider}")["items"][0]["id"]
        with self.client() as client:
            answer = client.patch(f"/api/v1/accounts/{account}", json={"enabled": False})
            assert answer.status_code == 200, answer.text
        self.post("/api/v1/accounts", {"provider": provider, "settings": settings})

    def action(self, name: str) -> Json:
        """Return an entry of the catalog."""
        return self.get(f"/api/v1/actions/{name}")

    def run(self, action: str, **params: Any) -> Json:
        """Run an action to its end."""
        body = {"action": action, "params": params}
        return self.post("/api/v1/jobs", body, Prefer=f"wait={PATIENCE_S:.0f}")

    def until(self, look: Callable[[], T | None], patience: float = PATIENCE_S) -> T:
        """Ask again and again until there is an answer."""
        end = time.monotonic() + patience
        while time.monotonic() < end:
            if (found := look()) is not None:
                return found
            time.sleep(0.05)
        raise AssertionError(f"it did not come to pass; {self.fleet.words('server')}")

    def reached(self, job: str, test: Callable[[Json], bool]) -> Json:
        """Wait until a job is as wanted."""

        def look() -> Json | None:
            found = self.get(f"/api/v1/jobs/{job}")
            return found if test(found) else None

        return self.until(look)

    def final(self, job: str) -> Json:
        """Wait for the end of a job."""
        return self.reached(job, lambda found: found["state"] in FINAL)

    def log(self, job: str) -> list[tuple[str, Json]]:
        """Return the events of a job that has ended."""
        with self.client() as client, client.stream("GET", f"/api/v1/jobs/{job}/events?after=0") as stream:
            return [(kind, data["data"]) for _, kind, data in events(stream.iter_lines())]

    def picture(self, marker: str | None = None) -> str:
        """Upload a picture and return its id."""
        content = picture() if marker is None else marked(marker)
        with self.client() as client:
            answer = client.post("/api/v1/assets", files={"file": ("a.png", content, "image/png")})
            return str(answer.json()["id"])

    def sound(self, marker: str) -> str:
        """Upload a sound and return its id."""
        with self.client() as client:
            answer = client.post("/api/v1/assets", files={"file": ("a.wav", wav("a red disc", marker), "audio/wav")})
            return str(answer.json()["id"])

    def content(self, asset: Mapping[str, Any]) -> bytes:
        """Return the bytes of an asset."""
        with self.client() as client:
            return client.get(asset["urls"]["content"]).content

    def row(self, statement: str, *values: str) -> tuple[Any, ...]:
        """Read one row of the database beside the running server."""
        with closing(sqlite3.connect(self.fleet.home / "maquette.db", timeout=30)) as database:
            found: tuple[Any, ...] = database.execute(statement, values).fetchone()
            return found

    def own(self, action: str) -> Callable[[], str]:
        """Return what makes a picture by the provider of an action."""
        made_by = f"{action.rpartition('.')[0]}.txt2img"
        return lambda: str(self.run(made_by, prompt="a source")["assets"][0]["id"])

    def example(self, action: str, marker: str) -> Json:
        """Return the smallest parameters that an action can take, read off its schema."""
        schema = self.action(action)["schema"]
        needed = schema.get("required", ())
        given: Json = {name: value for name, value in SMALL.items() if name in schema["properties"]}
        # Where there is no prompt to carry the marker, the picture does.
        carrier = None if "prompt" in schema["properties"] else marker
        source = self.own(action) if action in OWN else lambda: self.picture(carrier)
        for name, spec in schema["properties"].items():
            if name == "prompt":
                given[name] = f"a red disc [[m:{marker}]]"
            elif name in needed and "image" in spec.get("x-accept", ()):
                given[name] = source()
            elif name in needed and "image" in spec.get("items", {}).get("x-accept", ()):
                given[name] = [self.picture()]
            elif name in needed and "audio" in spec.get("x-accept", ()):
                given[name] = self.sound(marker)
            elif name in needed and spec["x-widget"] == "url":
                given[name] = "/v1/models"
        return given


def picture() -> bytes:
    """Draw a small picture of two colours."""
    target = io.BytesIO()
    drawn = Image.new("RGBA", (64, 64), (200, 20, 20, 255))
    drawn.paste((20, 20, 200, 0), (16, 16, 48, 48))
    drawn.save(target, "PNG")
    return target.getvalue()


def marked(marker: str) -> bytes:
    """Draw a small picture that carries a marker."""
    return painted(Picture(64, 64, "source", marker))


def configuration(urls: Mapping[str, str]) -> str:
    """Return a configuration with an account on every twin."""
    hosted = (_section(name, urls[name]) for name in HOSTED)
    return CONFIG.format(**urls) + "".join(hosted)


def _section(name: str, url: str) -> str:
    """Return the section of a service whose account is a key and a base URL."""
    settings = ["pace_s = 0.2"] if name in PACED else [f'platform_url = "{url}/v1"'] if name == "fal" else []
    lines = [f"[media_creation.{name}]", f'api_url = "{url}{HOSTED[name]}"', f'api_key = "{KEY}"']
    return "\n".join([*lines, *([f"[media_creation.{name}.settings]", *settings] if settings else []), ""])


@contextmanager
def running_product(home: Path, site: Path, twins: Mapping[str, Twin]) -> Iterator[Product]:
    """Run a server with every provider while the block lasts."""
    (home / "maquette.toml").write_text(configuration({name: twin.url for name, twin in twins.items()}))
    fleet = Fleet(home, settings={"PYTHONPATH": f"{ROOT}{os.pathsep}{site}", "MAQUETTE_LEASE_S": "3"})
    try:
        fleet.start()
        made = Product(fleet, twins, site)
        made.replace_account("http", {"server": twins["openai"].url, "token": KEY})
        yield made
    finally:
        fleet.close()
