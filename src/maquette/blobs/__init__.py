"""Bytes by key: on this machine's disk, in an object store, or in memory."""

from __future__ import annotations

from .store import ObstoreBlobs

__all__ = ["ObstoreBlobs"]
