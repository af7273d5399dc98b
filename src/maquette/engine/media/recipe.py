"""The recipe of an output: how it was made, in words that other programs read."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from maquette.core.action import Source

_IPTC = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_SOURCES = {"model": "trainedAlgorithmicMedia", "algorithm": "algorithmicMedia"}
_UNPRINTABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NAMES = (("steps", "Steps"), ("sampler", "Sampler"), ("guidance", "CFG scale"))
_PACKET = """\
<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" \
xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/" xmlns:maquette="urn:maquette:recipe:1"{source}>\
{body}</rdf:Description></rdf:RDF></x:xmpmeta>
<?xpacket end="w"?>"""


def _escaped(text: str) -> str:
    # `xml.sax` would do it, and bring the network half of the standard library into every child process.
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How an output was made."""

    parameters: str
    """The text that A1111 and its likes read."""
    maquette: Mapping[str, Any]
    """Our own record, version 1: action, params, seed, provider, model, time; never an account or a key."""
    source: Source = "unknown"

    @property
    def digital_source(self) -> str | None:
        """The IPTC digital source type, or None where the work is a person's or nobody knows."""
        name = _SOURCES.get(self.source)
        return _IPTC + name if name else None

    def text(self) -> str:
        """Return the parameters without characters that no container can hold."""
        return _UNPRINTABLE.sub("", self.parameters)

    def json(self) -> str:
        """Return our own record as one line of plain ASCII."""
        return json.dumps(dict(self.maquette), sort_keys=True, separators=(",", ":"))

    def fields(self) -> dict[str, str]:
        """Return the recipe as named texts, for containers that hold such."""
        named = {"parameters": self.text(), "maquette": self.json(), "digitalsourcetype": self.digital_source or ""}
        return {name: text for name, text in named.items() if text}

    def xmp(self, most: int | None = None) -> bytes:
        """Return an XMP packet; one that would be longer than `most` bytes goes without texts."""
        source = self.digital_source
        attribute = f' Iptc4xmpExt:DigitalSourceType="{source}"' if source else ""
        line = f'<rdf:li xml:lang="x-default">{_escaped(self.text())}</rdf:li>'
        text = f"<dc:description><rdf:Alt>{line}</rdf:Alt></dc:description>"
        record = f"<maquette:recipe>{_escaped(self.json())}</maquette:recipe>"
        for body in (text + record, record, ""):
            packet = _PACKET.format(source=attribute, body=body).encode()
            if most is None or len(packet) <= most:
                return packet
        return b""


def a1111_text(params: Mapping[str, Any], seed: int | None) -> str:
    """Write parameters as A1111 does: the prompt, what to avoid, and one line of settings."""
    lines = [str(params.get("prompt", ""))]
    if params.get("negative_prompt"):
        lines.append(f"Negative prompt: {params['negative_prompt']}")
    settings = [(shown, params[word]) for word, shown in _NAMES if params.get(word) is not None]
    settings.append(("Seed", seed))
    settings.append(("Size", _size(params)))
    settings.append(("Model", params.get("model")))
    lines.append(", ".join(f"{shown}: {_quoted(value)}" for shown, value in settings if value is not None))
    return "\n".join(line for line in lines if line)


def _size(params: Mapping[str, Any]) -> str | None:
    if params.get("width") and params.get("height"):
        return f"{params['width']}x{params['height']}"
    size = params.get("size")
    return str(size) if size else None


def _quoted(value: Any) -> str:
    """Quote a value that would break the line of settings."""
    text = str(value)
    return json.dumps(text, ensure_ascii=False) if any(sign in text for sign in ',:\n"') else text
