"""The audit log over HTTP."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import Field

from maquette.api.ask import Label, PageAsk
from maquette.api.door import Doors, TheCaller, TheStudio
from maquette.api.shape import Listing
from maquette.api.shape_audit import EntryShape
from maquette.services import audit

DOORS = Doors("/api/v1/audit", "audit")


class AuditPage(PageAsk):
    """Ask for a page of changes."""

    action: Annotated[str, Field(max_length=64)] | None = None
    """What happened: `account.updated`, or `account` for all that happened to accounts."""
    subject: Label | None = None
    key: Label | None = None


@DOORS.get("", "admin")
async def page(asked: Annotated[AuditPage, Query()], studio: TheStudio, caller: TheCaller) -> Listing[EntryShape]:
    """List who changed what, newest first."""
    found = await audit.page(studio, caller, asked.filters(), asked.before, asked.limit)
    following = found[-1].id if len(found) == asked.limit else None
    return Listing[EntryShape](items=[EntryShape.model_validate(entry) for entry in found], next=following)
