from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from maquette.providers.painter.engine import paint
from maquette.providers.painter.figure import figures
from maquette.providers.painter.lexicon import COLOURS, LEXICON
from tests.providers.painter.picture import middle, near, painted, patches, pixels

COLOUR_WORDS = ("red", "green", "blue", "yellow", "black", "orange", "purple", "pink", "teal")
SHAPE_WORDS = ("disc", "square", "triangle", "rectangle", "oval", "heart", "hexagon", "diamond", "drop", "pentagon")


def rgb(word: str) -> tuple[int, int, int]:
    code = COLOURS[word]
    red, green, blue = (int(code[at : at + 2], 16) for at in (1, 3, 5))
    return red, green, blue


@pytest.mark.accepts("S3.52")
@pytest.mark.parametrize("prompt", ["a red disc on white", "red disc on white", "A red circle on a white background."])
@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
def test_a_red_disc_on_white_is_red_in_the_middle_and_white_in_the_corners(
    tmp_path: Path, prompt: str, seed: int
) -> None:
    picture = painted(tmp_path, prompt, seed=seed)
    red, green, blue = picture[128, 128]
    assert red > 200 and green < 60 and blue < 60
    assert [tuple(picture[y, x]) for y in (0, -1) for x in (0, -1)] == [(255, 255, 255)] * 4
    assert patches(near(picture, (red, green, blue))) == 1


@pytest.mark.accepts("S3.52")
@pytest.mark.parametrize("shape", SHAPE_WORDS)
def test_every_shape_takes_every_colour_and_stands_alone_on_its_ground(tmp_path: Path, shape: str) -> None:
    for word in COLOUR_WORDS:
        picture = painted(tmp_path, f"a {word} {shape} on white", width=128, height=128)
        assert tuple(picture[64, 64]) == rgb(word), (word, shape)
        assert patches(near(picture, rgb(word), 20)) == 1
        assert 0.05 < near(picture, rgb(word), 20).mean() < 0.6


def test_shapes_of_the_same_colour_differ_by_their_form(tmp_path: Path) -> None:
    forms = {shape: near(painted(tmp_path, f"a red {shape} on white"), rgb("red")).tobytes() for shape in SHAPE_WORDS}
    assert len(set(forms.values())) == len(SHAPE_WORDS)


def test_a_ring_has_a_hole_and_a_star_has_notches(tmp_path: Path) -> None:
    ring, star = (near(painted(tmp_path, f"a red {name} on white"), rgb("red")) for name in ("ring", "star"))
    assert not ring[128, 128] and patches(ring) == 1 and patches(~ring) == 2
    rows, columns = np.nonzero(star)
    assert star.sum() < 0.6 * np.ptp(rows) * np.ptp(columns)


@pytest.mark.accepts("S3.52")
@pytest.mark.parametrize(
    ("words", "count"), [("two", 2), ("three", 3), ("4", 4), ("five", 5), ("seven", 7), ("a dozen", 12), ("20", 20)]
)
def test_as_many_shapes_are_drawn_as_are_named(tmp_path: Path, words: str, count: int) -> None:
    picture = painted(tmp_path, f"{words} blue squares on white", width=400)
    assert patches(near(picture, rgb("blue"))) == count


def test_counts_of_two_things_are_kept_apart(tmp_path: Path) -> None:
    picture = painted(tmp_path, "three blue squares above two yellow circles on white")
    blue, yellow = near(picture, rgb("blue")), near(picture, rgb("yellow"))
    assert (patches(blue), patches(yellow)) == (3, 2)
    assert middle(blue)[1] < 0.4 and middle(yellow)[1] > 0.6


@pytest.mark.parametrize(
    ("place", "x", "y"),
    [
        ("on the left", 0.22, 0.5),
        ("on the right", 0.78, 0.5),
        ("at the top", 0.5, 0.22),
        ("at the bottom", 0.5, 0.78),
        ("in the top left corner", 0.22, 0.22),
        ("in the lower right corner", 0.78, 0.78),
        ("in the centre", 0.5, 0.5),
    ],
)
def test_a_shape_stands_where_the_prompt_puts_it(tmp_path: Path, place: str, x: float, y: float) -> None:
    marked = near(painted(tmp_path, f"a green circle {place}, white background"), rgb("green"))
    assert middle(marked) == pytest.approx((x, y), abs=0.06)


@pytest.mark.parametrize(
    ("relation", "axis", "sign"), [("above", 1, -1), ("below", 1, 1), ("to the left of", 0, -1), ("right of", 0, 1)]
)
def test_two_shapes_stand_to_each_other_as_the_prompt_says(tmp_path: Path, relation: str, axis: int, sign: int) -> None:
    picture = painted(tmp_path, f"a red circle {relation} a blue square on white")
    red, blue = middle(near(picture, rgb("red"))), middle(near(picture, rgb("blue")))
    assert (red[axis] - blue[axis]) * sign > 0.25
    assert red[1 - axis] == pytest.approx(blue[1 - axis], abs=0.05)


def test_a_shape_inside_another_one_is_surrounded_by_it(tmp_path: Path) -> None:
    picture = painted(tmp_path, "a red circle inside a blue square on white")
    assert tuple(picture[128, 128]) == rgb("red")
    assert patches(near(picture, rgb("blue"))) == 1 and patches(near(picture, rgb("red"))) == 1
    blue = near(picture, rgb("blue"))
    assert blue[128, :128].any() and blue[128, 128:].any() and blue[:128, 128].any() and blue[128:, 128].any()


