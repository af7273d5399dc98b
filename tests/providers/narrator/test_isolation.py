from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ["PIL", "av", "docx", "espeakng_loader", "lxml", "markdown_it", "numpy", "typst"]


@pytest.mark.parametrize("name", ["narrator", "slideshow", "typesetter", "writer"])
def test_importing_an_embedded_provider_loads_none_of_its_engines(name):
    code = f"import sys, maquette.providers.{name}; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
