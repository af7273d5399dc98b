"""Names that the documents use for providers, and what serves them today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Alias:
    """Who serves a name where no provider of that very name has an account."""

    providers: tuple[str, ...] = ()
    """In order of preference; the first with an account and such an operation is taken."""
    notice: str = ""
    """What a caller must know of the name."""
    retired_on: str | None = None
    source: str = ""
    """Where the notice is from."""


ALIASES: Mapping[str, Alias] = {
    "leonardo": Alias(),
    "midjourney": Alias(),
    "sora": Alias(
        providers=("openai", "google"),
        notice=(
            "Sora and its API were shut down on 2026-09-24, without a replacement: use `media.google.txt2vid`, "
            "or `media.openai.txt2vid` on a server that still speaks the videos protocol"
        ),
        retired_on="2026-09-24",
        source="developers.openai.com, the model's page, read on 2026-11-20",
    ),
    "stable_diffusion": Alias(providers=("automatic1111", "swarmui", "comfyui")),
}
"""Other names of providers."""
STAND_INS: Mapping[str, str] = {
    **dict.fromkeys(("txt2img", "img2img", "inpaint", "upscale", "vary"), "painter"),
    **dict.fromkeys(("txt2vid", "img2vid"), "slideshow"),
}
"""The keyless provider that stands in, by operation."""


def servers(provider: str, operation: str) -> list[str]:
    """Return the providers that may serve an operation under an alias, in order: the name itself, then others."""
    stand_in = [STAND_INS[operation]] if operation in STAND_INS else []
    return [provider, *ALIASES[provider].providers, *stand_in]
