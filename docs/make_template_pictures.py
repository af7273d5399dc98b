"""Paint the example picture of every template that comes with Maquette, by the built-in painter.

Run it from the root of the repository: `.venv/bin/python docs/make_template_pictures.py`. Each is the template's prompt
with its own examples, as `src/maquette/modules/templates/NAME.webp`, of at most 12 kB.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from maquette.core.pattern import read
from maquette.core.registry import Registry
from maquette.core.wildcard import drawn, from_lists
from maquette.core.wildcard import read as varied
from maquette.providers.painter.engine import paint
from maquette.services.template import example

WIDTH, HEIGHT, SEED, MOST = 400, 250, 11, 12_000
FOLDER = Path(__file__).parents[1] / "src" / "maquette" / "modules" / "templates"


def main() -> None:
    """Paint each and keep it as WebP, with the best quality that fits."""
    from PIL import Image

    registry = Registry()
    lists = {each.name: each.body["lines"] for each in registry.shipped("wildcard")}
    for each in registry.shipped("template"):
        template = read(each.body)
        prompt = example(template, {})[0]
        if template.dynamic:
            (prompt,) = drawn(varied(prompt, from_lists(lists)), SEED)
        with tempfile.TemporaryDirectory() as folder:
            name = str(Path(folder, "picture.png"))
            paint(prompt, seed=SEED, width=WIDTH * 2, height=HEIGHT * 2, target=name)
            with Image.open(name) as picture:
                small = picture.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
        target = FOLDER / f"{each.name}.webp"
        for quality in range(80, 10, -10):
            small.save(target, quality=quality, method=6)
            if target.stat().st_size <= MOST:
                break


if __name__ == "__main__":
    main()
