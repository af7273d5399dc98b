"""The built-in graphs: pictures from pictures, under masks, on larger canvases, enlarged; films and sounds."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from PIL import Image

from maquette.core.action import Result
from maquette.core.errors import RequestRejected
from maquette.providers.comfyui import PROVIDER
from maquette.providers.comfyui.motion import Film, Sound
from maquette.providers.comfyui.picture import Enlarge, Inpaint, Outpaint, Rework, sides
from tests.providers.lent import LentCall
from tests.twins.marker import marker_in
from tests.twins.picture import Picture, painted
from tests.twins.running import Twin

Json = dict[str, Any]


def source(call: LentCall, width: int = 96, height: int = 64) -> str:
    return call.lend(painted(Picture(width, height, "source"), "png"))


def content(result: Result, place: int = 0) -> bytes:
    found = result.outputs[place].content
    assert isinstance(found, bytes)
    return found


def size(result: Result) -> tuple[int, int]:
    return Image.open(io.BytesIO(content(result))).size


def ran(result: Result) -> Json:
    """Return the graph that a picture carries, as the server ran it."""
    with Image.open(io.BytesIO(content(result))) as found:
        graph: Json = json.loads(found.info["prompt"])
    return {node["class_type"]: node["inputs"] for node in graph.values()}


@pytest.mark.accepts("S1.56")
async def test_a_picture_is_made_from_another_one_as_often_as_asked_for(call: LentCall) -> None:
    given = {"prompt": "re [[m:re]]", "image": source(call), "n": 2, "steps": 2, "seed": 1, "strength": 0.3}
    made = await PROVIDER.img2img(Rework.model_validate(given), call)
    assert [marker_in(content(made, place)) for place in (0, 1)] == ["re", "re"]
    assert (size(made), ran(made)["KSampler"]["denoise"]) == ((96, 64), 0.3)


@pytest.mark.accepts("S1.57")
@pytest.mark.parametrize(("width", "pasted"), [(96, True), (100, False)])
async def test_a_part_is_repainted_where_its_mask_is_white(call: LentCall, width: int, *, pasted: bool) -> None:
    given = {"prompt": "in [[m:in]]", "image": source(call, width), "mask": source(call, width), "steps": 2, "seed": 1}
    made = await PROVIDER.inpaint(Inpaint.model_validate(given | {"grow": 12}), call)
    graph = ran(made)
    assert marker_in(content(made)) == "in"
    assert (graph["LoadImageMask"]["channel"], graph["GrowMask"]["expand"]) == ("red", 12)
    assert "SetLatentNoiseMask" in graph
    assert ("ImageCompositeMasked" in graph) is pasted, "only a picture that keeps its size can be pasted back"


@pytest.mark.accepts("S1.57")
@pytest.mark.parametrize(
    ("wish", "larger"),
    [
        ({"left": 16}, (112, 64)),
        ({"right": 24}, (120, 64)),
        ({"top": 8}, (96, 72)),
        ({"bottom": 40}, (96, 104)),
        ({"left": 8, "right": 8, "top": 16, "bottom": 16}, (112, 96)),
        ({}, (120, 80)),
    ],
)
async def test_the_canvas_grows_on_each_side(call: LentCall, wish: Json, larger: tuple[int, int]) -> None:
    given = {"prompt": "out [[m:out]]", "image": source(call), "steps": 2, "seed": 1}
    made = await PROVIDER.outpaint(Outpaint.model_validate(given | wish), call)
    assert (marker_in(content(made)), size(made)) == ("out", larger)
    padded = ran(made)["ImagePadForOutpaint"]
    assert {side: padded[side] for side in wish} == wish


async def test_an_odd_picture_grows_to_whole_latents(call: LentCall) -> None:
    image = await call.material(source(call, 101, 67))
    found = sides(Outpaint.model_validate({"prompt": "x", "image": image.id, "left": 16}), image)
    assert ((101 + found["left"] + found["right"]) % 8, (67 + found["top"] + found["bottom"]) % 8) == (0, 0)
    assert found["left"] >= 16


@pytest.mark.parametrize(("upscaler", "used"), [("", False), ("twin-4x.pth", True)])
async def test_a_picture_is_enlarged_to_the_size_asked_for(call: LentCall, upscaler: str, *, used: bool) -> None:
    made = await PROVIDER.upscale(
        Enlarge.model_validate({"image": source(call), "factor": 3, "upscaler": upscaler}), call
    )
    assert (size(made), made.outputs[0].source) == ((288, 192), "unknown")
    assert ("UpscaleModelLoader" in ran(made)) is used


@pytest.mark.accepts("S2.20")
async def test_a_film_and_a_sound_are_made_from_words(call: LentCall) -> None:
    given = {"prompt": "waves [[m:film]]", "width": 64, "height": 64, "duration": 1, "fps": 8, "steps": 2, "seed": 1}
    film = await PROVIDER.txt2vid(Film.model_validate(given), call)
    assert ([output.media for output in film.outputs], marker_in(content(film))) == (["video"], "film")
    call.again()
    sound = await PROVIDER.txt2audio(
        Sound.model_validate({"prompt": "waves [[m:sound]]", "duration": 2, "steps": 2, "seed": 1}), call
    )
    assert ([output.media for output in sound.outputs], marker_in(content(sound))) == (["audio"], "sound")


async def test_choices_are_those_of_the_server(call: LentCall) -> None:
    assert [row["id"] for row in await PROVIDER.choices("upscaler", call)] == ["twin-4x.pth"]
    assert "dpmpp_2m" in [row["id"] for row in await PROVIDER.choices("sampler", call)]
    assert await PROVIDER.choices("prompt", call) == []
    media = {row["id"]: row["media"] for row in await PROVIDER.models(call)}
    assert media["twin-wan.safetensors"] == ["video"]
    assert media["twin-sd15.safetensors"] == ["image", "audio"]


async def test_a_model_that_is_not_installed_is_refused_before_anything_is_made(call: LentCall, twin: Twin) -> None:
    before = len(twin.bill())
    with pytest.raises(RequestRejected, match=r"missing\.pth"):
        await PROVIDER.upscale(Enlarge.model_validate({"image": source(call), "upscaler": "missing.pth"}), call)
    assert len(twin.bill()) == before
