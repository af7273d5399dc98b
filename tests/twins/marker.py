"""Follow a prompt's marker into the bytes that were made from it.

A prompt says `[[m:ID]]`. Outputs carry the id in the content itself (pixels, samples, an MP3 frame), never as the
prompt wrote it: a product that stamps the prompt into a file's metadata must not pass for one that stored what it paid
for.
"""

from __future__ import annotations

import re
import zlib
from typing import Final

from tests.twins import picture

IN_PROMPT = re.compile(r"\[\[m:([A-Za-z0-9_.:-]{1,64})\]\]")
IN_TEXT = re.compile(rb"\(twin:([A-Za-z0-9_.:-]{1,64})\)")
MAGIC: Final = b"\xa5tw\x5a"


def asked(text: str) -> str | None:
    """Return the id of the marker in a prompt, if there is one."""
    found = IN_PROMPT.search(text)
    return found[1] if found else None


def spoken(marker: str | None) -> str:
    """Return how an answer in words carries the marker."""
    return f"(twin:{marker})" if marker else "(no marker)"


def packed(marker: str | None) -> bytes:
    """Return the marker as bytes that can be found among samples: magic, length, id, checksum."""
    name = (marker or "").encode()
    return MAGIC + bytes([len(name)]) + name + zlib.crc32(name).to_bytes(4, "big")


def marker_in(data: bytes) -> str | None:
    """Return the id that an output of a twin carries, or none.

    Args:
        data: The stored bytes of an image, a video, a sound or a text.
    """
    return _sampled(data) or picture.marker_in(data) or _written(data)


def _sampled(data: bytes) -> str | None:
    start = data.find(MAGIC)
    while start >= 0:
        length = data[start + len(MAGIC)] if start + len(MAGIC) < len(data) else 0
        name = data[start + len(MAGIC) + 1 :][:length]
        check = data[start + len(MAGIC) + 1 + length :][:4]
        if name and zlib.crc32(name).to_bytes(4, "big") == check:
            return name.decode()
        start = data.find(MAGIC, start + 1)
    return None


def _written(data: bytes) -> str | None:
    found = IN_TEXT.search(data)
    return found[1].decode() if found else None
