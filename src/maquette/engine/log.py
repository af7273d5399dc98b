"""The operator's log: one line for each event, with its fields and the job that it belongs to, as text or as JSON."""

from __future__ import annotations

import json
import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from typing_extensions import override

from maquette.core.config import Config

JOB: ContextVar[str | None] = ContextVar("JOB", default=None)
"""The job that is being run here; every line that is written meanwhile names it."""

_OWN = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}
_EVENT = re.compile(r"(?P<event>[a-z_]+(?:\.[a-z_]+)+)(?::? |$)")
_NOISY = ("alembic", "dbos", "uvicorn")


class Plain(logging.Formatter):
    """Writes a line for people; what belongs to it follows as `name=value`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        told = " ".join([_moment(record), record.levelname, record.name, record.getMessage(), *_pairs(record)])
        # A line break in a stranger's text must not look like another entry.
        line = told.replace("\n", "\\n").replace("\r", "\\r")
        return "\n".join([line, *filter(None, [_trace(self, record)])])


class Json(logging.Formatter):
    """Writes a line for machines: one JSON object."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        named = _EVENT.match(message)
        entry = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": named["event"] if named else None,
            "message": message,
            **_fields(record),
            "trace": _trace(self, record) or None,
        }
        return json.dumps({name: value for name, value in entry.items() if value is not None}, default=str)


def start(config: Config, to: TextIO | None = None) -> None:
    """Begin to log as the configuration says."""
    handler = logging.StreamHandler(to or sys.stderr)
    handler.setFormatter(Json() if config.log_format == "json" else Plain())
    logging.basicConfig(level=config.log_level.upper(), handlers=[handler], force=True)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    """Return what belongs to a line: what it was given, and the job that runs."""
    given = {name: value for name, value in vars(record).items() if name not in _OWN}
    job = JOB.get()
    return given if job is None or "job" in given else {"job": job, **given}


def _pairs(record: logging.LogRecord) -> list[str]:
    return [f"{name}={json.dumps(value, default=str)}" for name, value in _fields(record).items()]


def _trace(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    return formatter.formatException(record.exc_info) if record.exc_info else ""
