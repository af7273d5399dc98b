"""Name every node that the twin knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from tests.twins.comfyui import media, node

KINDS: Final[Mapping[str, node.Node]] = {**node.NODES, **media.NODES}
