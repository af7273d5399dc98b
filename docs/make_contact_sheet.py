"""Paint the contact sheet of `docs/painter.md`: 24 prompts, one picture each, from one seed.

Run it from the root of the repository: `.venv/bin/python docs/make_contact_sheet.py`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from maquette.providers.painter.engine import paint

PROMPTS = (
    "a red disc on white",
    "three blue squares above a yellow circle on navy",
    "a sailing boat on a calm sea at sunset",
    "snowy mountain lake at dawn",
    "a red fox in an autumn forest",
    "city skyline at night in the rain",
    "two people in the desert at sunset",
    "a lighthouse in a storm",
    "a cat in a room, evening",
    "underwater, five fish",
    "northern lights over a frozen lake",
    "a road through green hills, noon",
    "a spaceship near a planet in space",
    "a house by the river in spring",
    "a meadow with butterflies, sunny morning",
    "a stag in a misty pine forest",
    "hot air balloons over mountains at sunrise",
    "elephants on the savanna, big orange sun",
    "a village in winter at night, snowing",
    "a volcano at dusk",
    "palm trees on a beach, full moon",
    "pixel art of a castle at sunset",
    "a woman in a red coat on the beach, dawn",
    "the meaning of silence",
)
COLUMNS, SIDE, GAP, CAPTION, SEED = 6, 320, 8, 30, 7
TARGET = Path(__file__).with_name("painter-contact-sheet.webp")


def main() -> None:
    """Paint every prompt and lay the pictures out in rows with their prompts below."""
    from PIL import Image, ImageDraw, ImageFont

    rows = -(-len(PROMPTS) // COLUMNS)
    size = (COLUMNS * (SIDE + GAP) + GAP, rows * (SIDE + CAPTION + GAP) + GAP)
    sheet = Image.new("RGB", size, "#f4f2ee")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(11)
    with tempfile.TemporaryDirectory() as folder:
        for number, prompt in enumerate(PROMPTS):
            name = str(Path(folder, f"{number}.png"))
            paint(prompt, seed=SEED, width=SIDE * 2, height=SIDE * 2, target=name)
            row, column = divmod(number, COLUMNS)
            left, top = GAP + column * (SIDE + GAP), GAP + row * (SIDE + CAPTION + GAP)
            with Image.open(name) as picture:
                sheet.paste(picture.resize((SIDE, SIDE), Image.Resampling.LANCZOS), (left, top))
            pen.text((left + 2, top + SIDE + 7), prompt, fill="#333333", font=font)
    sheet.save(TARGET, quality=82, method=6)


if __name__ == "__main__":
    main()
