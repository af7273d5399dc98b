"""Run one job in front of a person: start it, show how far it is, and say what came of it."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from maquette.cli.outcome import job_code
from maquette.cli.progress import Bar, Silent
from maquette.cli.show import money, put, put_json
from maquette.client import Asset, Client, Event, Job


@dataclass(frozen=True, slots=True)
class Wish:
    """What to make, and what to do with it."""

    action: str
    params: Mapping[str, Any]
    account: str | None = None
    strict: bool = False
    output: Path | None = None
    wait: bool = True
    preview: bool = True
    as_json: bool = False
    template: Mapping[str, Any] | None = None


class _Watch:
    """Notes the job's id from its first event and hands every event on to what shows it."""

    def __init__(self, display: Bar | Silent) -> None:
        self.job = ""
        self.seq: int | None = None
        self._display = display

    def __call__(self, event: Event) -> None:
        self.job = self.job or event.job or ""
        self.seq = event.seq if event.seq is not None else self.seq
        self._display.show(event)


def follow(client: Client, wish: Wish, *, temporary: bool) -> int:
    """Run a job, report it, and return the exit code; an interrupt asks whether to cancel it."""
    words: dict[str, Any] = {"params": wish.params, "account": wish.account, "strict": wish.strict or None}
    words |= {"template": wish.template} if wish.template else {}
    if not wish.wait and not temporary:
        return report(client, client.submit(wish.action, **words), wish)
    with display(wish.as_json) as shown:
        watch = _Watch(shown)
        try:
            job = client.generate(wish.action, on_event=watch, **words)
        except KeyboardInterrupt:
            shown.pause()
            if not watch.job:
                raise
            job = _interrupted(client, watch)
    return report(client, job, wish, temporary=temporary)


def display(as_json: bool) -> AbstractContextManager[Bar | Silent]:
    """Return what shows progress: a bar for a person at a terminal, else nothing."""
    return nullcontext(Silent()) if as_json or not sys.stderr.isatty() else Bar()


def _interrupted(client: Client, watch: _Watch) -> Job:
    if click.confirm(f"Cancel job {watch.job}?", default=True, err=True):
        client.cancel(watch.job)
        return client.wait(watch.job)
    put(f"Job {watch.job} goes on: maquette jobs watch {watch.job}")
    return client.job(watch.job)


def report(client: Client, job: Job, wish: Wish, *, temporary: bool = False) -> int:
    """Print a job's results, cost and warnings, download them where asked, and return the exit code."""
    files = _downloaded(client, job, wish.output)
    if wish.as_json:
        put_json({**job.raw, "files": [str(path) for path in files]} if files else job.raw)
        return job_code(job)
    for warning in job.warnings:
        put(f"Changed: {warning.get('field')} {warning.get('asked')!r} → {warning.get('used')!r}: {warning.get('why')}")
    if job.state == "succeeded":
        _report_assets(client, job, files, wish, temporary)
        put(f"Cost: {money(job.cost)}")
    else:
        _report_trouble(job)
    return job_code(job)


def _downloaded(client: Client, job: Job, output: Path | None) -> list[Path]:
    if output is None or job.state != "succeeded":
        return []
    if len(job.assets) == 1 and not output.is_dir() and output.suffix:
        return [client.download(job.assets[0], output)]
    output.mkdir(parents=True, exist_ok=True)
    return [client.download(asset, output / unique(asset)) for asset in job.assets]


def unique(asset: Asset) -> str:
    """Return a file name that no other asset of its job has."""
    from maquette.client.file import ending  # noqa: PLC0415 - the client's own rule, used where files are written

    name = Path(asset.name).name.lstrip(".")
    stem, suffix = Path(name).stem or asset.media or "asset", Path(name).suffix or ending(asset.mime)
    return f"{stem}-{asset.id[-8:]}{suffix}"


def _report_assets(client: Client, job: Job, files: list[Path], wish: Wish, temporary: bool) -> None:
    from maquette.cli.preview import show_picture  # noqa: PLC0415 - only where there is something to show

    if wish.preview and any(asset.media == "image" for asset in job.assets[:1]):
        show_picture(client, job.assets[0], files[0] if files else None)
    for number, asset in enumerate(job.assets):
        where = str(files[number]) if files else f"{client.address()}{asset.content}"
        put(f"{asset.id}  {where}" if not temporary or files else f"{asset.id}  maquette assets download {asset.id}")


def _report_trouble(job: Job) -> None:
    failure = job.failure()
    if job.attention is not None:
        reason = job.attention.get("reason") or "a person must decide"
        put(f"Job {job.id} waits for you: {reason}", f"At stake: {money(job.attention.get('money_at_stake'))}")
        put(f"Settle it: maquette jobs resolve {job.id} --how resubmit|attach|give_up")
    elif failure is not None:
        click.secho(f"Job {job.id} {job.state}: {failure.message}", fg="red", err=True)
        click.echo(f"Hint: {failure.advice}", err=True)
    else:
        put(f"Job {job.id} is {job.state}", f"It asks you: maquette answer {job.id}" if job.asks else "")
