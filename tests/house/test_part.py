"""Registry, executor, providers and models are parts of their own: each knows only what it stands on."""

from __future__ import annotations

import pytest

from tests.house.tree import SOURCE, imports, python_files, short

PARTS = {
    "core/registry.py": ("maquette.core",),
    "core/model.py": ("maquette.core",),
    "providers": ("maquette.core", "maquette.catalog", "maquette.providers"),
    "store": ("maquette.core", "maquette.catalog", "maquette.store"),
    "engine": ("maquette.core", "maquette.catalog", "maquette.store", "maquette.blobs", "maquette.engine"),
}
"""What each part may import of ours."""


@pytest.mark.accepts("S0.74", "S3.49")
@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_it_stands_on(part: str) -> None:
    place = SOURCE / part
    own = [path for path in python_files("src") if path == place or place in path.parents]
    assert own, f"there is no {part}"
    strange = [
        f"{short(path)} imports {name}"
        for path in own
        for name in imports(path)
        if name.startswith("maquette.") and not any(f"{name}.".startswith(f"{home}.") for home in PARTS[part])
    ]
    assert strange == []