def test_a_big_shape_is_larger_than_a_small_one(tmp_path: Path) -> None:
    areas = [near(painted(tmp_path, f"a {size} red disc on white"), rgb("red")).sum() for size in ("small", "", "big")]
    assert areas[0] * 2 < areas[1] and areas[1] * 1.3 < areas[2]


def test_what_is_denied_is_not_drawn(tmp_path: Path) -> None:
    picture = painted(tmp_path, "a red disc on white, no blue square")
    assert near(picture, rgb("red")).any() and not near(picture, rgb("blue")).any()


def test_a_colour_alone_fills_the_picture(tmp_path: Path) -> None:
    assert (painted(tmp_path, "solid teal") == rgb("teal")).all()


def test_stripes_alternate_between_their_two_colours(tmp_path: Path) -> None:
    row = painted(tmp_path, "blue and white stripes")[10]
    changes = int((np.abs(np.diff(row, axis=0)).sum(axis=-1) > 0).sum())
    assert {tuple(pixel) for pixel in row} == {rgb("blue"), (255, 255, 255)} and changes >= 8


@pytest.mark.accepts("S1.85")
@pytest.mark.parametrize(
    "prompt", ["a red disc on white", "a fox in a forest at night, snow", "the meaning of silence"]
)
def test_the_same_prompt_and_seed_give_the_same_bytes_and_another_seed_others(tmp_path: Path, prompt: str) -> None:
    made = []
    for name, seed in (("one", 5), ("two", 5), ("three", 6)):
        paint(prompt, seed=seed, width=200, height=120, target=str(tmp_path / name))
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1] != made[2]


@pytest.mark.parametrize(("width", "height"), [(64, 64), (64, 2048), (1024, 256), (333, 257)])
def test_the_size_is_exactly_what_was_asked(tmp_path: Path, width: int, height: int) -> None:
    for prompt in ("two red stars", "a boat on the sea at dusk", "nothing in particular"):
        assert painted(tmp_path, prompt, width=width, height=height).shape == (height, width, 3)


def test_what_was_understood_and_what_was_not_is_told(tmp_path: Path) -> None:
    told = paint("two red foxes and a zeppelin at night", seed=1, width=64, height=64, target=str(tmp_path / "p.png"))
    assert told == {"labels": ["2 red fox", "night"], "missed": ["zeppelin"], "sketch": False}


def test_a_label_names_what_is_painted_and_not_what_was_wished(tmp_path: Path) -> None:
    told = paint("a knight and a unicorn", seed=1, width=64, height=64, target=str(tmp_path / "p.png"))
    assert told["labels"] == ["person", "horse"]


@pytest.mark.accepts("S3.52")
def test_a_prompt_of_unknown_words_is_told_to_be_a_sketch(tmp_path: Path) -> None:
    told = paint("the meaning of silence", seed=1, width=64, height=64, target=str(tmp_path / "p.png"))
    assert told["sketch"] and told["labels"] == []
    assert pixels(tmp_path / "p.png").std() > 10


def test_night_is_darker_than_day_and_dusk_redder_than_noon(tmp_path: Path) -> None:
    noon, night, sunset = (painted(tmp_path, f"sea at {hour}") for hour in ("noon", "night", "sunset"))
    assert night.mean() < 0.55 * noon.mean()
    assert sunset[..., 0].mean() - sunset[..., 2].mean() > 30 > noon[..., 0].mean() - noon[..., 2].mean()


@pytest.mark.parametrize("name", sorted({name for kind, name in LEXICON.values() if kind == "setting"}))
def test_every_setting_is_a_picture_of_its_own(tmp_path: Path, name: str) -> None:
    word = next(word for word, known in LEXICON.items() if known == ("setting", name))
    picture = painted(tmp_path, f"{word} at noon", width=128, height=128)
    other = painted(tmp_path, f"{'desert' if name != 'desert' else 'sea'} at noon", width=128, height=128)
    assert picture.std() > 12
    assert np.abs(picture - other).mean() > 6


@pytest.mark.parametrize("name", sorted({name for kind, name in LEXICON.values() if kind == "subject"}))
def test_every_subject_has_a_figure_that_shows_and_takes_a_colour(tmp_path: Path, name: str) -> None:
    assert name in figures()
    word = next(word for word, known in LEXICON.items() if known == ("subject", name))
    plain, pink = (painted(tmp_path, f"a {c} {word} in a desert at noon, flat", width=128) for c in ("", "magenta"))
    empty = painted(tmp_path, "a desert at noon, flat", width=128)
    assert plain.shape == empty.shape
    if name != "lamp":
        assert (np.abs(plain - pink).max(axis=-1) > 24).mean() > 0.0012


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(words=["space", "sepia"], noise="", size=(64, 64))
@given(
    words=st.lists(
        st.sampled_from([*LEXICON, *COLOURS, "on", "above", "in", ",", "and", "7", "left", "no"]), max_size=9
    ),
    noise=st.text(max_size=20),
    size=st.sampled_from([(64, 64), (96, 64), (64, 200)]),
)
def test_any_prompt_becomes_a_picture(tmp_path: Path, words: list[str], noise: str, size: tuple[int, int]) -> None:
    picture = painted(tmp_path, f"{' '.join(words)} {noise}", width=size[0], height=size[1])
    assert picture.shape == (size[1], size[0], 3)
