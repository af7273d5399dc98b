"""Render blocks to PDF by Typst, with the document handed over as data."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import asdict
from importlib import resources
from pathlib import Path

import typst
from pypdfium2 import PdfDocument

from maquette.providers.typesetter.block import Block
from maquette.providers.typesetter.engine import Layout


def write(blocks: list[Block], layout: Layout, root: Path, target: Path) -> int:
    """Write a PDF and count its pages.

    The compiler's root holds the document's pictures and nothing else; its folders for packages are that root too, so
    no package is found, and the template asks for none.
    """
    template = resources.files(__package__).joinpath("document.typ").read_bytes()
    data = {**asdict(layout), "margin": layout.margin, "blocks": blocks}
    compiler = typst.Compiler(
        template,
        root=root,
        sys_inputs={"document": json.dumps(data)},
        package_path=root,
        package_cache_path=root,
    )
    # Epoch 0 keeps the bytes the same on every day; the template writes no date at all.
    compiler.compile(output=target, format="pdf", timestamp=0)
    with closing(PdfDocument(target)) as made:
        return len(made)
