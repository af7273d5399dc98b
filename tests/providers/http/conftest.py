"""Installations for the tests of described servers."""

from __future__ import annotations

from tests.engine.studio import settled, stage

__all__ = ["settled", "stage"]
