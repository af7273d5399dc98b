"""Bring input files to the server, each once, under the name of its content."""

from __future__ import annotations

from maquette.core.action import Call, Material, Upload
from maquette.core.answer import parsed
from maquette.core.errors import RequestRejected

_FOLDER = "maquette"
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/webp": "webp",
    "image/gif": "gif",
    "audio/mpeg": "mp3",
    "audio/wav": "wav",
    "audio/x-wav": "wav",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "video/mp4": "mp4",
    "video/webm": "webm",
}


async def uploaded(asset: str, call: Call) -> str:
    """Upload an asset and return the name under which a graph refers to it."""
    material = await call.material(asset)
    return await call.memo(f"upload:{material.digest}", lambda: _sent(material, call))


async def _sent(material: Material, call: Call) -> str:
    # A digest may be written with its algorithm before it.
    stem = material.digest.rpartition(":")[2][:40]
    ending = _ENDINGS.get(material.mime, "bin")
    parts = [
        Upload("image", material.content, f"{stem}.{ending}", material.mime),
        Upload("type", b"input"),
        Upload("subfolder", _FOLDER.encode()),
    ]
    answer = parsed(await call.http.send("POST", "/api/upload/image", parts=parts))
    name = answer.get("name") if isinstance(answer, dict) else None
    if not isinstance(name, str) or not name:
        raise RequestRejected("The server took the upload and did not say under which name")
    folder = str(answer.get("subfolder") or "")
    return f"{folder}/{name}" if folder else name
