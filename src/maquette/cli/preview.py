"""A small picture inside the terminal, where it speaks the protocol of kitty or of iTerm2."""

from __future__ import annotations

import base64
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from maquette.client import Asset, Client

Protocol = Literal["kitty", "iterm"]
PIECE = 4096
ROWS = 12
MOST_BYTES = 8 * 2**20


def protocol_of(environ: Mapping[str, str]) -> Protocol | None:
    """Return the picture protocol that a terminal says it speaks."""
    if environ.get("TMUX") or environ.get("STY"):
        return None
    if environ.get("KITTY_WINDOW_ID") or environ.get("TERM") in {"xterm-kitty", "xterm-ghostty"}:
        return "kitty"
    if environ.get("TERM_PROGRAM") in {"iTerm.app", "WezTerm"}:
        return "iterm"
    return None


def frames(protocol: Protocol, content: bytes) -> Iterator[str]:
    """Yield the escape sequences that draw a PNG.

    Source: https://sw.kovidgoyal.net/kitty/graphics-protocol/ and https://iterm2.com/documentation-images.html
    """
    text = base64.standard_b64encode(content).decode()
    if protocol == "iterm":
        yield f"\x1b]1337;File=inline=1;height={ROWS};preserveAspectRatio=1:{text}\x07"
        return
    for start in range(0, len(text), PIECE):
        control = f"a=T,f=100,r={ROWS}," if start == 0 else ""
        more = int(start + PIECE < len(text))
        yield f"\x1b_G{control}m={more};{text[start : start + PIECE]}\x1b\\"


def show_picture(client: Client, asset: Asset, path: Path | None) -> None:
    """Draw an asset, if stdout is a terminal that can and the file is a PNG of a sensible size."""
    protocol = protocol_of(os.environ) if sys.stdout.isatty() else None
    if protocol is None or asset.mime != "image/png" or asset.size > MOST_BYTES:
        return
    with tempfile.TemporaryDirectory() as folder:
        content = (path or client.download(asset, Path(folder))).read_bytes()
    for frame in frames(protocol, content):
        sys.stdout.write(frame)
    sys.stdout.write("\n")
