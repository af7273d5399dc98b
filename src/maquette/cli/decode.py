"""Prove that a file is what it should be, by decoding all of it in a child process with limits.

The child is this module: `python -m maquette.cli.decode MEDIA PATH` prints what it found as JSON. Decoders see bytes
that came from elsewhere, and the licences of some of them do not mix with ours, so they load in no other process.
"""

from __future__ import annotations

import json
import subprocess
import sys
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

TIMEOUT_S = 60.0
CPU_S = 50


class NotDecodable(Exception):
    """The file is not what it should be."""


def decode(media: str, path: Path) -> str:
    """Return what a file holds, in a few words, after decoding all of it; raises `NotDecodable`."""
    command = [sys.executable, "-m", "maquette.cli.decode", media, str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise NotDecodable(f"decoding took longer than {TIMEOUT_S:g} s") from error
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines()
        raise NotDecodable(lines[-1] if lines else f"the decoder ended with code {done.returncode}")
    return str(json.loads(done.stdout)["found"])


def _image(path: Path) -> str:
    from PIL import Image

    with Image.open(path, formats=["PNG", "JPEG", "WEBP", "GIF"]) as picture:
        picture.load()
        shades = picture.convert("L").getextrema()
        if shades[0] == shades[1]:
            raise NotDecodable("the picture is one plain colour")
        return f"{picture.format} {picture.width} x {picture.height}"


def _video(path: Path) -> str:
    import av

    with av.open(str(path), options={"protocol_whitelist": "file"}) as film:
        stream = film.streams.video[0]
        frames = sum(1 for _ in film.decode(stream))
        if frames < 2:
            raise NotDecodable(f"the film has {frames} frames")
        rate = float(stream.average_rate or 1)
        return f"{stream.codec_context.name} {stream.width} x {stream.height}, {frames / rate:.1f} s"


def _audio(path: Path) -> str:
    if path.read_bytes()[:4] == b"RIFF":
        with wave.open(str(path)) as sound:
            content = sound.readframes(sound.getnframes())
            if not any(content):
                raise NotDecodable("the sound is silence")
            return f"WAV {sound.getframerate()} Hz, {sound.getnframes() / sound.getframerate():.1f} s"
    import av

    with av.open(str(path), options={"protocol_whitelist": "file"}) as sound:
        stream = sound.streams.audio[0]
        samples = sum(frame.samples for frame in sound.decode(stream))
        if not samples:
            raise NotDecodable("the sound is empty")
        return f"{stream.codec_context.name} {stream.rate} Hz, {samples / stream.rate:.1f} s"


def _text(path: Path) -> str:
    text = path.read_bytes().decode("utf-8")
    if not text.strip():
        raise NotDecodable("the text is empty")
    return f"{len(text.split())} words"


def _document(path: Path) -> str:
    if path.read_bytes()[:2] == b"PK":
        with zipfile.ZipFile(path) as package:
            if package.testzip() is not None or "word/document.xml" not in package.namelist():
                raise NotDecodable("the package is no DOCX document")
            return f"DOCX {len(package.read('word/document.xml'))} B of text"
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        words = 0
        for number in range(len(document)):
            page = document[number]
            page.render(scale=0.5)
            words += len(page.get_textpage().get_text_range().split())
        if not words:
            raise NotDecodable("the document has no text")
        return f"PDF {len(document)} page{'s' if len(document) > 1 else ''}, {words} words"
    finally:
        document.close()


DECODERS: dict[str, Callable[[Path], str]] = {
    "image": _image,
    "video": _video,
    "audio": _audio,
    "text": _text,
    "document": _document,
}


def _limit() -> None:
    import resource  # noqa: PLC0415 - not there on every system; the timeout of the parent holds anyway

    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))


def main() -> None:
    """Decode one file and print what it is; any fault is the last line of stderr."""
    media, path = sys.argv[1:]
    if sys.platform != "win32":
        _limit()
    sys.stdout.write(json.dumps({"found": DECODERS[media](Path(path))}))


if __name__ == "__main__":
    main()
