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
from maquette.cli.show import draw_table, json_flag, money, put, put_json
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
    running: Sequence[str]
    """The jobs that ran at that moment."""
    done_before: Sequence[str]
    """The parts of jobs that were finished by then."""
    down_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What the demonstration has shown."""

    made: Sequence[Made]
    kill: Kill
    attempts: int
    """How many attempts were looked at."""


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
            shown = _demonstrate(keep_home.absolute(), output, quiet=as_json)
        else:
            with tempfile.TemporaryDirectory(prefix="maquette-demo-") as folder:
                shown = _demonstrate(Path(folder) / "home", output, quiet=as_json)
    except (Unproven, NotDecodable) as error:
        click.secho(f"The demonstration failed: {error}", fg="red", err=True)
        return FAILED
    seconds = round(time.monotonic() - began, 1)
    if as_json:
        put_json({"ok": True, "seconds": seconds, **asdict(shown)})
        return OK
    _show(shown)
    put(f"{seconds:.0f} s in all. Next: ./run serve")
    return OK


def _show(shown: Shown) -> None:
    kill, made = shown.kill, shown.made
    rows = [[r.media, r.action, f"{r.seconds:.1f} s", money(r.cost_micro_usd), r.found, r.file] for r in made]
    draw_table(["type", "action", "time", "cost", "decoded as", "file"], rows)
    put(
        f"Server {kill.pid} was killed (SIGKILL) at work, jobs running: {len(kill.running)}; back in {kill.down_s} s.",
        f"All {len(made)} jobs finished. Finished parts that were kept: {len(kill.done_before)}. "
        f"Attempts looked at: {shown.attempts}; none that was accepted or had succeeded was made again.",
    )


def _demonstrate(home: Path, output: Path, *, quiet: bool) -> Shown:
    from maquette.cli.child import Child  # noqa: PLC0415 - loads the HTTP client
    from maquette.client import Client  # noqa: PLC0415

    tell = (lambda _: None) if quiet else _tell
    tell("Starting a server …")
    with Child(home, environ=_own_environ()) as child, Client(home=home) as client:
        jobs = {media: client.submit(action, params=params) for media, (action, params) in ACTIONS.items()}
        tell(f"Five jobs are under way; killing server {child.pid} as soon as one has a finished part …")
        kill = _kill(child, client, list(jobs.values()))
        ended = {media: client.wait(job) for media, job in jobs.items()}
        attempts = prove_nothing_repeated(client, list(ended.values()), kill)
        made = [_save(client, media, job, output) for media, job in ended.items()]
    return Shown(made, kill, attempts)


def _tell(text: str) -> None:
    click.echo(text, err=True)


def _own_environ() -> dict[str, str]:
    """Shield the server of the demonstration from settings that are meant for another one."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MAQUETTE_")}


def _kill(child: Child, client: Client, jobs: Sequence[Job]) -> Kill:
    """Kill the server in the middle of its work, and start it again."""
    done, running = _in_the_middle(client, jobs)
    pid, began = child.pid, time.monotonic()
    child.kill()
    child.start()
    return Kill(pid, running, done, round(time.monotonic() - began, 2))


def _in_the_middle(client: Client, jobs: Sequence[Job]) -> tuple[list[str], list[str]]:
    """Wait until a part of a job is finished while another job runs; return the finished parts and what runs."""
    deadline = time.monotonic() + KILL_WAIT_S
    while time.monotonic() < deadline:
        tops = [client.job(job) for job in jobs]
        parts = [part for top in tops for part in _children(client, top)]
        done = [part.id for part in parts if part.state == "succeeded"]
        running = [job.id for job in (*tops, *parts) if job.state == "running"]
        if done and running:
            return done, running
        if all(top.final for top in tops):
            break
        time.sleep(0.02)
    raise Unproven("the jobs gave no moment at which a part was finished and another job ran")


def _children(client: Client, job: Job) -> Iterator[Job]:
    return (client.job(child) for child in job.children)


def prove_nothing_repeated(client: Client, ended: Sequence[Job], kill: Kill) -> int:
    """Check that every job succeeded, once; return how many attempts were looked at.

    Raises:
        Unproven: A job did not succeed, or one that was accepted or finished was made again.
    """
    count = 0
    for top in ended:
        for job in (top, *_children(client, top)):
            count += len(job.attempts)
            if job.state != "succeeded":
                failure = job.failure()
                raise Unproven(f"{job.action} is {job.state}: {failure.message if failure else 'no reason given'}")
            taken = [one.id for one in job.attempts if one.accepted_at is not None or one.state == "succeeded"]
            if len(taken) != 1 or (job.id in kill.done_before and len(job.attempts) > 1):
                raise Unproven(f"job {job.id} ({job.action}) was made {len(taken)} times: {', '.join(taken)}")
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
