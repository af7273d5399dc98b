from __future__ import annotations

import io
from itertools import pairwise

import av
import numpy as np
import pytest
from PIL import Image, ImageDraw
from pydantic import ValidationError

from maquette.providers.narrator import PROVIDER as NARRATOR
from maquette.providers.narrator import Spoken
from maquette.providers.slideshow import PROVIDER, Moved, Told
from tests.providers.narrator.lent import LentCall, run

RED = f"asset_{0xA:032x}"
BLUE = f"asset_{0xB:032x}"


def picture(colour, size=(640, 360)):
    made = io.BytesIO()
    drawn = Image.new("RGB", size, colour)
    ImageDraw.Draw(drawn).rectangle(
        (size[0] // 2 - 20, size[1] // 2 - 20, size[0] // 2 + 20, size[1] // 2 + 20), "white"
    )
    drawn.save(made, "PNG")
    return made.getvalue()


def call_of(folder):
    call = LentCall(folder, {RED: picture("red"), BLUE: picture("blue", (360, 720))})

    async def paint(params):
        return picture(("green", "yellow")[params["seed"] % 2], (params["width"], params["height"]))

    async def speak(params):
        spoken = LentCall(folder)
        (output,) = (await NARRATOR.speech(Spoken.model_validate(params), spoken)).outputs
        return (folder / output.path).read_bytes()

    call.makers = {"media.painter.txt2img": paint, "media.narrator.speech": speak}
    return call


def decoded(file):
    with av.open(str(file)) as film:
        video, audio = film.streams.video[0], film.streams.audio[0]
        facts = {
            "video": video.codec_context.name,
            "pixels": video.pix_fmt,
            "audio": audio.codec_context.name,
            "fps": video.average_rate,
            "seconds": film.duration / 1_000_000,
        }
        return facts, [frame.to_ndarray(format="rgb24") for frame in film.decode(video)]


def loudness(file):
    with av.open(str(file)) as film:
        samples = np.concatenate([frame.to_ndarray() for frame in film.decode(audio=0)], axis=1)
    return float(np.sqrt((samples**2).mean())), samples.shape[1] / 48_000


async def filmed(folder, **params):
    call = call_of(folder)
    wanted = {"image": RED, "duration": 2, "resolution": "480p", "fps": 12} | params
    (output,) = (await PROVIDER.img2vid(Moved.model_validate(wanted), call)).outputs
    return folder / output.path, output


async def test_pictures_become_an_h264_film_that_decodes_frame_by_frame(tmp_path):
    file, output = await filmed(tmp_path, images=[BLUE], fps=24)
    facts, frames = decoded(file)
    assert facts == {
        "video": "h264",
        "pixels": "yuv420p",
        "audio": "aac",
        "fps": 24,
        "seconds": pytest.approx(2, abs=0.05),
    }
    assert len(frames) == output.notes["frames"] == 48 and frames[0].shape == (480, 854, 3)
    content = file.read_bytes()
    assert content.index(b"moov") < content.index(b"mdat")
    assert output.media == "video" and "no video model" in output.notes["label"]


async def test_colours_stay_what_they_were_and_one_picture_fades_into_the_other(tmp_path):
    file, _ = await filmed(tmp_path, images=[BLUE])
    _, frames = decoded(file)
    edge = [frame[240, 250].astype(int) for frame in frames]
    assert abs(edge[0] - [255, 0, 0]).max() < 12
    reds = [int(pixel[0]) for pixel in edge]
    assert reds[-1] < 12 and all(after <= before + 4 for before, after in pairwise(reds))
    assert any(40 < red < 215 for red in reds)


async def test_a_picture_of_another_shape_is_shown_whole(tmp_path):
    file, _ = await filmed(tmp_path, image=BLUE, motion="pan_left")
    _, frames = decoded(file)
    middle, side = frames[12][100, 427].astype(int), frames[12][100, 20].astype(int)
    assert middle[2] > 220 and 80 < side[2] < 200


async def test_a_zoom_makes_what_is_in_the_middle_larger(tmp_path):
    file, _ = await filmed(tmp_path, motion="zoom_in")
    _, frames = decoded(file)
    areas = [int((frame.min(axis=2) > 128).sum()) for frame in frames]
    assert areas[-1] > 1.2 * areas[0]
    assert all(after >= before * 0.99 for before, after in pairwise(areas))


async def test_a_film_without_narration_has_a_silent_track_of_its_length(tmp_path):
    file, _ = await filmed(tmp_path)
    level, seconds = loudness(file)
    assert level == 0 and seconds == pytest.approx(2, abs=0.1)


async def test_a_narrated_film_is_heard_and_is_as_long_as_its_words(tmp_path):
    text = "A small boat leaves the harbour before the first light of the day."
    file, output = await filmed(tmp_path, prompt=text, narrate=True, language="en-us")
    level, seconds = loudness(file)
    assert level > 0.01 and output.notes["duration_s"] > 3
    assert decoded(file)[0]["seconds"] == pytest.approx(seconds, abs=0.15)


async def test_a_prompt_becomes_a_film_of_painted_scenes(tmp_path):
    call = call_of(tmp_path)
    params = Told(prompt="A green field. A yellow sun.", duration=2, resolution="480p", fps=12, seed=4)
    (output,) = (await PROVIDER.txt2vid(params, call)).outputs
    asked = [(key, action, wanted["prompt"], wanted["seed"]) for key, action, wanted in call.children]
    paint = "media.painter.txt2img"
    assert asked == [("scene-1", paint, "A green field.", 4), ("scene-2", paint, "A yellow sun.", 5)]
    assert all(wanted["width"] % 8 == wanted["height"] % 8 == 0 for _, _, wanted in call.children)
    _, frames = decoded(tmp_path / output.path)
    first, last = frames[0][100, 100].astype(int), frames[-1][100, 100].astype(int)
    assert abs(first - [0, 128, 0]).max() < 12 and abs(last - [255, 255, 0]).max() < 12
    assert output.source == "algorithm" and output.seed == 4


async def test_the_same_pictures_give_the_same_bytes(tmp_path):
    first, _ = await filmed(tmp_path, images=[BLUE])
    before = first.read_bytes()
    second, _ = await filmed(tmp_path, images=[BLUE])
    assert second.read_bytes() == before


def test_the_encoders_are_there(tmp_path):
    assert run(tmp_path, "maquette.providers.slideshow.engine:codecs") == {"video": "libx264", "audio": "aac"}


@pytest.mark.parametrize("bad", [{"prompt": ""}, {"prompt": "a", "duration": 31}, {"prompt": "a", "fps": 60}])
def test_the_schema_refuses_what_cannot_be_filmed(bad):
    with pytest.raises(ValidationError):
        Told.model_validate(bad)
