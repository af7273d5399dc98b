"""Look for what is wrong with this installation, without changing anything unless it is asked to."""

from __future__ import annotations

import importlib.util
import platform
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from maquette.cli.outcome import FAILED, OK
from maquette.cli.reach import Reach
from maquette.cli.setting import load
from maquette.cli.show import json_flag, put_json, put_table, size
from maquette.core.errors import MaquetteError

if TYPE_CHECKING:
    from maquette.core.config import Config

Verdict = Literal["ok", "note", "wrong"]
EXTRAS = {"av": "video", "espeakng_loader": "speech", "numpy": "painting", "typst": "PDF", "docx": "DOCX"}
PRIVATE = ("master.key", "admin.key")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    verdict: Verdict
    detail: str


@click.command()
@click.option("--mend", is_flag=True, help="Count budgets and figures anew from the ledger of the running server.")
@json_flag
@click.pass_obj
def doctor(reach: Reach, mend: bool, as_json: bool) -> int:
    """Look for what is wrong with this installation; only with --mend is anything changed."""
    findings = list(_findings(reach, mend=mend))
    if as_json:
        put_json([asdict(finding) for finding in findings])
    else:
        put_table(["subject", "verdict", "detail"], [[f.subject, f.verdict, f.detail] for f in findings])
    return FAILED if any(finding.verdict == "wrong" for finding in findings) else OK


def _findings(reach: Reach, *, mend: bool) -> Iterator[Finding]:
    yield Finding("python", "ok", platform.python_version())
    yield _engines()
    yield from _folder(reach.home)
    try:
        config = load(reach.home)
    except MaquetteError as error:
        yield Finding("configuration", "wrong", f"{error.message}. {error.advice}")
        return
    yield Finding("configuration", "ok", "can be read")
    yield _database(config)
    yield _disk(config)
    yield from _server(reach, config, mend=mend)


def _engines() -> Finding:
    missing = [what for module, what in EXTRAS.items() if importlib.util.find_spec(module) is None]
    if missing:
        return Finding("built-in engines", "note", f"not there for {', '.join(missing)}: install maquette[embedded]")
    return Finding("built-in engines", "ok", "all there")


def _folder(home: Path) -> Iterator[Finding]:
    if not home.exists():
        yield Finding("home", "note", f"{home} is made at the first start")
        return
    loose = home.stat().st_mode & 0o077
    yield Finding("home", "note" if loose else "ok", f"{home}{' can be read by others: chmod 700' if loose else ''}")
    for name in PRIVATE:
        path = home / name
        if path.exists() and path.stat().st_mode & 0o077:
            yield Finding(name, "wrong", f"can be read by others: chmod 600 {path}")
        elif path.exists():
            yield Finding(name, "ok", "readable by its owner only")
        else:
            yield Finding(name, "note", "is not there; a first start makes it")


def _database(config: Config) -> Finding:
    if not config.is_sqlite:
        return Finding("database", "note", "another server's; the running server tells whether it answers")
    path = Path(config.database.removeprefix("sqlite:///"))
    if not path.exists():
        return Finding("database", "note", "is made at the first start")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=5)) as connection:
            verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            schema = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        return Finding("database", "wrong", f"{path}: {error}")
    if verdict != "ok":
        return Finding("database", "wrong", f"{path}: {verdict}; restore the newest backup beside it")
    return Finding("database", "ok", f"sound, schema {schema[0] if schema else 'unknown'}, {size(path.stat().st_size)}")


def _disk(config: Config) -> Finding:
    folder = next(path for path in (config.home, *config.home.parents) if path.exists())
    free = shutil.disk_usage(folder).free
    reserve = config.limits.disk_reserve_bytes
    if free < reserve:
        return Finding("disk", "wrong", f"{size(free)} free; below {size(reserve)} no paid call is started")
    return Finding("disk", "note" if free < 10 * reserve else "ok", f"{size(free)} free")


def _server(reach: Reach, config: Config, *, mend: bool) -> Iterator[Finding]:
    try:
        health = reach.running().health()
    except MaquetteError as error:
        yield Finding("server", "wrong" if reach.named else "note", error.message)
        if not reach.named:
            yield _port(config)
        return
    state = str(health.get("status", ""))
    detail = ", ".join(f"{name} {value}" for name, value in health.items())
    yield Finding("server", "ok" if state == "ok" else "wrong", detail)
    yield from _offers(reach)
    yield _ledger(reach, mend=mend)


def _offers(reach: Reach) -> Iterator[Finding]:
    """Tell what the server found on its machine that could become an account."""
    try:
        found = reach.running().request("GET", "/api/v1/discovery")["items"]
    except MaquetteError as error:
        yield Finding("discovery", "note", error.message)
        return
    for offer in found:
        detail = f"{offer['source']}: add it by `maquette accounts discover --add {offer['source']}`"
        yield Finding(str(offer["provider"]), "note", detail)


def _ledger(reach: Reach, *, mend: bool) -> Finding:
    """Compare what is summed from the ledger with it."""
    try:
        found = reach.running().check_ledger(mend=mend)
    except MaquetteError as error:
        return Finding("ledger", "note", f"was not checked: {error.message}")
    wrong = found["counters"] + found["tallies"]
    if not wrong:
        return Finding("ledger", "ok", "budgets and figures agree with it")
    said = f"{found['counters']} counters of budgets and {found['tallies']} sums of days did not agree with it"
    return Finding("ledger", "note" if mend else "wrong", f"{said}; {'now they do' if mend else 'run it with --mend'}")


def _port(config: Config) -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((config.host, config.port))
        except OSError as error:
            return Finding("port", "wrong", f"{config.host}:{config.port} cannot be taken: {error.strerror}")
    return Finding("port", "ok", f"{config.host}:{config.port} is free")
