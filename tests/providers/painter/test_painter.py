from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from maquette.core.action import Material, Output, Result
from maquette.engine.offload import Offload
from maquette.providers.painter import PROVIDER, Enlarging, Inpainting, Painting, Repainting, Varying
from tests.providers.painter.picture import pixels

IMAGE, MASK = f"asset_{1:032x}", f"asset_{2:032x}"


class Lent:
    """Lend a working folder, two assets and a real child process to one attempt."""

    def __init__(self, folder: Path, offload: Offload) -> None:
        self.folder, self._offload = folder, offload
        self.told: list[float | None] = []
        self.assets: dict[str, bytes] = {}

    async def offload(self, function: str, **arguments: Any) -> dict[str, Any]:
        return await self._offload.run(function, arguments, folder=self.folder, timeout_s=60)

    async def progress(self, fraction: float | None, message: str = "") -> None:
        self.told.append(fraction)

    async def material(self, asset_id: str) -> Material:
        return Material(asset_id, "image", "image/png", "lent.png", "", self.assets[asset_id])

    def file(self, name: str, content: bytes) -> str:
        (self.folder / name).write_bytes(content)
        return name


@pytest.fixture
async def lent(tmp_path: Path):
    offload = Offload(processes=2, bytes_limit=1536 * 2**20, allowed=["maquette.providers"])
    call = Lent(tmp_path, offload)
    white = np.zeros((96, 96), dtype=np.uint8)
    white[30:70, 30:70] = 255
    for asset_id, picture in ((IMAGE, Image.new("RGB", (96, 96), "#204080")), (MASK, Image.fromarray(white))):
        picture.save(tmp_path / "input.png")
        call.assets[asset_id] = (tmp_path / "input.png").read_bytes()
    yield call
    await offload.close()


def shown(lent: Lent, output: Output):
    assert output.path is not None
    return pixels(lent.folder / output.path)


def labels(result: Result) -> list[str]:
    return [str(output.notes["label"]) for output in result.outputs]


@pytest.mark.accepts("S0.23", "S1.56")
def test_the_painter_offers_five_actions_that_cost_nothing() -> None:
    offered = {action.name: action for action in PROVIDER.actions()}
    assert sorted(offered) == [f"media.painter.{name}" for name in ("img2img", "inpaint", "txt2img", "upscale", "vary")]
    assert all(action.free and action.produces == "image" and action.summary for action in offered.values())
    assert offered["media.painter.inpaint"].accepts() == {"image": ["image"], "mask": ["image"]}


@pytest.mark.accepts("S4.32")
def test_a_picture_is_1024_by_1024_if_nothing_else_is_asked() -> None:
    params = Painting(prompt="a dot")
    assert (params.width, params.height, params.n, params.seed) == (1024, 1024, 1, -1)


async def test_several_pictures_have_seeds_that_follow_each_other_and_differ(lent: Lent) -> None:
    result = await PROVIDER.txt2img(Painting(prompt="a hill", n=3, seed=2**32 - 2, width=64, height=72), lent)
    assert [output.seed for output in result.outputs] == [2**32 - 2, 2**32 - 1, 0]
    assert len({shown(lent, output).tobytes() for output in result.outputs}) == 3
    assert {shown(lent, output).shape for output in result.outputs} == {(72, 64, 3)}
    assert lent.told == [0, pytest.approx(1 / 3), pytest.approx(2 / 3)]


@pytest.mark.accepts("S1.85")
async def test_a_random_seed_is_told_and_makes_the_same_picture_again(lent: Lent) -> None:
    asked = Painting(prompt="a hill", width=64, height=64)
    (first,) = (await PROVIDER.txt2img(asked, lent)).outputs
    assert first.seed is not None and 0 <= first.seed < 2**32
    picture = shown(lent, first)
    (again,) = (await PROVIDER.txt2img(asked.model_copy(update={"seed": first.seed}), lent)).outputs
    assert (shown(lent, again) == picture).all()


@pytest.mark.accepts("S3.52")
async def test_a_picture_says_that_no_model_made_it_and_a_sketch_that_it_is_one(lent: Lent) -> None:
    known = await PROVIDER.txt2img(Painting(prompt="a red disc on white", width=64, height=64), lent)
    unknown = await PROVIDER.txt2img(Painting(prompt="the meaning of silence", width=64, height=64), lent)
    assert "no model" in labels(known)[0] and "sketch" not in labels(known)[0].lower()
    assert "no model" in labels(unknown)[0] and labels(unknown)[0].startswith("A sketch")
    assert known.outputs[0].notes["labels"] == ["red disc", "white background"]
    assert {output.source for output in (*known.outputs, *unknown.outputs)} == {"algorithm"}


async def test_a_picture_is_restyled_mended_enlarged_and_varied(lent: Lent) -> None:
    restyled = await PROVIDER.img2img(Repainting(prompt="a red disc", image=IMAGE, strength=0.8), lent)
    assert shown(lent, restyled.outputs[0])[48, 48, 0] > 180
    mended = await PROVIDER.inpaint(Inpainting(prompt="a red disc", image=IMAGE, mask=MASK), lent)
    picture = shown(lent, mended.outputs[0])
    assert picture[50, 50, 0] > 180 and tuple(picture[10, 10]) == (0x20, 0x40, 0x80)
    larger = await PROVIDER.upscale(Enlarging(image=IMAGE, factor=3), lent)
    assert shown(lent, larger.outputs[0]).shape == (288, 288, 3) and larger.outputs[0].seed is None
    varied = await PROVIDER.vary(Varying(image=IMAGE, n=2, seed=4), lent)
    assert [output.seed for output in varied.outputs] == [4, 5]
    assert (shown(lent, varied.outputs[0]) != shown(lent, varied.outputs[1])).any()


async def test_the_check_paints_in_a_child_process(lent: Lent) -> None:
    await PROVIDER.check(lent)
    assert pixels(lent.folder / "check.png").shape == (16, 16, 3)


def test_listing_the_painter_loads_neither_numpy_nor_pillow() -> None:
    code = "import sys, maquette.providers.painter; print(sorted({'numpy', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"
