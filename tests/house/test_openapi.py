"""The OpenAPI document in the docs is the one that the server gives."""

from __future__ import annotations

import json

from maquette.core.registry import Registry
from tests.house.openapi import PAGE, written


def test_the_document_is_what_the_routes_and_the_catalog_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run `python -m tests.house.openapi`"


def test_every_action_has_its_parameters_in_the_document() -> None:
    schemas = json.loads(PAGE.read_text(encoding="utf-8"))["components"]["schemas"]
    for action in Registry().actions():
        assert schemas[action.name]["properties"].keys() == action.schema()["properties"].keys()
