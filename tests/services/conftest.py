"""What tests of services may ask for: an installation of the real engine."""

from __future__ import annotations

from tests.engine.studio import any_stage, postgres_stage, settled, stage, upstream

__all__ = ["any_stage", "postgres_stage", "settled", "stage", "upstream"]
