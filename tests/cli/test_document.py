"""JSON that somebody wrote: what is none, or something else, is told by its name."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from maquette.cli import document


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"{", "is no JSON"), (b"[1]", "holds no object"), (b'{"a": "\xff"}', "is no JSON"), (b"", "is no JSON")],
)
def test_a_file_that_is_no_object_is_refused_by_its_name(tmp_path: Path, content: bytes, said: str) -> None:
    (path := tmp_path / "mine.json").write_bytes(content)
    with pytest.raises(click.UsageError) as refusal:
        document.of_file(path)
    assert str(path) in refusal.value.message
    assert said in refusal.value.message


def test_a_file_is_taken_whatever_it_holds_where_that_is_asked_for(tmp_path: Path) -> None:
    (path := tmp_path / "mine.json").write_text('["é"]', encoding="utf-8")
    assert document.of_file(path, None) == ["é"]


@pytest.mark.parametrize(("text", "said"), [("{", "is no JSON"), ("{}", "holds no list")])
def test_a_value_of_another_kind_is_refused_by_its_option(text: str, said: str) -> None:
    with pytest.raises(click.UsageError, match=f"'--rules' {said}"):
        document.of_text(text, "--rules", list)
