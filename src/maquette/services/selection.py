"""Is this an answer? A response is held to the question's schema and to the assets that may be chosen."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from maquette.core.errors import NotFound, ParamsInvalid
from maquette.core.interaction import Interaction, Question, Select
from maquette.core.model import Asset
from maquette.core.workflow import unfit
from maquette.store import asset as assets
from maquette.store import tree
from maquette.store.database import Tx

ALL = "all_metadata_ids"
"""The field that names every try of the question; it is filled in here."""
_ASSET = re.compile(r"(?:asset|gc)_([0-9a-f]{32})")

Fault = dict[str, Any]


def accepted(tx: Tx, found: Interaction, response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response as it is kept; raises `ParamsInvalid` that names every fault."""
    asked = found.asked
    given = dict(response)
    faults = list[Fault]()
    made = dict[str, Any]()
    if asked.select is not None:
        made |= _selection(tx, found, asked.select, given, faults)
    faults += _fields(asked, given)
    if faults:
        raise ParamsInvalid(f"The answer: {faults[0]['path']}: {faults[0]['message']}", errors=faults)
    return {**given, **made}


def _fields(asked: Question, given: Mapping[str, Any]) -> Iterator[Fault]:
    schema = dict(asked.response_schema)
    own = {asked.select.field, ALL} if asked.select is not None else set[str]()
    rest = {name: value for name, value in given.items() if name not in own}
    fields = schema.get("properties", {})
    yield from unfit({"type": "object", **schema}, rest, "")
    if "additionalProperties" not in schema:
        for name in rest:
            if name not in fields:
                yield {
                    "path": f"/{name}",
                    "message": f"nothing of that name is asked; {', '.join(fields) or 'no field'} is",
                }


def _selection(
    tx: Tx, found: Interaction, select: Select, given: dict[str, Any], faults: list[Fault]
) -> dict[str, Any]:
    """Return the chosen assets by their ids, and every try; notes faults."""
    path = f"/{select.field}"
    value = given.pop(select.field, None)
    chosen = [value] if isinstance(value, str) else value
    if not isinstance(chosen, list) or not all(isinstance(each, str) for each in chosen):
        what = "nothing is chosen" if value is None else "the id of an asset, or a list of them"
        faults.append({"path": path, "message": what})
        return {}
    if not select.min <= len(set(chosen)) <= select.max or len(set(chosen)) != len(chosen):
        most = f" to {select.max}" if select.max > select.min else ""
        faults.append({"path": path, "message": f"choose {select.min}{most}, each once; {len(chosen)} are chosen"})
    tried = tree.tries(tx, found.id)
    given_tries = given.pop(ALL, None)
    known = [job.replace("job_", "cgm_", 1) for job in tried]
    if isinstance(given_tries, list) and (strange := [each for each in given_tries if _as_try(each) not in known]):
        faults.append({"path": f"/{ALL}", "message": f"{strange[0]!r} is no try of this question"})
    ids = [_plain(each) for each in chosen]
    for number, each in enumerate(ids):
        where = path if isinstance(value, str) else f"{path}/{number}"
        if (fault := _unfit_asset(tx, found, select, each, tried)) is not None:
            faults.append({"path": where, "message": fault})
    made: dict[str, Any] = {select.field: ids[0] if select.max == 1 and ids else ids}
    return made | ({ALL: known} if select.source == "results" else {})


def _as_try(value: object) -> str:
    return str(value).replace("job_", "cgm_", 1)


def _plain(value: str) -> str:
    """Return the id of an asset, whichever of its two labels it carries."""
    match = _ASSET.fullmatch(value)
    return f"asset_{match[1]}" if match else value


def _unfit_asset(tx: Tx, found: Interaction, select: Select, asset: str, tried: Sequence[str]) -> str | None:
    known = _known(tx, asset)
    offered = known is not None and (
        known.job in tried if select.source == "results" else asset in set(named(found.asked.data))
    )
    if known is None or not offered:
        return f"{asset!r} is not among what can be chosen here"
    if known.deleted_at is not None:
        return f"{asset!r} was deleted; restore it, or choose another"
    if select.media and known.media not in select.media:
        return f"{asset!r} is {known.media}; {' or '.join(select.media)} is asked"
    return None


def _known(tx: Tx, asset: str) -> Asset | None:
    try:
        return assets.get(tx, asset, binned=True)
    except NotFound:
        return None


def named(data: Any) -> Iterator[str]:
    """Yield the ids of the assets that some data names."""
    if isinstance(data, Mapping):
        if isinstance(data.get("asset_id"), str):
            yield data["asset_id"]
        data = list(data.values())
    if isinstance(data, list):
        for inner in data:
            yield from named(inner)
