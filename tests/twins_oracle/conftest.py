"""Twins without a storm, one process each for the tests of a module."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.twins.running import Twin, running


@pytest.fixture(scope="module")
def openai_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("openai", tmp_path_factory.mktemp("openai")) as twin:
        yield twin


@pytest.fixture(scope="module")
def comfy_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("comfyui", tmp_path_factory.mktemp("comfyui")) as twin:
        yield twin


@pytest.fixture(scope="module")
def elevenlabs_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("elevenlabs", tmp_path_factory.mktemp("elevenlabs"), looks=1) as twin:
        yield twin


@pytest.fixture(scope="module")
def fal_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("fal", tmp_path_factory.mktemp("fal"), looks=2) as twin:
        yield twin


@pytest.fixture(scope="module")
def replicate_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("replicate", tmp_path_factory.mktemp("replicate"), looks=2) as twin:
        yield twin


@pytest.fixture(scope="module")
def runway_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("runway", tmp_path_factory.mktemp("runway")) as twin:
        yield twin


@pytest.fixture(scope="module")
def runware_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("runware", tmp_path_factory.mktemp("runware")) as twin:
        yield twin


@pytest.fixture(scope="module")
def leonardo_twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twin]:
    with running("leonardo", tmp_path_factory.mktemp("leonardo")) as twin:
        yield twin
