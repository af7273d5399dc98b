"""Films in another format: really decoded again, with their length, their size and their sound."""

from __future__ import annotations

import io
from typing import Any

import av
import httpx2
import pytest
from PIL import Image

from tests.api.running import Running, serving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("film") / "home") as running:
        yield running


def ran(client: httpx2.Client, action: str, **params: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/jobs", json={"action": action, "params": params}, headers={"Prefer": "wait=90"})
    found: dict[str, Any] = answer.json()
    assert found.get("state") == "succeeded", found
    return found


def content(client: httpx2.Client, asset: str) -> bytes:
    return client.get(f"/api/v1/assets/{asset}/content").content


@pytest.mark.accepts("S1.63")
def test_a_film_is_exported_as_gif_and_as_mp4(server: Running) -> None:
    with server.caller() as client:
        film = ran(client, "media.slideshow.txt2vid", prompt="a red disc", duration=1)
        (source,) = film["assets"]
        gif = ran(client, "asset.export", assets=[source["id"]], film="gif", max_side=160, name="disc")["result"]
        mp4 = ran(client, "asset.export", assets=[source["id"]], film="mp4", max_side=160)["result"]
        moving, smaller = content(client, gif["assets"][0]), content(client, mp4["assets"][0])
    assert gif["files"][0]["name"] == "disc-1.gif"
    with Image.open(io.BytesIO(moving), formats=["GIF"]) as picture:
        assert (picture.size, picture.n_frames) == ((160, 90), 10)
    with av.open(io.BytesIO(smaller)) as made:
        shown = made.streams.video[0]
        assert (shown.codec_context.name, shown.width, shown.height) == ("h264", 160, 90)
        assert made.streams.audio[0].codec_context.name == "aac"
        assert abs((made.duration or 0) / av.time_base - 1) < 0.2
