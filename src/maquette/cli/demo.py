"""The demonstration: five media through a real server that is killed in the middle, and every file decoded."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from maquette.cli.decode import NotDecodable, decode
from maquette.cli.outcome import FAILED, OK
from maquette.cli.show import json_flag, money, put, put_json, put_table
from maquette.core.errors import MaquetteError

if TYPE_CHECKING:
    from maquette.cli.child import Child
    from maquette.client import Client, Job

ACTIONS: dict[str, tuple[str, dict[str, object]]] = {
    "image": (
        "media.painter.txt2img",
        {"prompt": "a red house under a round moon, beside a lake", "width": 1024, "height": 640, "seed": 7},
    ),
    "video": (
        "media.slideshow.txt2vid",
        {
            "prompt": "Sunrise over green hills. A white boat on a blue lake. A forest in autumn. A city at night.",
            "duration": 6,
            "resolution": "480p",
            "seed": 7,
        },
    ),
    "audio": ("media.narrator.speech", {"prompt": "This is Maquette. Whatever was begun is finished, and only once."}),
    "text": ("media.writer.txt2txt", {"prompt": "a small lighthouse that guides boats home", "seed": 7}),
    "document": (
        "media.typesetter.document",
        {"prompt": "# A promise\n\nA killed server loses **nothing** and pays nothing *twice*.\n\n- one job"},
    ),
}
KILLED = "video"
"""The job that is under way when the server is killed: it has parts, and some of them are done by then."""
KILL_WAIT_S = 40.0


class Unproven(Exception):
    """Something that the demonstration promises did not come about."""


@dataclass(frozen=True, slots=True)
class Made:
    """One row of the table."""

    media: str
    action: str
    job: str
    seconds: float
    cost_micro_usd: int
    file: str
    found: str


@dataclass(frozen=True, slots=True)
class Kill:
    """What the kill met and what came of it."""

    pid: int
    state: str
    done_before: Sequence[str]
    down_s: float
    attempts: int


@click.command()
@click.option(
    "--output",
    "-o",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("maquette-demo"),
    show_default=True,
    help="Folder for the files.",
)
@click.option("--keep-home", type=click.Path(file_okay=False, path_type=Path), help="Use this home folder and keep it.")
@json_flag
def demo(output: Path, keep_home: Path | None, as_json: bool) -> int:
    """Make one of each medium through a real server, kill it once, check all."""
    began = time.monotonic()
    try:
        if keep_home is not None:
            made, kill = _demonstrate(keep_home.absolute(), output, quiet=as_json)
        else:
            with tempfile.TemporaryDirectory(prefix="maquette-demo-") as folder:
                made, kill = _demonstrate(Path(folder) / "home", output, quiet=as_json)
    except (Unproven, NotDecodable) as error:
        click.secho(f"The demonstration failed: {error}", fg="red", err=True)
        return FAILED
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        put_json({"ok": True, "seconds": seconds, "made": [asdict(row) for row in made], "kill": asdict(kill)})
        return OK
    _show(made, kill)
    put(f"{seconds:.0f} s in all. Next: ./run serve")
    return OK


def _show(made: Sequence[Made], kill: Kill) -> None:
    rows = [[r.media, r.action, f"{r.seconds:.1f} s", money(r.cost_micro_usd), r.found, r.file] for r in made]
    put_table(["type", "action", "time", "cost", "decoded as", "file"], rows)
    put(
        f"Server {kill.pid} was killed (SIGKILL) while the {KILLED} was {kill.state}; back after {kill.down_s} s.",
        f"All {len(made)} jobs finished. Finished parts that were kept: {len(kill.done_before)}. "
        f"Attempts looked at: {kill.attempts}; none that was accepted was made again.",
    )


def _demonstrate(home: Path, output: Path, *, quiet: bool) -> tuple[list[Made], Kill]:
    from maquette.cli.child import Child  # noqa: PLC0415 - loads the HTTP client
    from maquette.client import Client  # noqa: PLC0415

    tell = (lambda _: None) if quiet else _tell
    tell("Starting a server …")
    with Child(home, environ=_own_environ()) as child, Client(home=home) as client:
        jobs = {media: client.submit(action, params=params) for media, (action, params) in ACTIONS.items()}
        tell(f"Five jobs are under way; killing the server (pid {child.pid}) when the {KILLED} has its first part …")
        kill = _kill(child, client, jobs[KILLED])
        ended = {media: client.wait(job) for media, job in jobs.items()}
        attempts = _prove_nothing_repeated(client, ended, kill)
        made = [_save(client, media, job, output) for media, job in ended.items()]
    return made, Kill(kill.pid, kill.state, kill.done_before, kill.down_s, attempts)


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _own_environ() -> dict[str, str]:
    """Shield the server of the demonstration from settings that are meant for another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAQUETTE_")}


def _kill(child: Child, client: Client, job: Job) -> Kill:
    """Kill the server when the job has a finished part, and start it again."""
    done = _first_part(client, job)
    now = client.job(job)
    if now.final:
        raise Unproven(f"job {job.id} ended before the server could be killed")
    pid, began = child.pid, time.monotonic()
    child.kill()
    child.start()
    return Kill(pid, now.state, done, round(time.monotonic() - began, 2), 0)


def _first_part(client: Client, job: Job) -> list[str]:
    """Wait until a child of the job has succeeded, and return those that have."""
    deadline = time.monotonic() + KILL_WAIT_S
    while time.monotonic() < deadline:
        now = client.job(job)
        if done := [child.id for child in _children(client, now) if child.state == "succeeded"]:
            return done
        if now.final:
            break
        time.sleep(0.05)
    raise Unproven(f"job {job.id} finished no part within {KILL_WAIT_S:g} s")


def _children(client: Client, job: Job) -> Iterator[Job]:
    return (client.job(child) for child in job.children)


def _prove_nothing_repeated(client: Client, ended: dict[str, Job], kill: Kill) -> int:
    """Check that all succeeded, and that no job has two attempts that were accepted; return how many were looked at."""
    count = 0
    for top in ended.values():
        if top.state != "succeeded":
            failure = top.failure()
            raise Unproven(f"{top.action} is {top.state}: {failure.message if failure else 'no reason given'}")
        for job in (top, *_children(client, top)):
            count += len(job.attempts)
            accepted = [attempt.id for attempt in job.attempts if attempt.accepted_at is not None]
            if len(accepted) > 1 or (job.id in kill.done_before and len(job.attempts) > 1):
                raise Unproven(f"job {job.id} ({job.action}) was sent again: {', '.join(accepted)}")
    return count


def _save(client: Client, media: str, job: Job, output: Path) -> Made:
    from maquette.cli.follow import unique  # noqa: PLC0415 - loads the HTTP client

    assets = job.result()
    if not assets:
        raise Unproven(f"{job.action} succeeded and has no asset")
    try:
        suffix = Path(unique(assets[0])).suffix
        path = client.download(assets[0], output / f"{media}{suffix}")
    except MaquetteError as error:
        raise Unproven(f"the {media} cannot be downloaded: {error}") from error
    seconds = ((job.ended_at or 0) - (job.started_at or job.created_at)) / 1000
    return Made(media, job.action, job.id, round(seconds, 2), job.cost, str(path), decode(media, path))
