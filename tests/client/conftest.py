"""What tests of the SDK share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.client.fake import Server, serving


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as made:
        yield made
