"""What modules share that run one action many times: one that fails does not stop the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .errors import GenerationFailed, NotFound
from .module import Stage
from .wildcard import WILDCARD


async def list_of(call: Stage, name: str) -> Sequence[str] | None:
    """Return the lines of a list as they were when the job began; None where there is none of that name."""
    try:
        found: Sequence[str] = (await call.definition(WILDCARD, name)).body["lines"]
    except NotFound:
        return None
    return found


async def spared(
    call: Stage, key: str, action: str, params: Mapping[str, Any], account: str | None, told: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what a child made with what is told of it, or its failure, so that the others go on."""
    try:
        made = await call.child(key, action, params, account=account)
    except GenerationFailed as error:
        return {**told, "assets": [], "error": error.problem()}
    return {**told, "job": made.job, "assets": [asset.id for asset in made.assets] or made.value.get("assets", [])}


def summed(ended: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the items with all their assets; raises `GenerationFailed` if every one failed."""
    failed = [each for each in ended if "error" in each]
    if len(failed) == len(ended):
        error = failed[0]["error"]
        raise GenerationFailed(str(error["detail"]), child=error.get("child"), cause=error.get("cause"))
    assets = [asset for each in ended for asset in each["assets"]]
    return {"items": [dict(each) for each in ended], "assets": assets, "failed": len(failed)}
