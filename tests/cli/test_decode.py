"""A file passes only if all of it can be decoded."""

from __future__ import annotations

import io
import wave
import zipfile
from pathlib import Path

import pytest

from maquette.cli.decode import NotDecodable, decode


def picture(plain: bool = False) -> bytes:
    from PIL import Image

    made = io.BytesIO()
    (Image.new("RGB", (64, 64), "red") if plain else Image.effect_noise((64, 64), 90)).save(made, "PNG")
    return made.getvalue()


def sound(content: bytes) -> bytes:
    made = io.BytesIO()
    with wave.open(made, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(content)
    return made.getvalue()


def docx() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("word/document.xml", "<w:document/>")
    return made.getvalue()


@pytest.mark.parametrize(
    ("media", "content", "found"),
    [
        ("image", picture(), "PNG 64 x 64"),
        ("audio", sound(b"\x01\x02" * 8000), "WAV 8000 Hz, 1.0 s"),
        ("text", b"three short words", "3 words"),
        ("document", docx(), "DOCX 13 B of text"),
    ],
)
def test_a_sound_file_is_described(media: str, content: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    assert decode(media, tmp_path / "file") == found


@pytest.mark.parametrize(
    ("media", "content", "reason"),
    [
        ("image", picture()[:-40], "truncated|broken"),
        ("image", picture(plain=True), "one plain colour"),
        ("image", b"<svg/>", "cannot identify"),
        ("audio", sound(b"\x00\x00" * 8000), "silence"),
        ("audio", b"ID3 no sound", "Invalid data|EOF|end of file"),
        ("video", sound(b"\x01\x02" * 8000), "."),
        ("text", b"\xff\xfe\x00", "utf-8"),
        ("text", b" \n", "empty"),
        ("document", b"%PDF-1.7 nothing", "."),
        ("document", b"PK nothing", "."),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_refused(
    media: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(NotDecodable, match=f"(?i){reason}"):
        decode(media, tmp_path / "file")
