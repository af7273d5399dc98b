"""Files that are broken, lie, or want to do harm, each by a name of its own."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping

from tests.engine.media.sample import HTML, docx, encoded, sample, wav

SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{}</svg>'


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, data: bytes) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(data, 9)) + chunk(b"IEND", b"")


def svg(body: str) -> bytes:
    return SVG.format(body).encode()


def archive() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("a.txt", "hello")
    return file.getvalue()


def laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 12))
    return (
        f'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY l0 "ha">{entities}]>{SVG.format("<text>&l11;</text>")}'.encode()
    )


def endless_gif() -> bytes:
    frame = b"\x21\xf9\x04\0\0\0\0\0" + b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"
    return b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff" + frame * 6000 + b";"


def long_wav() -> bytes:
    sound = wav()
    return sound[:28] + struct.pack("<I", 1) + sound[32:]


def encrypted_docx() -> bytes:
    content = bytearray(docx())
    for mark, shift in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = content.find(mark)
        while at >= 0:
            content[at + shift] |= 1
            at = content.find(mark, at + 4)
    return bytes(content)


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


BAD: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "nothing": ("image", lambda: b""),
    "random bytes": ("image", lambda: bytes((i * 7919 + 13) % 251 for i in range(5000))),
    "a program": ("document", lambda: b"\x7fELF\x02\x01\x01" + bytes(500)),
    "a page for a picture": ("image", lambda: HTML),
    "a message for a picture": ("image", lambda: b'{"error": "quota exceeded"}'),
    "a picture for a film": ("video", lambda: sample("png")),
    "a sound for a film": ("video", lambda: sample("m4a")),
    "a cut png": ("image", lambda: sample("png")[:700]),
    "a cut jpeg": ("image", lambda: sample("jpg")[:900]),
    "a cut webp": ("image", lambda: sample("webp")[:-200]),
    "a cut gif": ("image", lambda: sample("gif")[:500]),
    "a png with a wrong checksum": ("image", lambda: flipped(sample("png"), 200)),
    "a png of no size": ("image", lambda: png(0, 0, b"")),
    "a png with too little data": ("image", lambda: png(400, 400, bytes(100))),
    "a png bomb": ("image", lambda: png(60_000, 60_000, bytes(60_000_000))),
    "a gif bomb": ("image", lambda: b"GIF89a\xff\xff\xff\xff" + sample("gif")[10:]),
    "a webp bomb": ("image", lambda: b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\xff\xff\0\xff\xff\0"),
    "an endless gif": ("image", endless_gif),
    "a bitmap": ("image", lambda: encoded("BMP")),
    "a tiff": ("image", lambda: encoded("TIFF")),
    "a picture that is an archive too": ("image", lambda: sample("png") + archive()),
    "a jpeg that is an archive too": ("image", lambda: sample("jpg") + archive()),
    "a gif that is a page too": ("image", lambda: sample("gif") + HTML),
    "an svg with a script": ("image", lambda: svg("<script>alert(1)</script>")),
    "an svg with a handler": ("image", lambda: svg('<rect onload="alert(1)"/>')),
    "an svg with a page inside": ("image", lambda: svg("<foreignObject><p/></foreignObject>")),
    "an svg with a script as link": ("image", lambda: svg('<a xlink:href=" java&#115;cript:alert(1)"><rect/></a>')),
    "an svg that calls out": ("image", lambda: svg('<image href="http://example.com/x.png"/>')),
    "an svg that imports a style": ("image", lambda: svg("<style>@import url(http://example.com)</style>")),
    "an svg that laughs": ("image", laughs),
    "an svg that is not closed": ("image", lambda: sample("svg")[:-4]),
    "a cut mp4": ("video", lambda: sample("fast.mp4")[:-3000]),
    "an mp4 without an index": ("video", lambda: sample("mp4")[: sample("mp4").rindex(b"moov") - 4]),
    "an mp4 of noise": ("video", lambda: sample("mp4")[:32] + bytes(5000)),
    "a cut webm": ("video", lambda: sample("webm")[:9000]),
    "a matroska": ("video", lambda: sample("webm").replace(b"webm", b"mkvx", 1)),
    "a wav that claims too much": ("audio", lambda: sample("wav")[:4000]),
    "a wav that lasts for hours": ("audio", long_wav),
    "an mp3 of noise": ("audio", lambda: b"ID3\x04\0\0\0\0\0\0" + b"hello world " * 300),
    "a flac of noise": ("audio", lambda: b"fLaC" + bytes(3000)),
    "an ogg of noise": ("audio", lambda: b"OggS" + bytes(3000)),
    "a pdf of noise": ("document", lambda: b"%PDF-1.7\n" + b"obj " * 500),
    "an archive for a document": ("document", archive),
    "a docx bomb": ("document", lambda: docx(bomb=bytes(50_000_000))),
    "a docx that leaves its folder": ("document", lambda: docx(**{"../../evil": b"x"})),
    "a docx with macros": ("document", lambda: docx(**{"word/vbaProject.bin": b"x"})),
    "a docx that is locked": ("document", encrypted_docx),
    "a cut docx": ("document", lambda: docx()[:-60]),
    "a gzip bomb": ("document", lambda: gzip.compress(bytes(10_000_000))),
    "a text of another coding": ("text", lambda: "Grüße aus Köln".encode("utf-16")),
    "a text of old coding": ("text", lambda: "Grüße aus Köln".encode("latin-1")),
    "a text with holes": ("text", lambda: b"hello " * 1000 + b"\0"),
    "a text of nothing": ("text", lambda: b" \n\t "),
}
"""What is expected, and what comes instead."""
