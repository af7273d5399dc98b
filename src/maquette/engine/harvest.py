"""From what an action returned to stored assets."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from maquette import catalog
from maquette.core.action import Cost, Output, Result, Source
from maquette.core.errors import BodyTooLarge, GenerationFailed, MaquetteError, OutputRejected, UrlRefused
from maquette.core.ids import new_id
from maquette.core.model import Asset, Attempt, Job
from maquette.core.params import Warned
from maquette.engine import gist
from maquette.engine.call import Ground
from maquette.engine.fetch import Home
from maquette.engine.ingest import Recipe, Taken, a1111_text
from maquette.engine.plan import candidate_of
from maquette.engine.verdict import redact
from maquette.store import asset as assets

_SEARCHED = 2000
"""So many characters of a prompt can be searched."""
_KEPT_SEEDS = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Harvest:
    """What an attempt brought."""

    made: Sequence[Asset]
    cost: Cost
    response: Mapping[str, Any]
    warnings: Sequence[Warned] = ()


async def harvest(ground: Ground, attempt: Attempt, result: Result, answer: Mapping[str, Any] | None = None) -> Harvest:
    """Check and store every output that is not stored yet; `answer` is what the provider said to the paid call.

    Raises `GenerationFailed` where there is none, and `OutputRejected` where none passed the checks: the bytes are
    then kept in quarantine. Outputs that passed are kept even if others did not.
    """
    if not result.outputs:
        nothing = GenerationFailed("The provider said that it is done and gave nothing")
        nothing.cost = result.cost if result.cost is not None and result.cost.source == "reported" else None
        raise nothing
    had = {} if ground.fresh else await _stored(ground, attempt)
    made, faults = list[Asset](), list[MaquetteError]()
    for index, output in enumerate(result.outputs):
        if index in had:
            continue
        try:
            made.append(await _take(ground, attempt, index, output))
        except (OutputRejected, UrlRefused, BodyTooLarge) as fault:
            faults.append(fault)
    if not made and not had:
        faults[0].cost = _cost(ground, attempt, result)
        raise faults[0]
    warnings = [Warned(field="outputs", asked=None, used=None, why=fault.message) for fault in faults]
    asked = _candidate(ground.job, attempt).get("n")
    if isinstance(asked, int) and asked != len(result.outputs):
        count = len(result.outputs)
        warnings.append(
            Warned(field="n", asked=asked, used=count, why="the provider gave another number; all are kept")
        )
    response = {**result.response, **(answer or {})}
    return Harvest(made, _cost(ground, attempt, result), stripped(response, ground.secrets), warnings)


async def _stored(ground: Ground, attempt: Attempt) -> Mapping[int, Asset]:
    return await ground.tools.store.read(ground.job.workspace, lambda tx: assets.of_attempt(tx, attempt.id))


async def _take(ground: Ground, attempt: Attempt, index: int, output: Output) -> Asset:
    source, provider_url = await _bytes(ground, attempt, index, output)
    taken = await ground.tools.ingest.take(
        source,
        workspace=ground.job.workspace,
        expected=output.media,
        recipe=recipe(ground.job, attempt, output.seed, output.source),
        judge=await ground.tools.screens.judge(ground.job.workspace),
    )
    return _asset(ground, attempt, index, output, taken, provider_url)


async def _bytes(ground: Ground, attempt: Attempt, index: int, output: Output) -> tuple[Path | bytes, str | None]:
    if output.content is not None:
        text = output.content
        return (text.encode() if isinstance(text, str) else text), None
    ground.folder.mkdir(parents=True, exist_ok=True)
    if output.path is not None:
        path = (ground.folder / output.path).resolve()
        if ground.folder.resolve() not in path.parents or not path.is_file():
            raise OutputRejected(f"The work left no file {output.path!r}")
        return path, None
    into = ground.folder / f"fetched-{index}"
    limit, home = ground.tools.config.limits.output_bytes, Home.of(ground.settings)
    await ground.tools.fetcher.download(output.url or "", into, limit=limit, home=home)
    return into, output.url


def recipe(job: Job, attempt: Attempt, seed: int | None, source: Source) -> Recipe:
    """Return how an output of an attempt was made."""
    params = _candidate(job, attempt)
    return Recipe(
        parameters=a1111_text(params, seed),
        maquette={
            "version": 1,
            "action": attempt.action,
            "provider": attempt.provider,
            "model": attempt.model,
            "seed": seed,
            "params": params,
            "job": job.id,
            "made_at": attempt.created_at,  # fixed, so that taking the same bytes again makes the same file
        },
        source=source,
    )


def _candidate(job: Job, attempt: Attempt) -> Mapping[str, Any]:
    params: Mapping[str, Any] = candidate_of(job, attempt)["params"] if job.plan else job.params
    return params


def _asset(
    ground: Ground, attempt: Attempt, index: int, output: Output, taken: Taken, provider_url: str | None
) -> Asset:
    return Asset(
        id=new_id("asset"),
        workspace=ground.job.workspace,
        media=taken.media,
        mime=taken.mime,
        size=taken.size,
        digest=taken.digest,
        blob=taken.blob,
        created_at=ground.tools.now(),
        name=output.name or f"{_slug(ground.job)}-{index + 1}.{taken.extension}",
        source=output.source,
        width=taken.width,
        height=taken.height,
        duration_ms=taken.duration_ms,
        pages=taken.pages,
        seed=output.seed if output.seed is None or output.seed in _KEPT_SEEDS else None,
        job=ground.job.id,
        attempt=attempt.id,
        index=index,
        provider_url=provider_url,
        provider_digest=taken.provider_digest,
        notes=_notes(output, ground.secrets),
        created_by=ground.job.created_by,
        action=attempt.action,
        provider=attempt.provider,
        prompt=str(ground.job.params.get("prompt") or "")[:_SEARCHED] or None,
    )


def _notes(output: Output, secrets: Sequence[str]) -> dict[str, Any]:
    """Return the provider's notes; a seed that no database holds as a number is kept among them, digit by digit."""
    notes = stripped(output.notes, secrets)
    if output.seed is not None and output.seed not in _KEPT_SEEDS:
        notes.setdefault("seed", str(output.seed))
    return notes


