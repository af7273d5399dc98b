"""The OpenAPI document in the docs is the one that the server gives."""

from __future__ import annotations

import json
import re

import pytest

from maquette.core.registry import Registry
from tests.house import typescript
from tests.house.openapi import PAGE, written


def test_the_document_is_what_the_routes_and_the_catalog_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == written(), "run `python -m tests.house.openapi`"


def test_every_action_has_its_parameters_in_the_document() -> None:
    schemas = json.loads(PAGE.read_text(encoding="utf-8"))["components"]["schemas"]
    for action in Registry().actions():
        assert schemas[action.name]["properties"].keys() == action.schema()["properties"].keys()


@pytest.mark.accepts("S3.45")
def test_the_client_for_typescript_is_made_from_the_document_and_has_every_call() -> None:
    document = json.loads(PAGE.read_text(encoding="utf-8"))
    client = typescript.CLIENT.read_text(encoding="utf-8")
    assert client == typescript.written(document), "run `python -m tests.house.openapi`"
    calls = {call["operationId"] for calls in document["paths"].values() for call in calls.values()}
    assert set(re.findall(r"^  (\w+)\(.*\): Promise<", client, re.MULTILINE)) == calls
    types = set(re.findall(r"^export type (\w+) =", client, re.MULTILINE))
    assert types >= set(re.findall(r"\b([A-Z]\w+(?:Shape|Ask))\b", client))
