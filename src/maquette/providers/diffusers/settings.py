"""Say where models lie and on what they run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from maquette.core.action import Settings
from maquette.core.errors import RequestRejected
from maquette.core.params import hint

_ADVANCED: Any = Field(json_schema_extra=hint(advanced=True))
INDEX = "model_index.json"


class Account(Settings):
    """Models on this machine and the device that runs them."""

    models: Annotated[str, Field(min_length=1, max_length=1000)]
    """The folder with the models, one folder each, as the library's `save_pretrained` writes them."""
    loras: Annotated[str, Field(max_length=1000)] = ""
    """The folder with LoRA files (`.safetensors`), if there is one."""
    device: Literal["auto", "cuda", "mps", "xpu", "cpu"] = "auto"
    """What computes; `auto` takes the first of these that is there."""
    dtype: Annotated[Literal["auto", "bfloat16", "float16", "float32"], _ADVANCED] = "auto"
    """How exactly it computes; `auto` halves the memory where the device can."""
    offload: Annotated[Literal["none", "model", "sequential"], _ADVANCED] = "none"
    """What waits in main memory while it is not needed: nothing, whole parts, or layer by layer (slow, smallest)."""
    keep: Annotated[int, Field(ge=1, le=8, json_schema_extra=hint(advanced=True))] = 1
    """How many models stay loaded; the one that was not used for longest goes first."""
    idle_s: Annotated[int, Field(ge=10, le=86_400, json_schema_extra=hint(advanced=True, unit="s"))] = 600
    """After so long without work every model is let go of."""
    downloads: Annotated[bool, _ADVANCED] = False
    """Whether a model may also be named as on the hub (`owner/name`); it is then fetched at first use."""

    def listed(self) -> list[str]:
        """Return the names of the models in the folder."""
        found = Path(self.models).expanduser().glob(f"*/{INDEX}")
        return sorted(path.parent.name for path in found)

    def adapters(self) -> list[str]:
        """Return the names of the LoRA files."""
        return sorted(path.name for path in Path(self.loras).expanduser().glob("*.safetensors")) if self.loras else []

    def place(self, model: str) -> str:
        """Return the folder of a model, or its name on the hub; raises `RequestRejected` for what is neither."""
        names = self.listed()
        wanted = model or next(iter(names), "")
        if wanted in names:
            return str(Path(self.models).expanduser() / wanted)
        if self.downloads and wanted.count("/") == 1:
            return wanted
        near = f"There are: {', '.join(names[:10])}." if names else f"Put one into {self.models!r}."
        raise RequestRejected(f"There is no model {wanted!r}" if wanted else "No model is installed", hint=near)

    def adapter(self, name: str) -> str:
        """Return the path of a LoRA file; raises `RequestRejected` where it is not there."""
        if name not in self.adapters():
            raise RequestRejected(f"There is no LoRA {name!r}", hint=f"There are: {', '.join(self.adapters()[:10])}.")
        return str(Path(self.loras).expanduser() / name)
