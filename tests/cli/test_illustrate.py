"""`maquette illustrate` in a process of its own, with a server that it starts by itself."""

from __future__ import annotations

import io
import re
from pathlib import Path

import docx
import pytest

from tests.cli.test_live import maquette

ARTICLES = Path(__file__).parents[1] / "core" / "articles"


@pytest.mark.accepts("S4.42", "S1.63")
def test_an_article_on_disk_comes_back_beside_itself_with_its_pictures(home: Path, tmp_path: Path) -> None:
    source = tmp_path / "bread.md"
    source.write_bytes((ARTICLES / "bread.md").read_bytes())
    told = maquette(home, "illustrate", source, "--images", 1)
    document, folder = map(Path, told["files"])
    assert (document.name, folder.name) == ("bread-illustrated.md", "bread-images")
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"!\[[^\]]+\]\(<([^>]+)>\)", text)
    assert len(named) == 2
    assert {path.relative_to(tmp_path).as_posix() for path in folder.iterdir()} >= set(named)
    assert source.read_bytes() == (ARTICLES / "bread.md").read_bytes()
    refused = maquette(home, "illustrate", source, "--output", source, code=2)
    assert "never overwritten" in refused["detail"]


def test_a_word_document_holds_its_pictures_itself(home: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "walk.docx"
    told = maquette(home, "illustrate", ARTICLES / "railway.docx", "--images", 1, "--output", target, "--format", "png")
    assert Path(told["files"][0]) == target
    assert len(docx.Document(io.BytesIO(target.read_bytes())).inline_shapes) == 2
