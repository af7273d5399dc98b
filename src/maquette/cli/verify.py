"""Make each medium by each workflow type on a server and check every file; the rate is honest, the spend bounded."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click

from maquette.cli.decode import NotDecodable, decode
from maquette.cli.outcome import FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.show import json_flag, money, put, put_json, put_table
from maquette.core.errors import MaquetteError

if TYPE_CHECKING:
    from maquette.client import Asset, Client, Job

MEDIA = ("image", "video", "audio", "text", "document")
STRATEGIES = ("simple", "adaptive")
SUBJECTS = ("a red disc over a green hill", "a blue boat on a calm lake at night")
"""Two prompts for each cell: a server that answers with a sample gives the same bytes again."""

PATIENCE = 10
"""How many rounds a run until green has at most, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Target:
    """What one cell asks for."""

    media: str
    strategy: str
    action: str | None
    """The action that is asked for; without one, what the server's configurations of the type choose."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One medium by one strategy, in one round."""

    round: int
    media: str
    strategy: str
    target: str
    ok: bool
    seconds: float
    cost_micro_usd: int
    jobs: Sequence[str]
    found: str
    error: str | None = None


@click.command()
@click.option("--media", "chosen", type=click.Choice(MEDIA), multiple=True, help="Only these; repeatable.")
@click.option("--strategy", "kinds", type=click.Choice(STRATEGIES), multiple=True, help="Only these; repeatable.")
@click.option("--action", "actions", multiple=True, metavar="MEDIA=ACTION", help="Use it for simple; repeatable.")
@click.option("--loop", "rounds", type=click.IntRange(1, 1000), help="Rounds; 1 without a word, 10 --until-green.")
@click.option("--until-green", is_flag=True, help="Stop after the first round without a fault; --loop is the most.")
@click.option("--budget", type=click.FloatRange(0), default=1.0, show_default=True, help="Stop at so many USD.")
@json_flag
@click.pass_obj
def verify(reach: Reach, /, actions: Sequence[str], as_json: bool, **words: Any) -> int:
    """Make each medium by each workflow type on any server and check every file.

    Each cell makes two results from two prompts, decodes both, and compares them with all that were made before. The
    server is the one of API_BASE and AUTH_TOKEN, else the usual one. Exit code 1 if a cell of the last round failed.
    """
    if reach.url is None and os.environ.get("API_BASE"):
        reach = click.get_current_context().with_resource(
            Reach(None, os.environ["API_BASE"], reach.key or os.environ.get("AUTH_TOKEN"))
        )
    client = reach.client()
    # A key that is refused is no verdict on what the server makes.
    client.request("GET", "/api/v1/session")
    targets = _targets(words["chosen"] or MEDIA, words["kinds"] or STRATEGIES, actions)
    seen = dict[str, str]()
    rounds = words["rounds"] or (PATIENCE if words["until_green"] else 1)
    cells: list[Cell] = []
    for number in range(1, rounds + 1):
        left = int(words["budget"] * 1_000_000) - sum(cell.cost_micro_usd for cell in cells)
        fresh = list(_round(client, number, targets, seen, left if words["budget"] else None))
        cells += fresh
        if words["until_green"] and all(cell.ok for cell in fresh):
            break
        if len(fresh) < len(targets):
            break
    return _report(client, cells, len(targets), as_json)


def _targets(chosen: Sequence[str], kinds: Sequence[str], actions: Sequence[str]) -> list[Target]:
    pairs = [text.partition("=") for text in actions]
    named = {media: action for media, _, action in pairs}
    if wrong := [media for media, equals, _ in pairs if media not in MEDIA or not equals]:
        raise click.UsageError(f"--action {wrong[0]!r}: write MEDIA=ACTION, with one of {', '.join(MEDIA)}.")
    return [Target(media, kind, named.get(media) if kind == "simple" else None) for media in chosen for kind in kinds]


def _round(
    client: Client, number: int, targets: Sequence[Target], seen: dict[str, str], left: int | None
) -> Iterator[Cell]:
    for target in targets:
        if left is not None and left <= 0:
            return
        cell = _cell(client, number, target, seen)
        left = None if left is None else left - cell.cost_micro_usd
        yield cell


def _cell(client: Client, number: int, target: Target, seen: dict[str, str]) -> Cell:
    began = time.monotonic()
    jobs: list[str] = []
    cost, found, error = 0, "", None
    try:
        for subject in SUBJECTS:
            job = _made(client, target, f"{subject}, number {uuid4().int % 10_000}")
            jobs.append(job.id)
            cost += job.cost
            found = _checked(client, target.media, job, seen)
    except (MaquetteError, NotDecodable) as fault:
        error = f"{type(fault).__name__}: {fault}"
    seconds = round(time.monotonic() - began, 2)
    name, kind = target.action or target.media, target.strategy
    return Cell(number, target.media, kind, name, error is None, seconds, cost, jobs, found, error)


def _made(client: Client, target: Target, prompt: str) -> Job:
    if target.action is not None:
        return client.generate(target.action, prompt=prompt)
    body = {"mediaType": target.media, "prompt": prompt, "workflowType": target.strategy}
    answer: Mapping[str, Any] = client.request("POST", "/api/media/generate", json=body)
    return client.wait(answer["jobId"])


def _checked(client: Client, media: str, job: Job, seen: dict[str, str]) -> str:
    """Download and decode the first result; return what it is."""
    assets: Sequence[Asset] = job.result()
    if not assets:
        raise NotDecodable("the job succeeded and has no asset")
    if assets[0].media != media:
        raise NotDecodable(f"the result is {assets[0].media}, not {media}")
    if (first := seen.setdefault(assets[0].digest, job.id)) != job.id:
        raise NotDecodable(f"the same bytes as those of job {first}: this is a sample")
    with tempfile.TemporaryDirectory() as folder:
        return decode(media, client.download(assets[0], Path(folder)))


def _report(client: Client, cells: Sequence[Cell], expected: int, as_json: bool) -> int:
    last = [cell for cell in cells if cell.round == cells[-1].round] if cells else []
    green = len(last) == expected and all(cell.ok for cell in last)
    good, spent = sum(cell.ok for cell in cells), sum(cell.cost_micro_usd for cell in cells)
    if as_json:
        put_json(
            {
                "server": client.address(),
                "ok": green,
                "rounds": last[0].round if last else 0,
                "total": len(cells),
                "succeeded": good,
                "rate": good / len(cells) if cells else 0.0,
                "cost_micro_usd": spent,
                "cells": [asdict(cell) for cell in cells],
            }
        )
        return OK if green else FAILED
    rows = [[str(c.round), c.media, c.strategy, c.target, *_verdict(c)] for c in cells]
    put_table(["round", "medium", "type", "action", "verdict", "time", "cost", "what"], rows)
    put(f"{good} of {len(cells)} cells passed, for {money(spent)}.")
    if len(last) < expected:
        put("The budget ended this run before its last cell.")
    return OK if green else FAILED


def _verdict(cell: Cell) -> list[str]:
    seconds, cost = f"{cell.seconds:.1f} s", money(cell.cost_micro_usd)
    return ["ok" if cell.ok else "FAILED", seconds, cost, cell.error or cell.found]
