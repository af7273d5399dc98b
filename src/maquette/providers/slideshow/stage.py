"""Lay pictures out for a film and draw its frames."""

from __future__ import annotations

from collections.abc import Iterator

from PIL import Image, ImageEnhance, ImageFilter, ImageOps

from maquette.providers.slideshow.motion import Clip, View, views


def frames(images: list[str], clip: Clip) -> Iterator[Image.Image]:
    """Draw the frames of a film over the picture files `images`, one after another."""
    pictures = [_lay_out(image, clip.stage) for image in images]
    for shown in views(clip, len(pictures)):
        drawn = [_draw(pictures[view.picture], view, clip) for view in shown]
        yield drawn[0] if len(drawn) == 1 else Image.blend(drawn[0], drawn[1], shown[1].weight)


def _draw(picture: Image.Image, view: View, clip: Clip) -> Image.Image:
    # The box has fractions of pixels, which is what keeps a slow movement free of jitter.
    return picture.resize((clip.width, clip.height), Image.Resampling.BICUBIC, box=view.box)


def _lay_out(file: str, size: tuple[int, int]) -> Image.Image:
    with Image.open(file) as opened:
        picture = _opaque(ImageOps.exif_transpose(opened))
    filled = ImageOps.fit(picture, size, Image.Resampling.LANCZOS)
    # A picture of about the film's shape fills the frame; of another it would lose too much, so it is shown whole.
    ratio = (picture.width / picture.height) / (size[0] / size[1])
    if 1 / 1.8 <= ratio <= 1.8:
        return filled
    ground = ImageEnhance.Brightness(filled.filter(ImageFilter.GaussianBlur(size[0] / 40))).enhance(0.55)
    whole = ImageOps.contain(picture, size, Image.Resampling.LANCZOS)
    ground.paste(whole, ((size[0] - whole.width) // 2, (size[1] - whole.height) // 2))
    return ground


def _opaque(picture: Image.Image) -> Image.Image:
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    paper = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(paper, picture.convert("RGBA")).convert("RGB")
