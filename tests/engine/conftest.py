"""What every test of the engine may ask for."""

from __future__ import annotations

from tests.engine.studio import any_stage, postgres_stage, settled, stage, studio, upstream

__all__ = ["any_stage", "postgres_stage", "settled", "stage", "studio", "upstream"]
