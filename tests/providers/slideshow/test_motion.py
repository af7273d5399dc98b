from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maquette.providers.slideshow import Told
from maquette.providers.slideshow.motion import Clip, views
from maquette.providers.slideshow.scene import scenes


def seen(motion, pictures=1, **changes):
    clip = Clip(**{"width": 640, "height": 360, "fps": 24, "duration": 4.0} | changes, motion=motion)
    return clip, list(views(clip, pictures))


@pytest.mark.parametrize(
    ("motion", "moves"),
    [
        ("zoom_in", lambda first, last: last[0] > first[0] and last[2] < first[2]),
        ("zoom_out", lambda first, last: last[0] < first[0] and last[2] > first[2]),
        ("pan_right", lambda first, last: last[0] > first[0] and last[2] > first[2]),
        ("pan_left", lambda first, last: last[0] < first[0] and last[2] < first[2]),
    ],
)
def test_each_motion_moves_the_view_as_its_name_says(motion, moves):
    _, shown = seen(motion)
    assert moves(shown[0][0].box, shown[-1][0].box)


@pytest.mark.parametrize("motion", ["zoom_in", "zoom_out", "pan_left", "pan_right"])
def test_the_view_glides_without_a_jump(motion):
    _, shown = seen(motion)
    lefts = [frame[0].box[0] for frame in shown]
    steps = [after - before for before, after in pairwise(lefts)]
    assert max(map(abs, steps)) < 1.5
    assert max(abs(after - before) for before, after in pairwise(steps)) < 0.05


@given(
    pictures=st.integers(1, 12),
    duration=st.floats(1, 30),
    fps=st.integers(12, 30),
    motion=st.sampled_from(["auto", "zoom_in", "zoom_out", "pan_left", "pan_right"]),
)
def test_every_frame_shows_a_part_of_the_pictures_with_weights_that_sum_to_one(pictures, duration, fps, motion):
    clip, shown = seen(motion, pictures, duration=duration, fps=fps)
    wide, high = clip.stage
    assert len(shown) == clip.frames
    for frame in shown:
        assert sum(view.weight for view in frame) == pytest.approx(1)
        for left, top, right, bottom in (view.box for view in frame):
            assert 0 <= left < right <= wide and 0 <= top < bottom <= high
    assert {view.picture for frame in shown for view in frame} == {*range(pictures)}


def test_one_picture_fades_into_the_next_in_small_steps():
    _, shown = seen("auto", pictures=3, duration=6.0)
    weights = [sum(view.weight for view in frame if view.picture == 1) for frame in shown]
    assert max(weights) == 1 and weights[0] == weights[-1] == 0
    assert max(abs(after - before) for before, after in pairwise(weights)) < 0.12


@pytest.mark.parametrize(
    ("ratio", "resolution"), [*product(["16:9", "9:16", "1:1", "4:3", "3:4", "21:9"], ["480p", "720p", "1080p"])]
)
def test_sides_are_even_and_near_the_ratio(ratio, resolution):
    clip = Told.model_validate({"prompt": "a", "aspect_ratio": ratio, "resolution": resolution}).clip()
    across, down = map(int, ratio.split(":"))
    assert clip.width % 2 == clip.height % 2 == 0
    assert min(clip.width, clip.height) == int(resolution[:-1])
    assert clip.width / clip.height == pytest.approx(across / down, rel=0.01)


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        ("a fox in the snow", ["a fox in the snow"]),
        ("A harbour. A boat leaves! Is it night?", ["A harbour.", "A boat leaves!", "Is it night?"]),
        ("a door opens, then a cat comes out", ["a door opens", "a cat comes out"]),
        ("one\n\ntwo", ["one", "two"]),
        ("A. B. C. D. E. F. G. H.", ["A. B.", "C. D.", "E. F.", "G. H."]),
        ("...", ["..."]),
    ],
)
def test_a_prompt_is_split_into_one_to_four_scenes(prompt, expected):
    assert scenes(prompt) == expected
