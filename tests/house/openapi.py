"""Write the OpenAPI document, and the typed client made from it, to the docs: `python -m tests.house.openapi`."""

from __future__ import annotations

import json
from pathlib import Path

from maquette.api.app import create_app
from maquette.core.config import Config
from maquette.core.form import normalise
from maquette.core.registry import Registry
from tests.house import typescript
from tests.house.tree import ROOT

PAGE = ROOT / "docs" / "openapi.json"


def written() -> str:
    """Return the document: every route, and the parameters of every built-in action."""
    described = create_app(Config(home=Path("home"))).openapi()
    schemas = described["components"]["schemas"]
    actions = {action.name: normalise(action.schema()) for action in Registry().actions()}
    described["components"]["schemas"] = dict(sorted((schemas | actions).items()))
    return json.dumps(described, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(), encoding="utf-8")
    typescript.CLIENT.write_text(typescript.written(json.loads(PAGE.read_text(encoding="utf-8"))), encoding="utf-8")
