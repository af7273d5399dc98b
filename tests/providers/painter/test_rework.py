from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from maquette.providers.painter import rework
from maquette.providers.painter.engine import enlarge, paint, repaint, vary
from tests.providers.painter.picture import Pixels, likeness, near, pixels

SIDE = 192


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "source.png"
    paint("a boat on the sea at noon, mountains", seed=1, width=SIDE, height=SIDE, target=str(path))
    return str(path)


def reworked(source: str, prompt: str, *, strength: float, mask: str | None = None) -> Pixels:
    target = Path(source).with_name("reworked.png")
    repaint(source, prompt, seed=3, strength=strength, target=str(target), mask=mask)
    return pixels(target)


def masked(source: str, left: int, top: int, right: int, bottom: int) -> tuple[str, Pixels]:
    white = np.zeros((SIDE, SIDE), dtype=np.uint8)
    white[top:bottom, left:right] = 255
    path = Path(source).with_name("mask.png")
    Image.fromarray(white).save(path)
    return str(path), white.astype(np.int16)


@pytest.mark.accepts("S1.56")
def test_low_strength_keeps_the_composition_and_high_strength_leaves_it(source: str) -> None:
    original = pixels(Path(source))
    alike = [likeness(original, reworked(source, "a forest at night", strength=s)) for s in (0.0, 0.3, 0.65, 1.0)]
    assert alike[0] == pytest.approx(1.0)
    assert alike[1] > 0.9
    assert alike[1] > alike[2] > alike[3]
    assert alike[3] < 0.6


@pytest.mark.accepts("S1.56")
def test_a_prompt_pulls_the_picture_to_its_light(source: str) -> None:
    original, night = pixels(Path(source)), reworked(source, "night", strength=0.7)
    assert night.mean() < 0.75 * original.mean()


def test_full_strength_is_the_painting_of_the_prompt_itself(source: str) -> None:
    target = Path(source).with_name("painted.png")
    paint("a red disc on white", seed=3, width=SIDE, height=SIDE, target=str(target))
    assert np.abs(reworked(source, "a red disc on white", strength=1.0) - pixels(target)).max() <= 1


def test_a_named_shape_is_added_to_the_picture(source: str) -> None:
    made = reworked(source, "a red disc", strength=0.7)
    assert near(made, (220, 30, 30), 30)[SIDE // 2, SIDE // 2]
    assert likeness(made[:30], pixels(Path(source))[:30]) > 0.9


def test_outside_the_mask_nothing_changes_by_a_single_step(source: str) -> None:
    mask, white = masked(source, 40, 60, 120, 150)
    original, made = pixels(Path(source)), reworked(source, "a red disc", strength=1.0, mask=mask)
    assert (made[white == 0] == original[white == 0]).all()
    inside = near(made, (220, 30, 30), 30)
    assert inside[105, 80] and inside.sum() > 800


def test_a_hole_is_filled_from_its_surroundings_where_nothing_is_named(tmp_path: Path) -> None:
    ground = np.full((SIDE, SIDE, 3), (40, 120, 200), dtype=np.uint8)
    ground[80:110, 80:110] = (255, 0, 0)
    Image.fromarray(ground).save(tmp_path / "source.png")
    mask, _ = masked(str(tmp_path / "source.png"), 70, 70, 120, 120)
    made = reworked(str(tmp_path / "source.png"), "take it away", strength=1.0, mask=mask)
    assert np.abs(made - np.array((40, 120, 200))).max() <= 6


def test_an_empty_mask_changes_nothing(source: str) -> None:
    mask, _ = masked(source, 0, 0, 0, 0)
    assert (reworked(source, "a red disc", strength=1.0, mask=mask) == pixels(Path(source))).all()


@pytest.mark.accepts("S0.23")
@pytest.mark.parametrize("factor", [2, 3, 4])
def test_an_enlargement_is_that_many_times_as_wide_and_the_same_picture(source: str, factor: int) -> None:
    target = Path(source).with_name("large.png")
    assert enlarge(source, factor=factor, target=str(target)) == {"width": SIDE * factor, "height": SIDE * factor}
    large = pixels(target)
    assert large.shape == (SIDE * factor, SIDE * factor, 3)
    small = large.reshape(SIDE, factor, SIDE, factor, 3).mean(axis=(1, 3)).astype(np.int16)
    assert np.abs(small - pixels(Path(source))).mean() < 4


def test_an_enlarged_edge_is_steeper_than_a_plain_one_and_has_no_halo(tmp_path: Path) -> None:
    edge = np.full((32, 32, 3), 60, dtype=np.uint8)
    edge[:, 16:] = 190
    Image.fromarray(edge).save(tmp_path / "edge.png")
    enlarge(str(tmp_path / "edge.png"), factor=4, target=str(tmp_path / "large.png"))
    sharp = pixels(tmp_path / "large.png")[64, :, 0]
    plain = np.asarray(Image.fromarray(edge).resize((128, 128), Image.Resampling.LANCZOS))[64, :, 0].astype(np.int16)
    assert np.abs(np.diff(sharp)).max() > np.abs(np.diff(plain)).max()
    assert sharp.min() >= plain.min() and sharp.max() <= plain.max()


def test_transparency_survives_an_enlargement(tmp_path: Path) -> None:
    Image.new("RGBA", (20, 20), (255, 0, 0, 128)).save(tmp_path / "glass.png")
    enlarge(str(tmp_path / "glass.png"), factor=2, target=str(tmp_path / "large.png"))
    with Image.open(tmp_path / "large.png") as large:
        assert large.mode == "RGBA" and large.getpixel((20, 20)) == (255, 0, 0, 128)


def test_a_picture_lying_on_its_side_is_set_upright(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (30, 20), "red").save(tmp_path / "lying.jpg", exif=exif)
    assert enlarge(str(tmp_path / "lying.jpg"), factor=2, target=str(tmp_path / "up.png")) == {
        "width": 40,
        "height": 60,
    }


def test_a_picture_too_large_to_hold_is_refused_by_its_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rework, "MOST_ENLARGED", 1000)
    Image.new("RGB", (20, 20)).save(tmp_path / "small.png")
    with pytest.raises(ValueError, match="1,600 pixels are too many; the painter takes at most 1,000"):
        enlarge(str(tmp_path / "small.png"), factor=2, target=str(tmp_path / "large.png"))
    assert not (tmp_path / "large.png").exists()


@pytest.mark.accepts("S0.23")
def test_variations_differ_by_seed_and_drift_further_with_strength(source: str) -> None:
    original, made = pixels(Path(source)), {}
    for seed, strength in ((1, 0.0), (1, 0.2), (1, 0.8), (2, 0.2)):
        target = Path(source).with_name("varied.png")
        vary(source, seed=seed, strength=strength, target=str(target))
        made[seed, strength] = pixels(target)
    assert (made[1, 0.0] == original).all()
    assert np.abs(made[1, 0.2] - made[2, 0.2]).mean() > 1
    assert likeness(original, made[1, 0.2]) > likeness(original, made[1, 0.8])
    assert likeness(original, made[1, 0.2]) > 0.85
