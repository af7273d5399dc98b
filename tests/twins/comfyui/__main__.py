"""Run the ComfyUI twin."""

from __future__ import annotations

from tests.twins.comfyui.app import build
from tests.twins.comfyui.version import VERSIONS
from tests.twins.server import flags, main

if __name__ == "__main__":
    arguments = flags("comfyui")
    arguments.add_argument("--workers", type=int, default=1, help="how many graphs run at once")
    arguments.add_argument("--version", choices=VERSIONS, default="new", help="which generation of routes there is")
    main(build, arguments)
