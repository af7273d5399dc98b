"""The page of settings names every one of them."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from maquette.core.config import Config, Fault, Limits, MediaCreation, ProviderSection
from maquette.core.housekeeping import Housekeeping, Rule
from maquette.core.integration import ImageIntegration
from tests.house.tree import ROOT

MODELS = (Config, Limits, MediaCreation, ProviderSection, Fault, Housekeeping, Rule, ImageIntegration)


@pytest.mark.accepts("S4.38")
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_stands_on_the_page_with_what_it_does(model: type[BaseModel]) -> None:
    page = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    tables = {"limits", "media_creation", "providers"}  # sections of their own there
    for name, field in model.model_fields.items():
        if name not in tables:
            assert any(f"{name}` |" in line and _words(field.description) in line for line in page.splitlines()), name


def _words(text: str | None) -> str:
    return (text or "").replace("\n", " ").replace("|", "\\|")
