"""Fetch what a job made: files by their names, texts as they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from maquette.core.action import Call, Output
from maquette.core.answer import plain
from maquette.core.errors import GenerationFailed
from maquette.core.params import Media

_ENDINGS: Mapping[Media, str] = {
    "image": "png jpg jpeg webp gif bmp tiff avif svg",
    "video": "mp4 webm mov mkv avi m4v",
    "audio": "flac mp3 opus wav ogg m4a aac",
    "text": "txt md json csv srt",
    "document": "pdf docx",
}
_MEDIA = {f".{ending}": media for media, endings in _ENDINGS.items() for ending in endings.split()}


class _File(NamedTuple):
    filename: str
    subfolder: str
    type: str


async def collected(outputs: Mapping[str, Any], call: Call, seed: int | None) -> list[Output]:
    """Fetch every output of a finished job; raises `GenerationFailed` if there is none that can be kept."""
    found = list(dict.fromkeys(_files(outputs)))
    # Previews are kept only where nothing was saved.
    chosen = [f for f in found if f.type == "output"] or [f for f in found if f.type == "temp"]
    known = [(f, media) for f in chosen if (media := _MEDIA.get(PurePosixPath(f.filename).suffix.lower()))]
    made = [await _fetched(file, media, call, seed) for file, media in known]
    made += [Output("text", content=text, seed=seed) for text in _texts(outputs)]
    if not made:
        strange = ", ".join(plain(f.filename) for f in chosen[:3])
        told = f"only files that cannot be kept: {strange}" if strange else "no output that the server keeps"
        raise GenerationFailed(
            f"The graph made {told}", hint="End the graph in a node that saves a picture, video or sound."
        )
    return made


async def _fetched(file: _File, media: Media, call: Call, seed: int | None) -> Output:
    answer = await call.http.send("GET", "/api/view", query=file._asdict())
    name = plain(PurePosixPath(file.filename).name)
    content = answer.body.decode("utf-8", "replace") if media == "text" else answer.body
    return Output(media, content=content, name=name, seed=seed)


def _entries(outputs: Mapping[str, Any]) -> Iterator[Any]:
    for kinds in outputs.values():
        if isinstance(kinds, Mapping):
            for entries in kinds.values():
                yield from entries if isinstance(entries, list) else ()


def _files(outputs: Mapping[str, Any]) -> Iterator[_File]:
    # The kind says little (a video comes as `images`), so that every entry with a file name counts.
    for entry in _entries(outputs):
        if isinstance(entry, Mapping) and isinstance(entry.get("filename"), str):
            yield _File(entry["filename"], str(entry.get("subfolder") or ""), str(entry.get("type") or "output"))


def _texts(outputs: Mapping[str, Any]) -> Iterator[str]:
    for kinds in outputs.values():
        told = kinds.get("text") if isinstance(kinds, Mapping) else None
        yield from (text for text in told or () if isinstance(text, str) and text)
