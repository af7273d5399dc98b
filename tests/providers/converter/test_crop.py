"""Pictures cut to a shape: the part that is left is the part that was there."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from tests.api.running import Running
from tests.providers.converter.test_film import content, ran, server

__all__ = ["server"]


def striped(format: str = "PNG") -> bytes:  # noqa: A002 - the word of Pillow
    """A picture of 80 x 40 pixels: red, and green from the middle on."""
    picture = Image.new("RGB", (80, 40), (200, 0, 0))
    picture.paste((0, 160, 0), (40, 0, 80, 40))
    target = io.BytesIO()
    picture.save(target, format, **({"quality": 95} if format == "JPEG" else {}))
    return target.getvalue()


@pytest.mark.accepts("S1.65")
@pytest.mark.parametrize(
    ("asked", "size", "corners"),
    [
        ({"left": 40}, (40, 40), ("green", "green")),
        ({"right": 50, "bottom": 30}, (30, 10), ("red", "red")),
        ({"shape": "1:1"}, (40, 40), ("red", "green")),
        ({"shape": "9:16", "left": 45}, (22, 40), ("green", "green")),
        ({"shape": "21:9", "top": 1}, (80, 34), ("red", "green")),
    ],
)
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_what_is_left_is_the_part_that_was_asked_for(
    server: Running,
    asked: dict[str, object],
    size: tuple[int, int],
    corners: tuple[str, str],
    format: str,  # noqa: A002
) -> None:
    with server.caller() as client:
        source = client.post("/api/v1/assets", files={"file": (f"flag.{format.lower()}", striped(format))}).json()
        made = ran(client, "media.converter.crop", images=[source["id"]], **asked)["assets"]
        with Image.open(io.BytesIO(content(client, made[0]["id"]))) as picture:
            assert (picture.format, picture.size) == (format, size)
            ends = ((0, 0), (size[0] - 1, size[1] - 1))
            seen = [picture.convert("RGB").crop((x, y, x + 1, y + 1)).tobytes() for x, y in ends]
    names = ["red" if pixel[0] > pixel[1] else "green" for pixel in seen]
    assert tuple(names) == corners


def test_a_crop_that_leaves_nothing_says_so_and_what_to_do(server: Running) -> None:
    with server.caller() as client:
        source = client.post("/api/v1/assets", files={"file": ("flag.png", striped())}).json()
        body = {"action": "media.converter.crop", "params": {"images": [source["id"]], "left": 50, "right": 30}}
        job = client.post("/api/v1/jobs", json=body, headers={"Prefer": "wait=30"}).json()
    assert (job["state"], job["error"]["code"]) == ("failed", "request_rejected")
    assert job["error"]["detail"] == "nothing would be left of 80 x 40 pixels"
    assert job["error"]["hint"] == "Cut off less."