def _slug(job: Job) -> str:
    words = re.findall(r"[a-z0-9]+", str(job.params.get("prompt", "")).lower())
    return "-".join(words[:6])[:60] or job.action.rpartition(".")[2]


def _cost(ground: Ground, attempt: Attempt, result: Result) -> Cost:
    """Return what an attempt cost: as its provider reports it, else as it is computed, else as it was estimated."""
    if result.cost is not None and result.cost.source == "reported":
        return result.cost
    if ground.action is not None and ground.action.free:
        return result.cost or Cost(0, "computed")
    own = _by_rules(ground, attempt, result, own=True)
    said = result.cost if result.cost is not None and result.cost.source == "computed" else None
    found = own or said or _by_rules(ground, attempt, result) or result.cost
    return found or Cost(attempt.estimate, "estimated")


def forfeited(attempt: Attempt, error: MaquetteError) -> dict[str, Any]:
    """Return what to book for an attempt that failed: what its error knows of it, else what was expected."""
    known = error.cost or Cost(attempt.estimate, "estimated")
    return {"cost": known.micro_usd, "cost_source": known.source, "cost_amount": known.amount}


def _by_rules(ground: Ground, attempt: Attempt, result: Result, *, own: bool = False) -> Cost | None:
    """Compute a cost from a price list and the number of outputs; None where the list leaves a range."""
    found = catalog.tariff(attempt.provider, attempt.model or "", own=own)
    price = found.quote(_candidate(ground.job, attempt), len(result.outputs)) if found else None
    return Cost(price.likely, "computed", price.amount) if price and price.low == price.high else None


def stripped(response: Mapping[str, Any], secrets: Iterable[str] = ()) -> dict[str, Any]:
    """Return a provider's answer without secrets and without the long strings that are bytes in disguise."""
    return {str(key): _short(value, secrets) for key, value in response.items()}


def _short(value: Any, secrets: Iterable[str]) -> Any:
    if isinstance(value, str):
        shown = value if len(value) <= gist.LONG else gist.shown(value, len(value))
        return redact(shown.replace("\0", ""), secrets)
    if isinstance(value, bytes):
        return f"({len(value)} bytes)"
    if isinstance(value, Mapping):
        return stripped(value, secrets)
    if isinstance(value, list | tuple):
        return [_short(item, secrets) for item in value]
    return value
