"""Keep the files of a ComfyUI server: outputs, temporary ones and uploads. They survive a restart."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from PIL import Image

from tests.twins.picture import encode
from tests.twins.wire import Answer, Json, Refused

KINDS: Final = ("output", "temp", "input")
TYPES: Final[Mapping[str, str]] = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".mp4": "video/mp4",
    ".mp3": "audio/mpeg",
}


class OutsideFolder(Exception):
    """Tell that a name leads out of the server's folders."""


class Files:
    """Save, find and number files."""

    def __init__(self, folder: Path) -> None:
        self._root = folder / "files"
        self._numbers: Counter[str] = Counter()

    def save(self, kind: str, prefix: str, ending: str, data: bytes) -> Json:
        """Write an output under the next free number of its prefix, and return how the server refers to it."""
        subfolder, _, stem = prefix.rpartition("/")
        self._numbers[prefix] += 1
        name = f"{stem}_{self._numbers[prefix]:05}_{ending}"
        self._write(self.path(kind, subfolder, name), data)
        return {"filename": name, "subfolder": subfolder, "type": kind}

    def upload(self, kind: str, subfolder: str, name: str, data: bytes, *, overwrite: bool) -> Json:
        """Write an upload; other bytes under a taken name get a name of their own."""
        name = name.replace("/", "%2F")
        stem, dot, ending = name.rpartition(".")
        free, number = name, 0
        while not overwrite and self._differs(self.path(kind, subfolder, free), data):
            number += 1
            free = f"{stem} ({number}){dot}{ending}"
        self._write(self.path(kind, subfolder, free), data)
        return {"name": free, "subfolder": subfolder, "type": kind}

    def named(self, reference: str) -> Path:
        """Return the path of `sub/name.png` or `name.png [input]`, as a graph refers to it."""
        name, _, kind = reference.partition(" [")
        subfolder, _, filename = name.rpartition("/")
        return self.path(kind.rstrip("]") or "input", subfolder, filename)

    def path(self, kind: str, subfolder: str, name: str) -> Path:
        """Return where a file is or would be.

        Raises:
            OutsideFolder: The name leads elsewhere.
        """
        home = (self._root / kind).resolve()
        found = (home / subfolder / name).resolve()
        if kind not in KINDS or not found.is_relative_to(home) or found == home:
            raise OutsideFolder(f"Saving image outside the output folder is not allowed: {subfolder}/{name}")
        return found

    def viewed(self, query: Mapping[str, str]) -> Answer:
        """Return the answer of `/view`."""
        name = query.get("filename", "")
        if name.startswith("/") or ".." in name:
            raise Refused(Answer(status=400))
        if not name:
            raise Refused(Answer(status=404))
        try:
            path = self.path(query.get("type", "output"), query.get("subfolder", ""), name)
        except OutsideFolder:
            raise Refused(Answer(status=403)) from None
        if not path.is_file():
            raise Refused(Answer(status=404))
        data, content_type = path.read_bytes(), TYPES.get(path.suffix, "application/octet-stream")
        if "preview" in query and content_type.startswith("image/"):
            kind, _, quality = query["preview"].partition(";")
            data, content_type = _preview(data, kind, int(quality or 90)), f"image/{kind}"
        headers = {"Content-Disposition": f'filename="{path.name}"', "X-Content-Type-Options": "nosniff"}
        return Answer((data,), content_type=content_type, headers={**headers, "Etag": f'"{path.stat().st_mtime_ns:x}"'})

    def _write(self, path: Path, data: bytes) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def _differs(self, path: Path, data: bytes) -> bool:
        return path.exists() and path.read_bytes() != data


def masked(original: bytes, mask: bytes) -> bytes:
    """Return an image with the alpha of a mask of the same or another size, as PNG."""
    with Image.open(io.BytesIO(original)) as image, Image.open(io.BytesIO(mask)) as cover:
        alpha = cover.convert("RGBA").getchannel("A").resize(image.size)
        changed = image.convert("RGBA")
    changed.putalpha(alpha)
    return encode(changed, "png")


def _preview(data: bytes, kind: str, quality: int) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        return encode(image, kind, quality=quality)
