"""The operator's log: every line says what happened, to what, and in which job, for people or for machines."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from maquette.core.config import Config
from maquette.engine import log
from tests.engine.studio import Stage, account, reached, submit
from tests.engine.upstream import Upstream, status

PLAIN = logging.getLogger("maquette.test")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What is logged as JSON."""
    with captured("json") as target:
        yield target


@contextmanager
def captured(form: str) -> Iterator[io.StringIO]:
    root = logging.getLogger()
    kept, level, target = list(root.handlers), root.level, io.StringIO()
    root.handlers = []  # those of the tests themselves stay as they are
    log.start(Config.model_validate({"home": "/nowhere", "log_format": form}), target)
    yield target
    root.handlers, root.level = kept, level


def lines(target: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in target.getvalue().splitlines()]


@pytest.mark.accepts("S1.45")
async def test_what_goes_wrong_in_a_job_is_one_object_with_the_job_the_attempt_and_the_reason(
    stage: Stage, upstream: Upstream, written: io.StringIO
) -> None:
    studio = await stage.open()
    made = await account(studio, "courier", upstream.url)
    upstream.fail("POST /tasks", status(400, {"error": "no such model"}))
    job = await reached(studio, await submit(studio, "media.courier.txt2txt"))
    assert job.state == "failed"
    (told,) = [line for line in lines(written) if line["event"] == "attempt.failed"]
    assert (told["job"], told["account"], told["level"]) == (job.id, made.id, "info")
    assert told["attempt"].startswith("att_")
    assert told["code"] == (job.error or {})["code"]
    assert "no such model" in told["error"]
    assert told["at"].endswith("Z")


def test_a_line_has_its_event_its_fields_and_its_trace(written: io.StringIO) -> None:
    token = log.JOB.set("job_1")
    try:
        int("no\nnumber")
    except ValueError:
        PLAIN.exception("disk.full: no %s", "room", extra={"path": Path("/x")})
    log.JOB.reset(token)
    PLAIN.info("just words")
    first, second = lines(written)
    assert (first["event"], first["message"], first["job"], first["path"]) == (
        "disk.full", "disk.full: no room", "job_1", "/x",
    )  # fmt: skip
    assert first["trace"].startswith("Traceback")
    assert (second["message"], "event" in second, "job" in second) == ("just words", False, False)


def test_a_line_for_people_cannot_be_forged_by_a_line_break() -> None:
    with captured("text") as target:
        PLAIN.warning("request.failed %s", "/a\n2026-01-01 INFO all is well", extra={"job": "job_1"})
        (line,) = target.getvalue().splitlines()
    assert "\\n2026-01-01" in line
    assert line.endswith('job="job_1"')


def test_libraries_are_only_heard_when_they_warn(written: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("started")
    logging.getLogger("alembic.runtime").warning("old")
    assert [line["message"] for line in lines(written)] == ["old"]
