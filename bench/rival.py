"""LiteLLM, the gateway that ours is measured beside: installed once into the cache, and run with its own defaults."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.place import SERVED
from bench.process import child, free_port, pinned, until_answers

VERSION = "1.109.1"
KEY = "sk-bench-0123456789abcdef"
HEADERS = {"authorization": f"Bearer {KEY}"}

_CONFIG = """
model_list:
  - model_name: gpt-image-1
    litellm_params: {{model: openai/gpt-image-1, api_base: "{upstream}/v1", api_key: sk-bench}}
    model_info: {{mode: image_generation}}
litellm_settings: {{telemetry: false, num_retries: 0}}
general_settings: {{master_key: {key}}}
"""


def installed() -> Path:
    """Return its environment, made on first use in `$XDG_CACHE_HOME/maquette-bench`."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    place = cache / "maquette-bench" / f"litellm-{VERSION}"
    if not (place / "complete").exists():
        print(f"installing LiteLLM {VERSION} into {place}: some minutes", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(place)], check=True)
        pip = [str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "litellm[proxy]"], check=True)
        # Its extra may resolve to an older one, whose other requirements can all be met.
        subprocess.run([*pip, "--no-deps", f"litellm=={VERSION}"], check=True)
        (place / "complete").touch()
    return place


@contextmanager
def running(upstream: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Run it before an upstream while the block lasts; gives its address and process."""
    place, port = installed(), free_port()
    with tempfile.TemporaryDirectory(prefix="maquette-bench-") as folder:
        config = Path(folder, "litellm.yaml")
        config.write_text(_CONFIG.format(upstream=upstream, key=KEY))
        arguments = [
            str(place / "bin" / "litellm"),
            "--config",
            str(config),
            "--port",
            str(port),
            "--host",
            "127.0.0.1",
        ]
        # Its list of prices would come from the network; the access log goes to a file, as it does by default.
        surroundings = {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_LOG": "ERROR", "PYTHONPATH": ""}
        surroundings["PATH"] = f"{place / 'bin'}:{os.environ['PATH']}"
        with pinned(SERVED):
            block = child(
                arguments, python=str(place / "bin" / "python"), environment=surroundings, log=Path(folder, "log")
            )
        with block as process:
            until_answers(f"http://127.0.0.1:{port}/health/liveliness", process, patience_s=120)
            yield f"http://127.0.0.1:{port}", process
